"""The processes that `torchrun` started: who this one is, and what all of them have to agree upon."""

import atexit
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from looplab.errors import FileError, LooplabError, ProcessesError
from looplab.loop.surroundings import in_a_line

__all__ = ["Processes", "joined", "lost_processes", "seed_of"]

_OF_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
_SIGNS = ("connection closed by peer", "connection reset by peer", "broken pipe", "gloo", "nccl")


Result = TypeVar("Result")


class Processes:
    """The processes of one training, of which this is one.

    Attributes:
        rank: the number of this one, from 0.
        size: how many there are, W.
    """

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()

    def sums(self, values: Sequence[float]) -> list[float]:
        """Sums over all processes, in float64."""
        return self._reduced(values, dist.ReduceOp.SUM)

    def any(self, flag: bool) -> bool:
        """Whether it is so in at least one process."""
        return self._reduced([float(flag)], dist.ReduceOp.MAX) == [1.0]

    def gathered(self, value: Any) -> list[Any]:
        """The value of each process, in order; pickled on its way between them."""
        found: list[Any] = [None] * self.size
        with lost_processes():
            dist.all_gather_object(found, value)
        return found

    def rows(self, tensor: Tensor) -> Tensor:
        """Rows that lie in all processes, in their order."""
        return torch.cat([each.to(tensor.device) for each in self.gathered(tensor.detach().cpu())])

    def all_together(self, call: Callable[[], Result]) -> list[Result]:
        """What a call gives in each process; an error of one of them is raised in all.

        Raises:
            LooplabError: what the first process that failed said.
        """
        found = self.gathered(_tried(call))
        for _, error in found:
            if error is not None:
                raise error
        return [result for result, _ in found]

    def of_first(self, call: Callable[[], Result]) -> Result:
        """What a call gives in process 0, which alone makes it; an error is raised in all.

        Raises:
            LooplabError: what process 0 said.
        """
        first: Result | None
        first, *_ = self.all_together(lambda: call() if self.rank == 0 else None)
        return first  # type: ignore[return-value]  # of process 0, which has made the call

    def require_alike(self, described: Mapping[str, object]) -> None:
        """Raise an error, in each process, unless all were asked for the same training.

        Args:
            described: what makes it the one that it is, by name.

        Raises:
            ProcessesError: names the first process that differs, and what in.
        """
        of_each = self.gathered(dict(described))
        for rank, theirs in enumerate(of_each):
            differing = [name for name in of_each[0] if theirs.get(name) != of_each[0][name]]
            if differing:
                raise ProcessesError(
                    f"process {rank}",
                    expected="the training of process 0",
                    got=f"another {' and '.join(differing)}",
                    fix="Each process must load the same rows in the same order, and make the same model with the same "
                    "recipe; looplab gives each its share of a batch.",
                )

    def _reduced(self, values: Sequence[float], how: Any) -> list[float]:
        numbers = torch.tensor(values, dtype=torch.float64)
        with lost_processes():
            dist.all_reduce(numbers, how)
        return [float(number) for number in numbers]


def seed_of(seed: int, rank: int, step: int = 0) -> int:
    """A seed for the dropout of a process from a step on: rows of different processes have masks of their own."""
    return int.from_bytes(hashlib.sha256(f"{seed} {rank} {step}".encode()).digest()[:7])


def _tried(call: Callable[[], Result]) -> tuple[Any, Exception | None]:
    try:
        return call(), None
    except LooplabError as error:
        return None, error
    except OSError as error:
        return None, FileError(str(error.filename or "a file"), got=error.strerror or in_a_line(error))


def joined(asked: str) -> Processes:
    """The processes of this training, which this one has joined by then.

    They talk through gloo, and about tensors on a GPU through NCCL. Each has the GPU of its own number as the current
    one.

    Args:
        asked: what the caller asked for, to be named in messages.

    Raises:
        ProcessesError: this process was not started by `torchrun`, or does not reach the others.
    """
    if not dist.is_available():
        raise ProcessesError(asked, expected="a PyTorch that has torch.distributed", got=f"torch {torch.__version__}")
    if not dist.is_initialized():
        missing = [name for name in _OF_TORCHRUN if name not in os.environ]
        if missing:
            raise ProcessesError(
                asked,
                expected="one of several processes that torchrun started",
                got=f"a process without {missing[0]}",
                fix="Start your script with: torchrun --standalone --nproc-per-node=2 script.py",
            )
        _join(asked)
    return Processes()


@contextmanager
def lost_processes() -> Iterator[None]:
    """Say in a sentence that another process was lost; leave other errors as they are.

    Raises:
        ProcessesError: the connection to another process broke.
    """
    try:
        yield
    except RuntimeError as error:
        text = str(error).lower()
        if not isinstance(error, dist.DistError) and not any(sign in text for sign in _SIGNS):
            raise
        raise ProcessesError(
            "another process of this training",
            expected="one that takes part in each step",
            got=f"none any more ({in_a_line(error).split('. ')[0]})",
            fix="What it printed says why it ended. torchrun --max-restarts=3 starts all of them again, and "
            "train(…, checkpoint='folder') then goes on from the last save.",
        ) from error


def _join(asked: str) -> None:
    """Meet the others in a store of this start's own.

    torchrun keeps its store from one start of the processes to the next one: whoever read there where the others listen
    could find the addresses of the dead, and would wait for them.
    """
    nccl = torch.cuda.is_available() and dist.is_nccl_available()
    if nccl:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    try:
        torch_distributed: Any = dist  # whose stores are there without types
        store, rank, size = next(iter(torch_distributed.rendezvous("env://")))
        own = torch_distributed.PrefixStore(
            f"looplab/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}/{size}", store
        )
        dist.init_process_group("cpu:gloo,cuda:nccl" if nccl else "gloo", store=own, rank=rank, world_size=size)
    except (RuntimeError, ValueError) as error:
        where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
        raise ProcessesError(
            asked, expected=f"processes that meet at {where}", got=in_a_line(error), fix="Is the address in reach?"
        ) from error
    atexit.register(_leave)  # the group is kept for the next training: one that is left cannot be joined again


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
