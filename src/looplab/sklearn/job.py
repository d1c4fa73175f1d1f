"""One fit, ready to be trained: the rows as they are learnt from, the networks, the recipe and the seeds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop import Recipe
from looplab.models import mlp

__all__ = ["Job"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """What training the members of one estimator takes.

    Attributes:
        dataset: the rows to learn from, scaled.
        validation: rows set aside, scaled alike, whose loss stops a member; None without early stopping.
        row_weights: a weight above 0 for each row to learn from; None for equal ones.
        recipe: of every member, but for its seed.
        widths: of the hidden layers.
        activation: between the layers.
        seeds: one a member.
        patience: epochs without a lower validation loss before a member stops; None for no stopping.
    """

    dataset: Dataset
    validation: Dataset | None
    row_weights: Tensor | None
    recipe: Recipe
    widths: tuple[int, ...]
    activation: str
    seeds: tuple[int, ...]
    patience: int | None

    @property
    def sizes(self) -> list[int]:
        """Of the layers, inputs first and outputs last."""
        return [self.dataset.features, *self.widths, self.dataset.outputs]

    @property
    def epoch_steps(self) -> int:
        """Steps of one epoch."""
        return self.recipe.steps_per_epoch(len(self.dataset))

    @property
    def record_every(self) -> int:
        """Steps between two recorded losses: an epoch's where each one is judged on the validation rows."""
        return 1 if self.patience is None else self.epoch_steps

    @property
    def recipes(self) -> list[Recipe]:
        """The recipe of each member."""
        return [replace(self.recipe, seed=seed) for seed in self.seeds]

    @property
    def make_model(self) -> "partial[nn.Sequential]":
        """A function that makes an untrained member."""
        data = self.dataset
        if data.dtype == torch.float32:  # the engine knows what such a function makes, and calls it but once
            return partial(mlp, data.features, self.widths, data.outputs, self.activation)
        return partial(_network, data.features, self.widths, data.outputs, self.activation, data.dtype)

    def sharing(self, others: "Iterable[Job]") -> "Job":
        """This job; where one of the others is on the same rows, with that one's in place of its own copy."""
        for other in others:
            if self._has_rows_of(other):
                return replace(self, dataset=other.dataset, validation=other.validation, row_weights=other.row_weights)
        return self

    def trains_with(self, other: "Job") -> bool:
        """Whether one call can train both: the same rows and architecture, judged at the same steps."""
        return (self.widths, self.activation, self.patience, self.record_every) == (
            other.widths,
            other.activation,
            other.patience,
            other.record_every,
        ) and self._has_rows_of(other)

    def equals(self, other: "Job") -> bool:
        """Whether both train the very same members."""
        return (self.recipe, self.seeds) == (other.recipe, other.seeds) and self.trains_with(other)

    def _has_rows_of(self, other: "Job") -> bool:
        return (
            _same_rows(self.dataset, other.dataset)
            and _same_rows(self.validation, other.validation)
            and _same_tensors(self.row_weights, other.row_weights)
        )


def _network(
    features: int, widths: tuple[int, ...], outputs: int, activation: str, dtype: torch.dtype
) -> nn.Sequential:
    return mlp(features, widths, outputs, activation).to(dtype)


def _same_rows(one: Dataset | None, other: Dataset | None) -> bool:
    if one is None or other is None or one is other:
        return one is other
    return (
        (one.task, one.target_names) == (other.task, other.target_names)
        and _same_tensors(one.inputs, other.inputs)
        and _same_tensors(one.targets, other.targets)
    )


def _same_tensors(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or (one.dtype == other.dtype and torch.equal(one, other))
