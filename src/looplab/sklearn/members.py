"""The trained members of an estimator: their parameters, how they learnt, and what they say of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from looplab.models.activations import activation as named_activation
from looplab.replicas import Runs
from looplab.replicas.stacked import chunks
from looplab.sklearn.job import Job

__all__ = ["Floats", "Members", "Pair", "layers_of", "members_of", "numbers_of", "outputs_of", "outputs_through"]

Floats = NDArray[np.floating[Any]]
Pair = tuple[Tensor, Tensor]
"""A layer of M members: weights M×(inputs)×(outputs), biases M×1×(outputs)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """M trained networks of one architecture.

    Attributes:
        coefs: a layer each, M×(inputs)×(outputs).
        intercepts: a layer each, M×(outputs).
        failed: M truths; the member's loss became infinite or NaN.
        steps: M numbers, the updates that each made.
        epochs: M numbers, the epochs that each began.
        losses: M×E, the mean loss of each epoch's batches (with early stopping that of its last batch); NaN after the
            last epoch.
        validation_losses: M×E, the loss on the validation rows after each epoch; None without them.
        seconds: wall time, this fit's share of the call that trained it.
    """

    coefs: list[Floats]
    intercepts: list[Floats]
    failed: NDArray[np.bool_]
    steps: NDArray[np.int64]
    epochs: NDArray[np.int64]
    losses: Floats
    validation_losses: Floats | None
    seconds: float


def members_of(job: Job, runs: Runs, rows: slice) -> Members:
    """The members that a job asked for, from these rows of a call's results."""
    coefs, intercepts = numbers_of(layers_of(runs.parameters[rows], job.sizes))
    steps = runs.steps[rows].numpy()
    records = job.recipe.total_steps(len(job.dataset)) // job.record_every
    each = job.epoch_steps // job.record_every
    validation = None if runs.validation_loss is None else runs.validation_loss[rows, :records].numpy().copy()
    return Members(
        coefs=coefs,
        intercepts=intercepts,
        failed=runs.failed[rows].numpy().copy(),
        steps=steps.copy(),
        epochs=-(-steps // job.epoch_steps),
        losses=runs.train_loss[rows, :records].numpy().reshape(len(steps), -1, each).mean(axis=2),
        validation_losses=validation,
        seconds=runs.seconds * len(steps) / len(runs),
    )


def outputs_of(coefs: Sequence[Floats], intercepts: Sequence[Floats], activation: str, X: Floats) -> Floats:
    """The outputs of every member, M×N×O; for classes these are logits.

    A stretch of rows at a time, so that hidden units of many rows do not fill the memory.
    """
    layers = [(torch.from_numpy(W), torch.from_numpy(b)[:, None]) for W, b in zip(coefs, intercepts, strict=True)]
    between = named_activation(activation).module()
    members, inputs = len(coefs[0]), torch.from_numpy(X)
    widest = max(W.shape[2] for W, _ in layers)
    with torch.inference_mode():
        parts = [
            outputs_through(layers, between, inputs[rows].expand(members, -1, -1))
            for rows in chunks(len(X), 2 * inputs.itemsize * members * widest)
        ]
    return torch.cat(parts, dim=1).numpy()


def outputs_through(layers: Sequence[Pair], between: nn.Module, inputs: Tensor) -> Tensor:
    """The outputs M×B×O of M members, of inputs M×B×D."""
    h = inputs
    for W, b in layers[:-1]:
        h = between(torch.baddbmm(b, h, W))
    W, b = layers[-1]
    return torch.baddbmm(b, h, W)


def layers_of(parameters: Tensor, sizes: Sequence[int]) -> list[Pair]:
    """Views of each layer, from M rows of numbers as `model.parameters()` has them.

    Args:
        parameters: M×P.
        sizes: of the layers, inputs first and outputs last.
    """
    layers, start = [], 0
    for fan_in, fan_out in pairwise(sizes):
        end = start + fan_in * fan_out
        W = parameters[:, start:end].view(-1, fan_out, fan_in).mT
        start = end + fan_out
        layers.append((W, parameters[:, None, end:start]))
    return layers


def numbers_of(layers: Sequence[Pair]) -> tuple[list[Floats], list[Floats]]:
    """Copies of weights M×(inputs)×(outputs) and biases M×(outputs) of each layer."""
    return (
        [np.array(W.numpy(), order="C") for W, _ in layers],
        [np.array(b[:, 0].numpy(), order="C") for _, b in layers],
    )
