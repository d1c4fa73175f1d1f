"""The trained members of an estimator: their parameters, how they learnt, and what they say of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.models.activations import activation as named_activation
from looplab.replicas import Runs
from looplab.replicas.stacked import chunks
from looplab.sklearn.job import Job

__all__ = ["Members", "members_of", "outputs_of"]

Floats = NDArray[np.floating[Any]]


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
    sizes = [job.dataset.features, *job.widths, job.dataset.outputs]
    coefs, intercepts = _layers(runs.parameters[rows].numpy(), sizes)
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
    parts = []
    with torch.inference_mode():
        for rows in chunks(len(X), 2 * inputs.itemsize * members * widest):
            h = inputs[rows].expand(members, -1, -1)
            for W, b in layers[:-1]:
                h = between(torch.baddbmm(b, h, W))
            W, b = layers[-1]
            parts.append(torch.baddbmm(b, h, W))
    return torch.cat(parts, dim=1).numpy()


def _layers(parameters: Floats, sizes: Sequence[int]) -> tuple[list[Floats], list[Floats]]:
    """Weights M×(inputs)×(outputs) and biases M×(outputs) of each layer, from rows as `model.parameters()` has them."""
    coefs, intercepts, start = [], [], 0
    for fan_in, fan_out in pairwise(sizes):
        weights = parameters[:, start : start + fan_in * fan_out].reshape(-1, fan_out, fan_in)
        start += fan_in * fan_out
        coefs.append(np.ascontiguousarray(weights.transpose(0, 2, 1)))
        intercepts.append(parameters[:, start : start + fan_out].copy())
        start += fan_out
    return coefs, intercepts
