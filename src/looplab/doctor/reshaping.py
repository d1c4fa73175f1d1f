"""Which order of dimensions a reshape was meant to bring about."""

import itertools

__all__ = ["axes_meant"]

Shape = tuple[int, ...]


def axes_meant(before: Shape, after: Shape) -> Shape | None:
    """The permutation that a reshape stands in for, as an argument of `permute`; None where it is an honest reshape.

    Two kinds are told: the same dimensions in another order, (N, T, D) to (N, D, T); and a dimension that is split with
    the first part moved before another, (N, T, H * D) to (N, H, T, D), for which the input is first taken as
    (N, T, H, D).

    Examples:
        >>> axes_meant((32, 10, 4), (32, 4, 10))
        (0, 2, 1)
        >>> axes_meant((32, 10, 64), (32, 4, 10, 16))
        (0, 2, 1, 3)
        >>> axes_meant((32, 10, 64), (32, 10, 4, 16)) is None
        True
    """
    if before == after or len(before) < 3 or before[0] != after[0]:
        return None
    if len(before) == len(after):
        return _reordered(before, after)
    if len(after) == len(before) + 1 and len(before) == 3:
        time, width = before[1:]
        heads, second, part = after[1:]
        if second == time and heads != time and heads * part == width and heads > 1:
            return (0, 2, 1, 3)
    return None


def _reordered(before: Shape, after: Shape) -> Shape | None:
    inner = [size for size in before[1:] if size > 1]
    if sorted(before) != sorted(after) or [size for size in after[1:] if size > 1] == inner:
        return None
    for order in itertools.permutations(range(1, len(before))):
        if tuple(before[axis] for axis in order) == after[1:] and _moves_one(order):
            return (0, *order)
    return None


def _moves_one(order: Shape) -> bool:
    """Whether taking out one dimension leaves the others in their order, as in (H, W, C) to (C, H, W)."""
    return any(list(rest) == sorted(rest) for rest in (order[:at] + order[at + 1 :] for at in range(len(order))))
