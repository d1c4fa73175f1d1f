"""Saving a training now and then, so that one that was killed goes on as if it had not been."""

import json
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from looplab.errors import CheckpointError, RecipeError, shown
from looplab.loop.callbacks.callback import Callback, called
from looplab.loop.checkpoints.asked import described_models, require_same
from looplab.loop.checkpoints.clock import SaveClock
from looplab.loop.checkpoints.file import read_checkpoint, write_checkpoint
from looplab.loop.checkpoints.model_state import ModelState
from looplab.loop.training import Training
from looplab.numbers import whole_number

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Saves a training into a file, and goes on from the file where there is one.

    A training that was killed at any instant and is started again ends as one that was never interrupted, to the bit:
    saved are parameters, buffers and changed attributes, the optimizer's memory, torch's random state, the place in the
    order of the batches, all records, and what callbacks keep. The file is replaced whole, and synced. It stays when
    the training is over: the same call then returns the same run at once.

    Args:
        path: the file. Its folder is made if need be.
        every: steps between two saves; None for one about every ten seconds, which takes at most 2 % of the time.
    """

    def __init__(self, path: str | Path, *, every: int | None = None) -> None:
        if not isinstance(path, str | Path) or not str(path):
            raise RecipeError("checkpoint", expected="the path of a file", got=shown(path))
        if every is not None and whole_number(every) < 1:
            raise RecipeError("every", expected="a whole number of steps, at least 1", got=shown(every))
        self.path, self._every = Path(path), every
        self._asked: Mapping[str, object] = {}
        self._others: list[Callback] = []
        self._clock = SaveClock()
        self._at_end = True

    def watch(self, others: list[Callback], asked: Mapping[str, object]) -> None:
        """Get to know what else belongs to the training.

        Args:
            others: callbacks whose state is to be kept.
            asked: what makes the training the one that it is, as JSON or digests.
        """
        self._others, self._asked = others, asked

    def start(self, training: Training) -> None:
        """Go on from the file, where there is one.

        Raises:
            CheckpointError: it is no checkpoint, or that of another training.
        """
        self._model = ModelState(training.model)
        self._asked = json.loads(json.dumps({**self._asked, **self._described(training)}, default=str))
        saved = self._read()
        if saved is not None:
            require_same(self.path, saved["asked"], self._asked)
            self._warn_of_other_numbers(saved)
            self._restore(training, saved)
        self._clock = SaveClock()

    def after_step(self, training: Training) -> None:
        """Save, if it is due."""
        if self._is_due(training):
            began = time.perf_counter()
            self._write(self._state(training))
            self._clock.saved(began)

    def _described(self, training: Training) -> dict[str, str]:
        """The model as it was made."""
        return described_models([training.model])

    def _is_due(self, training: Training) -> bool:
        by_clock = self._every is None and self._clock.is_due()
        by_count = self._every is not None and training.step % self._every == 0
        return by_clock or by_count or (training.is_over and self._at_end)

    def _read(self) -> dict[str, Any] | None:
        return read_checkpoint(self.path)

    def _write(self, state: dict[str, Any]) -> None:
        write_checkpoint(self.path, state)

    def _state(self, training: Training) -> dict[str, Any]:
        device = next(training.model.parameters()).device
        return {
            "asked": self._asked,
            "step": training.step,
            "stopped": training.stopped,
            "model": self._model.taken(),
            "optimizer": training.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "random_on_gpu": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
            "history": training.history.state_dict(),
            "callbacks": [called(callback, callback.state_dict) for callback in self._others],
        }

    def _restore(self, training: Training, saved: Mapping[str, Any]) -> None:
        try:
            self._model.put_back(saved["model"])
            training.optimizer.load_state_dict(saved["optimizer"])
            training.history.load_state_dict(saved["history"])
            for callback, state in zip(self._others, saved["callbacks"], strict=True):
                called(callback, callback.load_state_dict, state)
            training.step, training.stopped = saved["step"], saved["stopped"]
            torch.set_rng_state(saved["random"])
            if saved["random_on_gpu"] is not None:
                torch.cuda.set_rng_state(saved["random_on_gpu"], next(training.model.parameters()).device)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                str(self.path), expected="the state of this training", got=f"{type(error).__name__}: {error}"
            ) from error

    def _warn_of_other_numbers(self, saved: Mapping[str, Any]) -> None:
        there = (saved["torch"], saved["threads"])
        here = (torch.__version__, torch.get_num_threads())
        if there != here:
            warnings.warn(
                f"{self.path} was written with torch {there[0]} on {there[1]} thread{'s' if there[1] != 1 else ''}, "
                f"and goes on with torch {here[0]} on {here[1]}: sums may be rounded otherwise.",
                stacklevel=2,
            )
