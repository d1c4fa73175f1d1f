"""Which rows feed which step: batch, mini-batch and stochastic order."""

from collections.abc import Iterator

import torch
from jaxtyping import Int
from torch import Tensor

__all__ = ["batch_order", "epoch_order"]


def epoch_order(rows: int, generator: torch.Generator) -> Int[Tensor, " N"]:
    """The order in which one epoch visits the rows: a fresh random permutation."""
    return torch.randperm(rows, generator=generator)


def batch_order(rows: int, batch_size: int | None, steps: int, seed: int) -> Iterator[Int[Tensor, " B"] | None]:
    """The rows of each step.

    Every epoch shuffles all rows anew and cuts them into batches; the last batch of an epoch has what is left.
    The order depends on `rows`, `batch_size` and `seed` alone; the global random state is neither read nor changed.

    Args:
        rows: number of rows, N.
        batch_size: rows in a batch; None yields None for each step, which means all rows, in their own order.
        steps: number of steps, T.
        seed: fixes every shuffle.

    >>> [batch.tolist() for batch in batch_order(rows=5, batch_size=2, steps=4, seed=0)]
    [[4, 0], [1, 3], [2], [3, 4]]
    """
    if batch_size is None:
        yield from (None for _ in range(steps))
        return
    generator = torch.Generator().manual_seed(seed)
    left = steps
    while left > 0:
        for batch in epoch_order(rows, generator).split(batch_size)[:left]:
            yield batch
            left -= 1
