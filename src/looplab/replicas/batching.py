"""The rows of each step for many replicas at once: each replica's own order, as `train` draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from looplab.data import batch_order
from looplab.replicas.call import Call

__all__ = ["Batch", "StackedBatches", "batches_of", "equal_groups"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """What R replicas learn from in one step.

    Attributes:
        inputs: R×B×D, or B×D where all replicas see the same rows.
        targets: R×B×O or R×B, or without R.
        weights: R×B, or None for equal weights.
        shared: whether all replicas see the same rows.
    """

    inputs: Float[Tensor, "*R B D"]
    targets: Tensor
    weights: Float[Tensor, "R B"] | None
    shared: bool


class StackedBatches:
    """The batches of replicas that have the same batch size and the same number of rows.

    Args:
        inputs: N×D of the whole dataset, on the device of the training.
        targets: its targets.
        seeds: R seeds, each the order of its replica's batches.
        batch_size: rows in a batch; 0 for all rows.
        steps: number of batches, T.
        weights: R×N row weights on the CPU, each replica with the same number above 0; None for equal weights.
    """

    def __init__(
        self,
        inputs: Float[Tensor, "N D"],
        targets: Tensor,
        *,
        seeds: Int[ndarray, " R"],
        batch_size: int,
        steps: int,
        weights: Float[Tensor, "R N"] | None,
    ) -> None:
        self._inputs, self._targets = inputs, targets
        self._seeds, self._seed_of = np.unique(seeds, return_inverse=True)
        self._batch_size, self._steps = batch_size, steps
        self._rows: Int[Tensor, "R M"] | None = None
        self._weights: Float[Tensor, "R M"] | None = None
        self._count = len(inputs)
        if weights is not None:
            self._rows = (weights > 0).nonzero()[:, 1].view(len(weights), -1)
            self._weights = weights.gather(1, self._rows)
            self._count = self._rows.shape[1]

    @property
    def lengths(self) -> set[int]:
        """The numbers of rows that a batch can have."""
        if self._batch_size == 0:
            return {self._count}
        batches = [len(batch) for batch in torch.arange(self._count).split(self._batch_size)]
        return set(batches[: self._steps])

    def __iter__(self) -> Iterator[Batch]:
        return self.after(0)

    def after(self, steps: int) -> Iterator[Batch]:
        """The batches of the steps that follow so many."""
        if self._batch_size == 0:
            everything = self._batch(None)
            yield from (everything for _ in range(steps, self._steps))
            return
        orders = [batch_order(self._count, self._batch_size, self._steps, int(seed)) for seed in self._seeds]
        for batches in islice(zip(*orders, strict=True), steps, None):
            yield self._batch(torch.stack([rows for rows in batches if rows is not None])[self._seed_of])

    def _batch(self, positions: Int[Tensor, "R B"] | None) -> Batch:
        """The batch at these positions among each replica's rows; None for all of them."""
        rows, weights = positions, self._weights
        if self._rows is not None:
            rows = self._rows if positions is None else self._rows.gather(1, positions)
            weights = weights if positions is None or weights is None else weights.gather(1, positions)
        if rows is None:
            return Batch(inputs=self._inputs, targets=self._targets, weights=None, shared=True)
        rows = rows.to(self._inputs.device)
        return Batch(
            inputs=self._inputs[rows],
            targets=self._targets[rows],
            weights=None if weights is None else weights.to(self._inputs.device),
            shared=False,
        )


def batches_of(call: Call, device: torch.device, *, steps: int | None = None) -> StackedBatches:
    """The batches of a call's replicas, which must have the same batch size and the same number of rows.

    Args:
        call: for these replicas.
        device: where the inputs, targets and weights of a batch are to lie.
        steps: number of batches; None for all.
    """
    return StackedBatches(
        call.dataset.inputs.to(device),
        call.dataset.targets.to(device),
        seeds=call.seed,
        batch_size=int(call.batch_size[0]),
        steps=steps or call.steps,
        weights=None if call.weightings is None else call.weightings[torch.from_numpy(call.weighting)],
    )


def equal_groups(
    batch_size: Int[ndarray, " R"], row_counts: Int[ndarray, " R"]
) -> list[tuple[int, Int[ndarray, " G"]]]:
    """Cut R replicas into groups with the same batch size and number of rows: their batches have equal lengths.

    Returns:
        For each group its batch size and the G replicas in it, in order.

    >>> equal_groups(np.array([0, 8, 0]), np.array([5, 5, 5]))
    [(0, array([0, 2])), (8, array([1]))]
    """
    kinds, group_of = np.unique(np.stack([batch_size, row_counts]), axis=1, return_inverse=True)
    return [(int(kinds[0, kind]), np.flatnonzero(group_of.ravel() == kind)) for kind in range(kinds.shape[1])]
