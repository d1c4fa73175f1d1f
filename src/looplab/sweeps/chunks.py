"""Replicas cut into chunks that take a worker seconds; where they are cut changes no bit of what comes of them."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Chunk", "Cutter", "without_overlap"]

_GROWS = 4.0
"""A chunk is at most so many times the one that was measured: the first are small, and say little."""
_SHARES = 2
"""At the end each worker is left about so many chunks, so that all end at about the same time."""
_NAME = re.compile(r"chunk-(\d+)-(\d+)-(\d+)-(\w+)-([0-9a-f]{16})")


@dataclass(frozen=True)
class Chunk:
    """Replicas of a group, from `start` to the one before `stop`, trained by one backend."""

    group: int
    start: int
    stop: int
    backend: str

    def __len__(self) -> int:
        return self.stop - self.start

    def name(self, key: str) -> str:
        """What the chunk is kept by: a hash of all that decides it, and its place in words for people.

        Args:
            key: stands for the whole call.
        """
        place = f"{self.group}-{self.start}-{self.stop}-{self.backend}"
        return f"chunk-{place}-{hashlib.sha256(f'{key} {place}'.encode()).hexdigest()[:16]}"

    @classmethod
    def named(cls, name: str, key: str) -> "Chunk | None":
        """The chunk of a name; None if it is none of this call's."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        group, start, stop, backend, _ = found.groups()
        chunk = cls(int(group), int(start), int(stop), backend)
        return chunk if chunk.name(key) == name else None


def without_overlap(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Those of one group that share no replica, in order; of two that do, the first, or the larger one."""
    apart: list[Chunk] = []
    for chunk in sorted(chunks, key=lambda each: (each.start, -each.stop)):
        if not apart or chunk.start >= apart[-1].stop:
            apart.append(chunk)
    return apart


class Cutter:
    """Cuts what is left of a group into chunks that take about so many seconds.

    Args:
        group: the group's number.
        replicas: how many it has.
        backend: what trains them.
        there: chunks that need not be trained.
        unit: how many replicas train together; every chunk begins at a multiple of it.
        first: how many replicas the first chunks have, before any was measured.
        most: how many replicas a chunk may have.
        seconds: how long a chunk should take.
    """

    def __init__(
        self,
        group: int,
        replicas: int,
        backend: str,
        there: Iterable[Chunk],
        *,
        unit: int,
        first: int,
        most: int,
        seconds: float,
    ) -> None:
        self._group, self._backend, self._unit, self._seconds = group, backend, unit, seconds
        self._gaps = _gaps(replicas, without_overlap(there))
        self._most = max(unit, most // unit * unit)
        self._size = min(max(unit, first // unit * unit), self._most)
        self.left = sum(stop - start for start, stop in self._gaps)

    def next(self, workers: int) -> Chunk | None:
        """The next chunk, for one of so many workers; None if nothing is left."""
        if not self._gaps:
            return None
        share = -(-self.left // (_SHARES * max(1, workers)))
        size = max(self._unit, min(self._size, -(-share // self._unit) * self._unit))
        start, end = self._gaps[0]
        stop = min(end, (start // self._unit) * self._unit + size)
        if stop == end:
            self._gaps.pop(0)
        else:
            self._gaps[0] = (stop, end)
        self.left -= stop - start
        return Chunk(self._group, start, stop, self._backend)

    def took(self, chunk: Chunk, seconds: float) -> None:
        """Take into account how long a chunk took its worker."""
        wanted = len(chunk) * self._seconds / max(seconds, 1e-4)
        size = min(wanted, _GROWS * len(chunk), float(self._most))
        if size >= self._size or len(chunk) >= self._size:  # a short one says little
            self._size = max(self._unit, int(size) // self._unit * self._unit)


def _gaps(replicas: int, there: Iterable[Chunk]) -> list[tuple[int, int]]:
    gaps, at = [], 0
    for chunk in there:
        if chunk.start > at:
            gaps.append((at, chunk.start))
        at = max(at, chunk.stop)
    if at < replicas:
        gaps.append((at, replicas))
    return gaps
