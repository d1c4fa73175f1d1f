"""How many losses are still in memory together with the graphs they were computed from."""

import gc
import weakref
from typing import Any

from torch import Tensor

__all__ = ["MARK", "SUSPICIOUS", "GraphsAlive", "Mark"]

MARK = "looplab.doctor"
"""The name under which a mark hangs on a graph."""
_MOST_FOLLOWED = 4096
"""Marks that are followed at once; of more losses than that, the later ones are not counted."""
SUSPICIOUS = 8
"""Graphs alive at once, with which garbage that Python has not collected yet is told from what is kept."""
_COLLECTIONS = 2
"""How often at most that is done: it may take a fifth of a second."""


class Mark:
    """Hangs on a loss's graph, and lives as long as that."""


class GraphsAlive:
    """Marks on the graphs of losses. They hold nothing alive, and take a few bytes each.

    Attributes:
        most: graphs that were alive at once, where these were half of all so far or more; 0 if they never were.
        after: how many steps.
    """

    def __init__(self) -> None:
        self._marks: list[tuple[int, weakref.ref[Mark]]] = []
        self._collections, self._fewest, self._last = 0, 0, -1
        self.most, self.after = 0, 0

    def follow(self, step: int, loss: Any) -> None:
        """Hang a mark on a loss.

        Args:
            step: the step it belongs to; those of one step count as one.
            loss: a tensor; anything else is passed over.
        """
        self._last = step
        node = loss.grad_fn if isinstance(loss, Tensor) else None
        if node is None:
            return
        if len(self._marks) >= _MOST_FOLLOWED:
            self._forget()
        metadata: dict[str, object] = node.metadata  # type: ignore[assignment]  # torch's stub calls it a method
        if len(self._marks) < _MOST_FOLLOWED and MARK not in metadata:
            metadata[MARK] = mark = Mark()
            self._marks.append((step, weakref.ref(mark)))

    def count(self) -> int:
        """Of how many steps a loss's graph is alive, but for those that only wait for Python's garbage collector."""
        alive, steps = self._count(), self._last + 1
        if 2 * alive >= steps and alive > self.most:
            self.most, self.after = alive, steps
        return alive

    def _count(self) -> int:
        self._forget()
        if self._steps() >= SUSPICIOUS and self._collections < _COLLECTIONS:
            self._collections += 1
            gc.collect()
            self._forget()
            self._fewest = self._steps()
        elif self._collections == _COLLECTIONS and self._fewest < SUSPICIOUS:
            return min(self._steps(), self._fewest)  # where they were garbage each time, they are so again
        return self._steps()

    def _steps(self) -> int:
        return len({step for step, _ in self._marks})

    def _forget(self) -> None:
        self._marks = [each for each in self._marks if each[1]() is not None]
