"""Gradient descent with batches of different sizes, raced to a loss on tables of 100,000 rows."""

from collections.abc import Sequence
from functools import lru_cache, partial
from time import perf_counter
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["FEATURES", "ROWS", "Table", "relative_seconds", "table", "update", "updates_to_target"]

ROWS, FEATURES = 100_000, 20
MOST_UPDATES = 2000


class Table(NamedTuple):
    """A linear regression, and what is known of its loss.

    Attributes:
        X: inputs, with a column of ones for the bias.
        y: targets.
        curvature: second derivatives of the loss, the mean squared error.
        best: the parameters at which the loss is lowest.
        lowest: the loss there.
    """

    X: Float[Tensor, "N P"]
    y: Float[Tensor, "N 1"]
    curvature: Float[Tensor, "P P"]
    best: Float[Tensor, "P 1"]
    lowest: float


@lru_cache(maxsize=2)  # a table takes 8 MB
def table(number: int = 0) -> Table:
    """Twenty features, any two of which correlate by a half, and a linear target with noise of variance 1.

    Args:
        number: another table for each.
    """
    draw = partial(torch.randn, generator=torch.Generator().manual_seed(number))
    features = (draw(ROWS, 1) + draw(ROWS, FEATURES)) / 2**0.5
    y = features @ draw(FEATURES, 1) + 1 + draw(ROWS, 1)
    X = torch.hstack([features, torch.ones(ROWS, 1)])
    best = torch.linalg.lstsq(X, y).solution
    return Table(X, y, 2 / ROWS * X.T @ X, best, (X @ best - y).square().mean().item())


def update(theta: Float[Tensor, "P 1"], batch_size: int, lr: float, number: int = 0) -> Float[Tensor, "P 1"]:
    """The parameters after one update with so many rows, drawn at random by torch's generator."""
    X, y = table(number).X, table(number).y
    if batch_size < ROWS:
        rows = torch.randint(ROWS, (batch_size,))
        X, y = X[rows], y[rows]
    return theta - lr * (2 / len(X)) * (X.T @ (X @ theta - y))


def updates_to_target(
    theta: Float[Tensor, "P 1"], batch_size: int, lr: float, *, number: int = 0, target: float = 1.1
) -> int:
    """How many updates bring the loss over all rows below so many times the lowest, at most `MOST_UPDATES`.

    The loss over all rows, and the gradient of a batch of all of them, are computed from the curvature, not row by row.
    """
    task = table(number)
    for step in range(MOST_UPDATES):
        slope = task.curvature @ (theta - task.best)
        if 0.5 * ((theta - task.best).T @ slope).item() < (target - 1) * task.lowest:
            return step
        theta = theta - lr * slope if batch_size == ROWS else update(theta, batch_size, lr, number)
    return MOST_UPDATES


def relative_seconds(batch_sizes: Sequence[int], turns: int = 7) -> float:
    """The wall time of an update of the first batch size over that of the second: medians, taken in turns.

    One thread is used, so that the number of cores does not matter.
    """
    theta = torch.zeros_like(table().best)
    seconds = torch.zeros(turns, len(batch_sizes))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for turn in seconds:
            for column, batch_size in enumerate(batch_sizes):
                started = perf_counter()
                update(theta, batch_size, lr=0.01)
                turn[column] = perf_counter() - started
    finally:
        torch.set_num_threads(threads)
    medians = seconds.median(dim=0).values
    return float(medians[0] / medians[1])
