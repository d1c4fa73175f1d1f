"""Replicas in worker processes, which joblib starts, keeps for the next call, and ends."""

import pickle
import warnings
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from looplab.errors import LooplabError, ReplicasError
from looplab.loop.surroundings import in_a_line
from looplab.replicas.architecture import Architecture
from looplab.replicas.call import Call
from looplab.replicas.solo import Replica, train_replica

__all__ = ["WorkersError", "train_in_workers", "worker_count"]

_SHARES = 8
"""Each worker takes about so many shares, one after the other, so that all end at about the same time."""


class WorkersError(Exception):
    """Workers cannot do this work, which is no fault of it.

    Args:
        reason: a clause that follows "because".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, eq=False)
class _Share:
    """What came back from a worker: the replicas of a share by number, pickled; or what went wrong with it."""

    trained: bytes = b""
    error: LooplabError | None = None
    unable: str | None = None


def worker_count(most: int | None) -> int:
    """How many processes may work at once: one for each core that this process may use, or fewer."""
    import joblib

    cores = int(joblib.cpu_count())
    return min(most or cores, cores)


def train_in_workers(
    call: Call, replicas: Sequence[int], architecture: Architecture, workers: int, underway: Mapping[int, Path]
) -> Generator[dict[int, Replica]]:
    """Train replicas of a call in worker processes; yields some of them as they come, by number.

    Args:
        call: what is asked for.
        replicas: which of its replicas.
        architecture: that of the first seed's model.
        workers: how many processes.
        underway: files for checkpoints of replicas in hand, by number; none of those that are to have none.

    When it is closed before its end, as by Ctrl-C, the workers are ended.

    Raises:
        WorkersError: the call cannot be sent to another process, or what it gives cannot be sent back.
        LooplabError: what `train` says of a model.
        ReplicasError: a worker was ended from outside.
    """
    import cloudpickle
    import joblib
    from joblib.externals.loky.process_executor import BrokenProcessPool

    try:
        work = cloudpickle.dumps((call, architecture, underway))
    except Exception as error:  # the user's functions and objects, which may raise anything
        raise WorkersError(f"the model cannot be sent to another process: {in_a_line(error)}") from error
    size = max(1, len(replicas) // (workers * _SHARES))
    shares = [replicas[start : start + size] for start in range(0, len(replicas), size)]
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
        )
        results = parallel(joblib.delayed(_train_share)(work, share) for share in shares)
    try:
        for share in results:
            yield _received(share)
    except BrokenProcessPool as error:
        raise ReplicasError(
            "train_many in worker processes",
            expected="workers that run to their end",
            got=f"one that was ended from outside ({in_a_line(error)})",
            fix="Where memory is short, train fewer replicas a call, or say threads=1.",
        ) from error
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that work is cancelled is what is wanted
            results.close()


def _received(share: _Share) -> dict[int, Replica]:
    if share.error is not None:
        raise share.error
    if share.unable is not None:
        raise WorkersError(share.unable)
    trained: dict[int, Replica] = pickle.loads(share.trained)  # noqa: S301  # from a process of our own
    return trained


def _train_share(work: bytes, replicas: Sequence[int]) -> _Share:
    """In a worker: train some replicas of a pickled call."""
    import cloudpickle

    try:
        call, architecture, underway = pickle.loads(work)  # noqa: S301  # from the process that started this one
    except Exception as error:  # noqa: BLE001  # as of a module that only the first process knows
        return _Share(unable=f"another process cannot make the model: {in_a_line(error)}")
    try:
        trained = {replica: train_replica(call, replica, architecture, underway.get(replica)) for replica in replicas}
    except LooplabError as error:
        return _Share(error=error)
    try:
        return _Share(trained=cloudpickle.dumps(trained))
    except Exception as error:  # noqa: BLE001  # an attribute of the user's that training changed
        return _Share(unable=f"what training changed cannot be sent back: {in_a_line(error)}")
