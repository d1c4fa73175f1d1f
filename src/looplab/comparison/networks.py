"""The network arms: learning rate, weight decay and stopping step chosen on the inner splits, many seeds at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from looplab.comparison.baselines import probabilities
from looplab.comparison.examples import Examples, Fitted, Matrix
from looplab.comparison.weights import in_proportion, part_of
from looplab.data import Dataset
from looplab.loop import Recipe
from looplab.models import mlp
from looplab.replicas import Runs
from looplab.sweeps import train_many
from looplab.sweeps.workers import ExecutorLike

__all__ = ["NETWORKS", "Settings", "choose", "fit_network", "train_members"]

NETWORKS: dict[str, tuple[int, ...]] = {"small network": (16,), "wide network": (64,)}
"""Widths of the hidden layers of each network arm; ReLU between them."""

_RATES = (0.001, 0.003, 0.01)
_DECAYS = (0.0, 0.1, 1.0)
_RECORDS = 40  # stopping steps to choose from
_FULL_BATCH = 128  # up to this many rows, each step takes all of them


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a network arm is trained."""

    lr: float
    weight_decay: float
    steps: int
    batch_size: int | None


def fit_network(
    examples: Examples, widths: tuple[int, ...], seeds: int, executor: ExecutorLike | None = None
) -> Fitted:
    """Choose settings, then train the given number of networks on all training rows."""
    settings = choose(examples, widths, executor)
    runs = train_members(examples, widths, settings, seeds, executor)
    kept = ~runs.failed
    parameters = runs.parameters[kept] if kept.any() else runs.parameters
    return Fitted(
        predict=lambda X: _members(runs, X, examples.task),
        chosen=vars(settings) | {"widths": list(widths)},
        tensors={"parameters": parameters.contiguous()},
    )


def choose(examples: Examples, widths: tuple[int, ...], executor: ExecutorLike | None = None) -> Settings:
    """The settings with the lowest mean validation loss over the first inner splits and two seeds."""
    rows = len(examples.inner[0].train)
    batch_size = None if rows <= _FULL_BATCH else 64 if rows < 10_000 else 256
    steps = 1000 if batch_size is None else int(np.clip(20 * rows / batch_size, 2000, 4000))
    every = steps // _RECORDS
    recipe = Recipe(optimizer="adamw", lr=_RATES[0], steps=steps, batch_size=batch_size)
    total = np.zeros((len(_RATES) * len(_DECAYS), steps // every))
    for split in examples.few_inner:
        runs = train_many(
            _maker(examples, widths),
            _dataset(examples, split.train),
            recipe,
            seeds=range(examples.seed, examples.seed + 2),
            vary={"lr": _RATES, "weight_decay": _DECAYS},
            validation=_dataset(examples, in_proportion(split.test, part_of(examples.weights, split.test))),
            row_weights=_row_weights(part_of(examples.weights, split.train)),
            record_every=every,
            executor=executor,
        )
        assert runs.validation_loss is not None
        losses = runs.validation_loss.double().nan_to_num(nan=torch.inf).numpy()
        total += losses.reshape(len(total), 2, -1).mean(axis=1)
    best, record = np.unravel_index(int(np.argmin(total)), total.shape)
    lr, decay = divmod(int(best), len(_DECAYS))
    return Settings(lr=_RATES[lr], weight_decay=_DECAYS[decay], steps=(int(record) + 1) * every, batch_size=batch_size)


def train_members(
    examples: Examples,
    widths: tuple[int, ...],
    settings: Settings,
    seeds: int,
    executor: ExecutorLike | None = None,
) -> Runs:
    """The given number of networks, trained on all training rows with these settings."""
    recipe = Recipe(
        optimizer="adamw",
        lr=settings.lr,
        weight_decay=settings.weight_decay,
        steps=settings.steps,
        batch_size=settings.batch_size,
    )
    first = examples.seed + 1000
    seed_range = range(first, first + seeds)
    return train_many(
        _maker(examples, widths),
        _dataset(examples),
        recipe,
        seeds=seed_range,
        row_weights=_row_weights(examples.weights),
        record_every=settings.steps,
        executor=executor,
    )


def network_predictions(outputs: torch.Tensor, task: str) -> NDArray[np.float64]:
    """Predictions S×N×O, or probabilities S×N×C, from the networks' outputs."""
    array = outputs.double().numpy()
    return array if task == "regression" else probabilities(array)


def _members(runs: Runs, X: Matrix, task: str) -> NDArray[np.float64]:
    outputs = runs.predict(torch.from_numpy(np.ascontiguousarray(X)))
    kept = ~runs.failed
    return network_predictions(outputs[kept] if kept.any() else outputs.nan_to_num(), task)


def _dataset(examples: Examples, rows: NDArray[np.int64] | None = None) -> Dataset:
    """The dataset of these rows, by position, or of all rows."""
    X = examples.X if rows is None else examples.X[rows]
    y = examples.y if rows is None else examples.y[rows]
    binary = examples.task == "binary"
    outputs = examples.y.shape[1] if examples.task == "regression" else examples.classes
    names = tuple(map(str, range(outputs)))
    return Dataset(
        name="fold",
        inputs=torch.from_numpy(X),
        targets=torch.from_numpy(y.astype(np.float32)[:, None] if binary else y),
        task=examples.task,
        feature_names=tuple(str(column) for column in range(X.shape[1])),
        target_names=names,
    )


def _row_weights(weights: NDArray[np.float64] | None) -> torch.Tensor | None:
    return None if weights is None else torch.from_numpy(weights.astype(np.float32))


def _maker(examples: Examples, widths: tuple[int, ...]) -> Callable[[], nn.Module]:
    features, outputs = examples.X.shape[1], _outputs(examples)
    return partial(mlp, features, widths, outputs)


def _outputs(examples: Examples) -> int:
    if examples.task == "regression":
        return int(examples.y.shape[1])
    return 1 if examples.task == "binary" else examples.classes
