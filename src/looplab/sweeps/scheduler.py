"""Sends jobs to a pool, a few for each worker at a time, and sends those again that are lost.

A job is lost if its future raises: what a function has to say about its own work, it returns. So a worker that was
killed, a network that failed and a pool that broke are one case, and none of them is a result.
"""

import asyncio
import heapq
import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from looplab.errors import LooplabError, ReplicasError
from looplab.loop.surroundings import in_a_line
from looplab.sweeps.pool import Pool
from looplab.sweeps.workers import Future

__all__ = ["Job", "run_jobs"]

_AHEAD = 2
"""How many jobs are on their way for each worker, so that none waits for this process."""
_POLL_SECONDS, _WAIT_SECONDS = 0.05, 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 20.0

_log = logging.getLogger("looplab.sweeps")


@dataclass(eq=False)
class Job:
    """One call of the function.

    Attributes:
        arguments: what the function is given besides what all share.
        name: what it is, in words.
        about: whatever its maker wants to know when it comes back.
        lost: how often it was lost.
    """

    arguments: tuple[Any, ...]
    name: str
    about: Any = None
    lost: int = 0


@dataclass(eq=False)
class _Sent:
    job: Job
    future: Future
    generation: int
    since: float
    tells: bool


@dataclass(eq=False)
class _Jobs:
    """Jobs that are on their way, came back, or wait to be sent again."""

    pool: Pool
    tries: int
    patience: float | None
    sent: dict[int, _Sent] = field(default_factory=dict)
    finished: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    again: list[tuple[float, int, Job]] = field(default_factory=list)
    breaks: int = 0
    number: int = 0
    next_look: float = 0.0

    def send(self, function: Callable[..., Any], shared: bytes, job: Job) -> None:
        try:
            future = self.pool.submit(function, shared, *job.arguments)
        except OSError as error:
            self.lose(job, self.pool.generation, error)
            return
        self.number += 1
        number = self.number
        tells = hasattr(future, "add_done_callback")
        self.sent[number] = _Sent(job, future, self.pool.generation, time.monotonic(), tells)
        if tells:
            future.add_done_callback(lambda _: self.finished.put(number))  # type: ignore[attr-defined]

    def due(self) -> Job | None:
        """A job that was lost, and whose time to be sent again has come."""
        return heapq.heappop(self.again)[2] if self.again and self.again[0][0] <= time.monotonic() else None

    def wait(self) -> list[_Sent]:
        """Some that came back; none after a while."""
        numbers = self._told() or self._looked()
        return [self.sent.pop(number) for number in numbers if number in self.sent]

    def lose(self, job: Job, generation: int, error: BaseException) -> None:
        """Note that a job is lost, and when it will be sent again.

        Raises:
            ReplicasError: it was lost too often.
        """
        reason = in_a_line(error) if isinstance(error, Exception) else type(error).__name__
        broken = isinstance(error, BrokenExecutor)
        if isinstance(error, ImportError):
            raise ReplicasError(
                "executor", expected="workers on which looplab is installed, as it is here", got=reason
            ) from error
        if broken:  # whichever worker ended, all jobs of its pool are lost, and hardly one of them is to blame
            if generation == self.pool.generation:
                self.breaks += 1
            if not self.pool.replace(generation):
                raise self._broken(reason) from error
        else:
            job.lost += 1
            self.pool.share_anew()
        if job.lost >= self.tries or self.breaks >= self.tries:
            raise ReplicasError(
                f"workers of {self.pool.name}",
                expected=f"ones that bring {job.name} back",
                got=f"{reason}, {max(job.lost, self.breaks)} times",
                fix="What came back until then is kept if there is a checkpoint=; memory is the usual cause.",
            ) from error
        pause = min(_FIRST_PAUSE_SECONDS * 4 ** (job.lost + self.breaks), _LONGEST_PAUSE_SECONDS)
        _log.warning("%s was lost (%s) and is sent out again", job.name, reason)
        self.number += 1
        heapq.heappush(self.again, (time.monotonic() + pause, self.number, job))

    def cancel(self) -> None:
        """Have nothing computed that nobody waits for."""
        for sent in self.sent.values():
            with suppress(Exception):  # a future of somebody else's
                sent.future.cancel()  # type: ignore[attr-defined]

    def _broken(self, reason: str) -> LooplabError:
        return ReplicasError(
            "executor",
            expected="a pool whose workers run to their end",
            got=f"one that is broken ({reason})",
            fix="Give a function that makes an executor, so that another can take its place: "
            "executor=lambda: ProcessPoolExecutor(4).",
        )

    def _told(self) -> list[int]:
        """Those whose futures have told so; waits for the first of them."""
        quiet = all(sent.tells for sent in self.sent.values())
        pause = _WAIT_SECONDS if quiet else _POLL_SECONDS
        if self.again:
            pause = max(0.0, min(pause, self.again[0][0] - time.monotonic()))
        found = []
        with suppress(queue.Empty):
            found.append(self.finished.get(timeout=pause))
            while True:
                found.append(self.finished.get_nowait())
        return found

    def _looked(self) -> list[int]:
        """Those that are done, or overdue, without having told so; looked for now and then alone."""
        now = time.monotonic()
        if now < self.next_look:
            return []
        self.next_look = now + (_WAIT_SECONDS if all(sent.tells for sent in self.sent.values()) else _POLL_SECONDS)
        late = -float("inf") if self.patience is None else now - self.patience
        return [number for number, sent in self.sent.items() if sent.since < late or _is_done(sent.future)]


def run_jobs(
    pool: Pool,
    function: Callable[..., Any],
    shared: bytes,
    *,
    source: Callable[[], Job | None],
    landed: Callable[[Job, Any], None],
    tries: int,
    patience: float | None = None,
) -> None:
    """Have all jobs done, in whatever order; those that are lost are sent again.

    Args:
        pool: who does them.
        function: called with what is shared and a job's arguments, in a worker.
        shared: the same for all jobs.
        source: the next job; None if there is none now. It is asked again after each that comes back.
        landed: told what the function returned for a job. May raise: then all is given up.
        tries: how often a job is sent out.
        patience: seconds after which a job that has not come back is taken to be lost.

    Raises:
        ReplicasError: a job was lost too often, or nobody takes jobs any more.
    """
    jobs = _Jobs(pool, tries, patience)
    try:
        while True:
            job: Job | None = None
            while len(jobs.sent) < _AHEAD * pool.count() and (job := jobs.due() or source()) is not None:
                jobs.send(function, shared, job)
            if not jobs.sent and not jobs.again:
                return
            for sent in jobs.wait():
                try:
                    returned = _result(sent, patience)
                except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # whatever befell the worker
                    jobs.lose(sent.job, sent.generation, error)
                else:
                    jobs.breaks = 0
                    landed(sent.job, returned)
    except BaseException:
        jobs.cancel()
        raise


def _result(sent: _Sent, patience: float | None) -> Any:
    if not _is_done(sent.future):
        raise TimeoutError(f"not back after {patience} seconds")
    return sent.future.result()


def _is_done(future: Future) -> bool:
    try:
        return future.done()
    except Exception:  # noqa: BLE001  # `result` will say what is wrong
        return True
