"""Cutting a batch into parts whose losses add up to its loss, whatever their sizes are."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset
from looplab.errors import ModelError
from looplab.loop.losses import Objective
from looplab.loop.setup import Batch

__all__ = ["LossOfShares", "Part", "parts_of", "require_exact"]

_MOST_ROWS = 4096


class LossOfShares(Objective):
    """A loss over a part of a batch, of rows that have shares in the mean over the whole batch: Σ shareᵢ·lossᵢ.

    Args:
        objective: what is minimized over whole batches.
    """

    def __init__(self, objective: Objective) -> None:
        super().__init__(
            objective.name, objective.registered, objective._function, objective._each, objective._of_classes
        )

    def weighted(self, outputs: Float[Tensor, "B O"], targets: Tensor, weights: Tensor) -> Float[Tensor, ""]:
        """The part's loss; the weights are the shares."""
        return self.total(outputs, targets, weights)


class Part(NamedTuple):
    """Some rows of a batch, as one process takes them at once.

    Attributes:
        batch: inputs, targets and shares of the rows.
        rows: how many of the batch's rows they are. None of them is one row with the share 0: all processes pass
            through the model equally often, and a model need not take empty batches.
        is_last: whether no other follows in this process.
    """

    batch: Batch
    rows: int
    is_last: bool


def parts_of(
    batch: Batch, objective: Objective, rank: int, size: int, most_rows: int | None, dtype: torch.dtype
) -> Iterator[Part]:
    """The parts of a batch that are a process's, in the order of their rows.

    Every process has ⌊B/W⌋ or ⌈B/W⌉ rows in a row, and as many parts as the others.

    Args:
        batch: inputs, targets and weights of all rows.
        objective: what is minimized.
        rank: the number of the process.
        size: how many processes there are, W. Their gradients are averaged, so shares are W times what they would be.
        most_rows: the most rows of a part; None for no limit.
        dtype: the type of the shares: that of the loss.
    """
    X, y, weights = batch
    w = torch.ones(len(X), dtype=dtype, device=X.device) if weights is None else weights
    shares = w * (size / objective.divisor(y, w))
    of_each = -(-len(X) // size)
    count = 1 if most_rows is None else -(-of_each // most_rows)
    mine = torch.arange(len(X)).tensor_split(size)[rank]
    for place, rows in enumerate(mine.tensor_split(count)):
        is_last = place == count - 1
        if len(rows) == 0:
            yield Part((X[:1], y[:1], torch.zeros_like(shares[:1])), 0, is_last)
        else:
            chosen = slice(int(rows[0]), int(rows[-1]) + 1)
            yield Part((X[chosen], y[chosen], shares[chosen]), len(rows), is_last)


def require_exact(objective: Objective, dataset: Dataset) -> None:
    """Raise a `ModelError` unless the loss of a batch is the mean over its rows, and so the sum of its parts'."""
    fix = "Let it return the loss of each row, or compute each batch at once, in one process."
    what = f"loss {objective.name} over parts of a batch"
    if not objective.by_rows:
        raise ModelError(what, expected="the loss of each row", got="one number for the whole batch", fix=fix)
    rows = min(len(dataset), _MOST_ROWS)
    targets, weights = dataset.targets[:rows], torch.ones(rows, dtype=dataset.dtype)
    outputs = torch.linspace(-2.0, 2.0, rows * dataset.outputs, dtype=dataset.dtype).reshape(rows, dataset.outputs)
    whole = objective.mean(outputs, targets)
    summed = objective.total(outputs, targets, weights) / objective.divisor(targets, weights)
    if not torch.isclose(whole, summed, rtol=1e-4):
        got = f"{summed:.6g} where that mean is {whole:.6g}"
        raise ModelError(what, expected="a mean over the rows, which parts add up to", got=got, fix=fix)
