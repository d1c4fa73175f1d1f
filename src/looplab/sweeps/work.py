"""What a worker does: it trains the replicas of a chunk, and says what came of them.

It computes on one thread, and trains replicas in the very groups in which they would train anywhere else, so that its
numbers depend neither on how work is cut nor on who does it.
"""

import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from looplab.errors import LooplabError, ModelError, ReplicasError
from looplab.loop.checkpoints.file import checkpoint_bytes
from looplab.loop.surroundings import in_a_line, one_thread, recording_gradients
from looplab.models.particulars import Particulars
from looplab.replicas.architecture import Architecture
from looplab.replicas.backends import Order, train_call
from looplab.replicas.call import Call
from looplab.replicas.groups import Group, groups_of
from looplab.replicas.initial import FirstModel, make_first_model
from looplab.replicas.pieces import Piece, assembled, described
from looplab.replicas.unsuitable import UnsuitableError
from looplab.sweeps.chunks import Chunk
from looplab.sweeps.versions import difference

__all__ = ["UNITS", "Reply", "train_chunk"]

UNITS = {"fused": 1, "vmapped": 32, "loop": 1}
"""How many replicas a backend trains together: how stacked sums are rounded depends on how many there are."""

_MOST_KNOWN = 4


@dataclass(frozen=True)
class Reply:
    """What a worker says of a chunk; exactly one of these, besides the seconds.

    Attributes:
        content: what came of the replicas, as the bytes of a checkpoint.
        seconds: how long that took.
        error: an error in the user's own code or arguments, pickled: it would come again.
        unsuitable: why the backend cannot train these replicas, as a clause.
    """

    content: bytes = b""
    seconds: float = 0.0
    error: bytes = b""
    unsuitable: str = ""


@dataclass(frozen=True, eq=False)
class _Known:
    """A call that this worker was sent."""

    groups: Sequence[Group]
    firsts: Sequence[FirstModel]


_known: "OrderedDict[str, _Known]" = OrderedDict()
_lock = threading.Lock()


def train_chunk(shared: bytes, key: str, versions: str, chunk: Chunk, threads: int) -> Reply:
    """Train the replicas of a chunk.

    Args:
        shared: the call, pickled.
        key: stands for the call: a worker unpickles each but once.
        versions: those of the process that sent it.
        chunk: which replicas, and by what backend.
        threads: how many threads to train them on.

    Raises:
        MemoryError, OSError: this worker cannot; another may.
    """
    unlike = difference(versions)
    if unlike is not None:
        return _said(_unlike(unlike))
    try:
        known = _call_of(shared, key)
        started = time.perf_counter()
        with recording_gradients(), one_thread():
            piece = _trained(known, chunk, threads)
        content = checkpoint_bytes({"chunk": chunk.name(key), "piece": described(piece)})
    except UnsuitableError as error:
        return Reply(unsuitable=error.reason)
    except LooplabError as error:
        if isinstance(error.__cause__, UnsuitableError):
            return Reply(unsuitable=error.__cause__.reason)
        return _said(error)
    except (MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # the user's own code, which may raise anything
        return _said(error)
    return Reply(content=content, seconds=time.perf_counter() - started)


def _call_of(shared: bytes, key: str) -> _Known:
    """The call of a key: unpickled once, and its groups made."""
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
        try:
            call: Call = pickle.loads(shared)  # noqa: S301  # from the process that sent the work, not from a file
        except Exception as error:
            raise ReplicasError(
                "make_model",
                expected="functions and objects that workers can be sent",
                got=f"a worker that cannot load them: {in_a_line(error)}",
                fix="Define them in the script itself, or in a package that workers have, too.",
            ) from error
        groups = groups_of(call)
        with recording_gradients():
            firsts = [
                make_first_model(group.call.make_model, group.call.seeds[0], call.dataset.dtype) for group in groups
            ]
        _known[key] = _Known(groups, firsts)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
        return _known[key]


def _trained(known: _Known, chunk: Chunk, threads: int) -> Piece:
    """What came of the replicas of a chunk, unit by unit."""
    whole, first = known.groups[chunk.group].call, known.firsts[chunk.group]
    unit = UNITS[chunk.backend]
    size = len(chunk) if unit == 1 else unit
    pieces = []
    for start in range(chunk.start, chunk.stop, size):
        replicas = np.arange(start, min(start + size, chunk.stop))
        part = whole.restricted(replicas, whole.steps)
        own = make_first_model(part.make_model, part.seeds[0], part.dataset.dtype)
        _require_alike(first, own, part, whole, chunk.backend)
        order = Order(call=part, first=own, wanted=chunk.backend, threads=_threads(chunk, threads), on_progress=_ignore)
        trained, _ = train_call(order)
        pieces.append(Piece(replicas=replicas, trained=trained))
    return Piece(replicas=np.arange(chunk.start, chunk.stop), trained=assembled(pieces))


def _threads(chunk: Chunk, threads: int) -> int | None:
    """The vmapped backend runs on torch's threads; the loop would start processes of its own."""
    return {"fused": threads, "vmapped": None, "loop": 1}[chunk.backend]


def _require_alike(first: FirstModel, own: FirstModel, part: Call, whole: Call, backend: str) -> None:
    """Look at the first model of a chunk as a backend looks at the models of all seeds in one process.

    Raises:
        ModelError: it is of another architecture than that of the first seed.
        UnsuitableError: it differs in what replicas that train together would share.
    """
    if Architecture(first.original).tensors(own.original) is None:
        raise ModelError(
            "make_model",
            expected="the same architecture for every seed",
            got=f"another one for seed {part.seeds[0]} than for seed {whole.seeds[0]}",
            fix="Let only the initial values depend on the random state.",
        )
    unlike = None if backend == "loop" else Particulars(first.original).difference(own.original)
    if unlike is not None:
        raise UnsuitableError(unlike)


def _said(error: Exception) -> Reply:
    """An error as bytes; where it cannot be pickled, its words."""
    import cloudpickle

    try:
        content = cloudpickle.dumps(error)
        pickle.loads(content)  # noqa: S301  # what was pickled a line above
    except Exception:  # noqa: BLE001  # an exception of the user's
        content = cloudpickle.dumps(ReplicasError("a worker", expected="a training", got=in_a_line(error)))
    return Reply(error=content)


def _unlike(found: str) -> ReplicasError:
    return ReplicasError(
        "executor",
        expected="workers with the versions that are here, since other ones round otherwise",
        got=f"one with {found}",
        fix="Install the same versions everywhere.",
    )


def _ignore(steps: int) -> None:
    del steps
