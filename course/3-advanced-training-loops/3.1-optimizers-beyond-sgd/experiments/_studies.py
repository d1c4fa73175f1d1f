"""Tuning as a study that is repeated: each seed draws its own rows, tries every rate from four starts, and takes one.

The rate with the lowest mean is then trained from eight fresh starts, and those alone are reported.
"""

from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor

from looplab import Recipe, load, mlp, train_many

__all__ = ["COLOURS", "RATES", "after_tuning", "on_digits", "on_moons", "tried"]

RATES = tuple(0.002 * 2**k for k in range(13))
"""The search space: 13 rates from 0.002 to 8.192, each twice the last."""
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "RMSprop": {"optimizer": "rmsprop"},
    "Adagrad": {"optimizer": "adagrad"},
    "Adam": {"optimizer": "adam"},
    "AdamW": {"optimizer": "adamw"},
}
COLOURS = {"SGD": "#6b6b6b", "momentum": "#a5480a", "Adam": "#1f5fa8"}


def starts(seed: int, *, fresh: bool) -> range:
    """The seeds of the initial parameters: four for trials, or eight others to report."""
    return range(100 * seed + 4, 100 * seed + 12) if fresh else range(100 * seed, 100 * seed + 4)


def on_moons(name: str, rates: tuple[float, ...], seed: int, *, fresh: bool) -> Tensor:
    """Rates × starts, the training loss on 200 points of the seed's own after 1000 steps with all rows."""
    recipe, points = Recipe(**OPTIMIZERS[name], lr=rates[0], steps=1000), load("moons", seed=seed)
    seeds = starts(seed, fresh=fresh)
    runs = train_many(partial(mlp, 2, [8], 1), points, recipe, seeds=seeds, vary={"lr": rates}, record_every=1000)
    return runs.final_train_loss.reshape(len(rates), -1).nan_to_num(0.693)  # one that diverged is no better than a coin


def on_digits(name: str, rates: tuple[float, ...], seed: int, *, fresh: bool) -> Tensor:
    """Rates × starts, per cent of errors after 20 epochs on 359 digits; half of the others is kept for reports."""
    training, others = load("digits").split(0.2, seed=seed)
    rows = others.split(0.5, seed=seed)[1 if fresh else 0]
    recipe = Recipe(**OPTIMIZERS[name], lr=rates[0], epochs=20, batch_size=32)
    runs = train_many(
        partial(mlp, 64, [32], 10), training, recipe, seeds=starts(seed, fresh=fresh), vary={"lr": rates},
        record_every=240, validation=rows, metrics=["accuracy"],
    )  # fmt: skip
    errors = 100 - 100 * runs.validation_metrics["accuracy"][:, -1].reshape(len(rates), -1)
    return errors.nan_to_num(90.0)


@lru_cache(maxsize=4096)
def tried(task: Any, name: str, seed: int, rates: tuple[float, ...] = RATES) -> Tensor:
    """Rates × trials, what the study of a seed sees: four starts of every rate."""
    return torch.as_tensor(task(name, rates, seed, fresh=False))


@lru_cache(maxsize=4096)
def after_tuning(task: Any, name: str, seed: int, rates: tuple[float, ...] = RATES) -> float:
    """The mean over eight fresh starts, with the rate whose trials have the lowest mean."""
    best = rates[int(tried(task, name, seed, rates).mean(dim=1).argmin())]
    return float(task(name, (best,), seed, fresh=True).mean())
