"""The average of the parameters on their way, and of running statistics: see `looplab.loop.averages`.

The training goes on with the parameters themselves; where the average counts, it changes places with them for a while.
"""

from typing import Any

from looplab.lanes.vectors import WIDTH, at, load, number, one, put, store
from looplab.replicas.fused.arguments import Scratch, Shape, unpacked

__all__ = ["average", "change_places", "start_average"]


def start_average(given: Any) -> None:
    """Let the average be the parameters as they are."""
    _average(given, 1.0)


def average(given: Any, share: float) -> None:
    """Let the average go this share of its way to the parameters: 0 leaves it, 1 makes it those."""
    if share > 0.0:
        _average(given, share)


def change_places(given: Any) -> None:
    """Let the average stand where the parameters are, and these where the average is."""
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    for i in range(0, shape.parameters, WIDTH):
        w = load(one(0.0), memory.W, i)
        store(memory.W, i, load(w, memory.averaged, i))
        store(memory.averaged, i, w)
    for i in range(shape.statistics):
        s = at(memory.statistics, i)
        put(memory.statistics, i, at(memory.averaged_statistics, i))
        put(memory.averaged_statistics, i, s)


def _average(given: Any, share: float) -> None:
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    for i in range(0, shape.parameters, WIDTH):
        w = load(one(0.0), memory.W, i)
        store(memory.averaged, i, _between(load(w, memory.averaged, i), w, share))
    for i in range(shape.statistics):
        between = _between(at(memory.averaged_statistics, i), at(memory.statistics, i), share)
        put(memory.averaged_statistics, i, number(between))


def _between(mine: Any, newest: Any, share: float) -> Any:
    """As `torch.lerp`: from the nearer end."""
    return mine + (newest - mine) * share if share < 0.5 else newest - (newest - mine) * (1.0 - share)
