"""Operations across the lanes of vectors: sums, and lanes in another order."""

from typing import Any

import numpy as np

from looplab.lanes.vectors import WIDTH, load, store, vector

__all__ = ["doubled", "lane", "pairs_added", "quarters", "total", "totals_4", "totals_8", "transpose_16"]


def total(lanes: Any) -> Any:
    """The sum of all lanes, added in pairs: lanes 0 and n/2, 1 and n/2 + 1, …, and so on with the sums."""
    while len(lanes) > 1:
        lanes = lanes[: len(lanes) // 2] + lanes[len(lanes) // 2 :]
    return lanes.dtype.type(lanes[0])


def totals_4(a: Any, b: Any, c: Any, d: Any) -> Any:
    """A vector of four lanes: the sums of all lanes of a, b, c and d."""
    return vector(np.array([total(each) for each in (a, b, c, d)]))


def totals_8(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    """A vector of eight lanes: the sums of all lanes of a to h."""
    return vector(np.array([total(each) for each in (a, b, c, d, e, f, g, h)]))


def quarters(like: Any, lanes: Any) -> Any:
    """Four vectors with as many lanes as `like` has: those of `lanes`, from the first on, and then zeros."""
    filled = np.zeros(4 * len(like), like.dtype)
    filled[: len(lanes)] = lanes
    return tuple(vector(part) for part in filled.reshape(4, -1))


def pairs_added(lanes: Any) -> Any:
    """The sums of neighbours in half as many lanes: 0 + 1, 2 + 3, and so on."""
    return lanes[0::2] + lanes[1::2]


def doubled(lanes: Any) -> Any:
    """Each lane twice, side by side."""
    return vector(np.repeat(lanes.view(np.ndarray), 2))


def lane(lanes: Any, index: int) -> Any:
    """The number in one lane."""
    return lanes.dtype.type(lanes[index])


def transpose_16(source: Any, first: int, stride: int, target: Any, begin: int, width: int) -> None:
    """Let target[begin + j·width + i] be source[first + i·stride + j], for i and j from 0 to 15, in registers."""
    like = vector(np.zeros(WIDTH, source.dtype))
    rows = np.array([load(like, source, first + i * stride) for i in range(WIDTH)])
    for j in range(WIDTH):
        store(target, begin + j * width, rows[:, j])
