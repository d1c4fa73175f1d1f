"""What is done of a call, kept in a file, so that a call that was killed goes on from there."""

import glob
import hashlib
import json
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from looplab.errors import CheckpointError
from looplab.loop.checkpoints.asked import dataset_digest, described_models, loss_traits, require_same
from looplab.loop.checkpoints.clock import SaveClock
from looplab.loop.checkpoints.digest import digest_of
from looplab.loop.checkpoints.file import read_checkpoint, write_checkpoint
from looplab.replicas.call import Call
from looplab.replicas.initial import FirstModel
from looplab.replicas.pieces import Piece, described, restored
from looplab.replicas.results import Backend

__all__ = ["KeptCall", "KeptGroup", "described_call"]

_MOST_LISTED = 32


class KeptGroup:
    """What is done of a group of replicas.

    Attributes:
        backend: the name of the backend that was chosen for it; None as long as none is. It stays chosen: another would
            round otherwise.
        reasons: why that one, in words, from before it trained.
        pieces: the replicas that are done.
        running: the state of those that a backend has in hand, as it left it; None without one.
        finished: which backend trained all of them, and why; None as long as some are left.
    """

    def __init__(self, save: Callable[[], None], clock: Callable[[], bool], beside: Path) -> None:
        self._save, self._clock, self._beside = save, clock, beside
        self.backend: str | None = None
        self.reasons: list[str] = []
        self.pieces: list[Piece] = []
        self.running: Mapping[str, Any] | None = None
        self.finished: Backend | None = None

    def chose(self, backend: str, reasons: Sequence[str]) -> None:
        """Stay with a backend from now on; what another had begun is forgotten."""
        if backend != self.backend:
            self.backend, self.reasons, self.pieces, self.running = backend, list(reasons), [], None

    def finish(self, whole: Piece, backend: Backend) -> None:
        """Keep all replicas in place of what led to them."""
        self.pieces, self.running, self.finished = [whole], None, backend

    def clear(self) -> None:
        """Remove files of replicas in hand."""
        for left in self._beside.parent.glob(f"{glob.escape(self._beside.name)}-*"):
            left.unlink(missing_ok=True)

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return self._clock()

    def save(self) -> None:
        """Write the file anew, with what is done of the other groups."""
        self._save()

    def beside(self, replica: int) -> Path:
        """A file for what is done of one replica that a backend has in hand."""
        return self._beside.with_name(f"{self._beside.name}-{replica}")

    def state_dict(self) -> dict[str, Any]:
        """The group as a tree that a checkpoint can keep."""
        return {
            "backend": self.backend,
            "reasons": self.reasons,
            "pieces": [described(piece) for piece in self.pieces],
            "running": self.running,
            "finished": None if self.finished is None else asdict(self.finished),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.backend, self.reasons, self.running = state["backend"], state["reasons"], state["running"]
        self.pieces = [restored(piece) for piece in state["pieces"]]
        self.finished = None if state["finished"] is None else Backend(**state["finished"])


class KeptCall:
    """What is done of a call, in a file that is replaced whole.

    Args:
        path: the file; made at once where there is none.
        call: the call.
        groups: how many groups of replicas it has.
        firsts: the first model of each.
        wanted: the backend that was asked for, or "auto".

    Attributes:
        groups: what is done of each group.
        earlier_seconds: how long earlier processes have worked on it.
        was_finished: whether nothing was left to do when it was read.

    Raises:
        CheckpointError: the file is damaged, or is the checkpoint of another call.
        FileError: it cannot be written.
    """

    def __init__(self, path: Path, call: Call, firsts: Sequence[FirstModel], wanted: str) -> None:
        self._path, self._clock, self._started = path, SaveClock(), time.perf_counter()
        self._asked = json.loads(json.dumps(described_call(call, firsts, wanted), default=str))
        self.groups = [
            KeptGroup(self.save, lambda: self._clock.is_due(), path.with_name(f"{path.name}.part-{place}"))
            for place in range(len(firsts))
        ]
        self.earlier_seconds = 0.0
        saved = read_checkpoint(path)
        if saved is None:
            for left in path.parent.glob(f"{glob.escape(path.name)}.part-*"):  # of a call whose file was removed
                left.unlink(missing_ok=True)
            self.save()
            self.was_finished = False
        else:
            require_same(path, saved["asked"], self._asked)
            _warn_of_another_torch(path, saved["torch"])
            self._restore(saved)
            self.was_finished = all(group.finished is not None for group in self.groups)

    @property
    def seconds(self) -> float:
        """Wall time of all processes that have worked on the call."""
        return self.earlier_seconds + time.perf_counter() - self._started

    def save(self) -> None:
        """Write the file."""
        began = time.perf_counter()
        groups = [group.state_dict() for group in self.groups]
        write_checkpoint(self._path, {"asked": self._asked, "seconds": self.seconds, "groups": groups})
        self._clock.saved(began)
        for group in self.groups:
            if group.finished is not None:
                group.clear()

    def _restore(self, saved: Mapping[str, Any]) -> None:
        try:
            self.earlier_seconds = float(saved["seconds"])
            for group, state in zip(self.groups, saved["groups"], strict=True):
                group.load_state_dict(state)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                str(self._path), expected="the state of this call", got=f"{type(error).__name__}: {error}"
            ) from error


def described_call(call: Call, firsts: Sequence[FirstModel], wanted: str) -> dict[str, Any]:
    """What makes a call the one that it is, as JSON or digests."""
    recipes = [asdict(recipe) | {"seed": None} for recipe in call.recipes]
    settings = [_named(call.settings_of(place)) for place in range(len(recipes))]
    columns = call.columns()
    seeds = columns.pop("seed")
    return {
        "recipe": recipes[0],
        "seeds": _listed(list(dict.fromkeys(seeds))),
        "vary": {name: _listed(list(dict.fromkeys(map(_text, values)))) for name, values in columns.items()},
        "replicas": len(call),
        "recipes and settings": _hash([recipes, settings, seeds]),
        "row_weights": None if call.weights is None else digest_of({"weights": call.weights}),
        "dataset": dataset_digest(call.dataset),
        "validation": dataset_digest(call.validation),
        "loss": loss_traits(call.objective, call.dataset),
        "backend": wanted,
        "record_every": call.record_every,
        "metrics": list(call.recording.metrics),
        "keep": call.recording.keep,
        "patience": call.recording.patience,
        "trajectory_every": call.recording.trajectory_every,
        **described_models(first.original for first in firsts),
    }


def _listed(values: list[Any]) -> Any:
    """A list, or of a long one what tells it from others."""
    if len(values) <= _MOST_LISTED:
        return values
    return {"first": values[0], "last": values[-1], "count": len(values), "hash": _hash(values)}


def _named(settings: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in settings.items()}


def _text(value: object) -> str:
    """A value in words, without the place in memory that Python names for objects it knows nothing of."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _hash(values: object) -> str:
    return hashlib.sha256(json.dumps(values, default=_text).encode()).hexdigest()


def _warn_of_another_torch(path: Path, theirs: str) -> None:
    if theirs != torch.__version__:
        warnings.warn(
            f"{path} was written with torch {theirs}, and goes on with torch {torch.__version__}: sums may be rounded "
            "otherwise.",
            stacklevel=2,
        )
