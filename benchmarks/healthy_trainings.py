"""Trainings drawn at random, and which of them are healthy, by nothing but how they and the others end."""

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from statistics import fmean
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, load, train_many

S = TypeVar("S")
TABLES: dict[str, dict[str, Any]] = {
    "moons": {"rows": 400, "noise": 0.25},
    "circles": {"rows": 400},
    "spirals": {"rows": 600},
    "sine": {"rows": 300},
    "digits": {},
    "diabetes": {},
    "breast-cancer": {},
    "wine": {},
    "iris": {},
}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}
TINY = 8
SEEDS = 4
LEARNED = 0.25
"""Of what the best training of a table takes off a constant answer's loss, the share that a healthy one may leave."""
BY_ANY_SEED = 0.5
LATE_RISE = 0.1
TO_COME = 0.1
"""The share that twice the time may still bring."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A training that was drawn."""

    table: str
    widths: tuple[int, ...]
    activation: str
    dropout: float
    batch_norm: bool
    optimizer: str
    lr: float
    weight_decay: float
    momentum: float | None
    schedule: str
    clip_norm: float | None
    batch_size: int
    epochs: int

    def recipe(self, *, times: int = 1) -> Recipe:
        """How it is trained, for so many times its epochs."""
        return Recipe(
            optimizer=self.optimizer,
            lr=self.lr,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            schedule=self.schedule,
            clip_norm=self.clip_norm,
            batch_size=self.batch_size,
            epochs=times * self.epochs,
        )


@cache
def rows(table: str) -> tuple[Dataset, Dataset]:
    """A table's rows to learn from and to validate on, inputs and numbers to predict standardized by the first."""
    dataset, validation = load(table, **TABLES[table]).split(0.75, seed=0)
    if dataset.task == "regression":
        centre, scale = dataset.targets.mean(), dataset.targets.std()
        dataset, validation = (replace(each, targets=(each.targets - centre) / scale) for each in (dataset, validation))
    return dataset.standardized(), validation.standardized(like=dataset)


def drawn(table: str, number: int) -> Setting:
    """A setting that somebody might choose, well or badly; the same for the same number."""
    random = np.random.default_rng([number, sorted(TABLES).index(table)])
    optimizer = str(random.choice(["sgd", "adam", "adamw", "rmsprop"]))
    rate = 10 ** random.uniform(-2.2, -0.3) if optimizer == "sgd" else 10 ** random.uniform(-3.5, -1.7)
    depth, size = int(random.integers(1, 4)), int(random.choice([4, 16, 32, 64, 128]))
    tiniest = len(rows(table)[0]) % size or size
    return Setting(
        table=table,
        widths=tuple(int(2 ** random.integers(3, 8)) for _ in range(depth)),
        activation=str(random.choice(["relu", "relu", "tanh", "gelu", "sigmoid"])),
        dropout=float(random.choice([0, 0, 0, 0.1, 0.3, 0.5])),
        batch_norm=bool(random.random() < 0.25) and tiniest >= TINY,  # of fewer rows it is a fault
        optimizer=optimizer,
        lr=float(f"{rate:.2g}"),
        weight_decay=float(random.choice([0, 0, 1e-4, 1e-2])),
        momentum=0.9 if optimizer == "sgd" and random.random() < 0.5 else None,
        schedule=str(random.choice(["constant", "constant", "cosine", "warmup-cosine", "step"])),
        clip_norm=1.0 if random.random() < 0.15 else None,
        batch_size=size,
        epochs=int(random.choice([5, 10, 20, 40, 80])),
    )


def network(setting: Setting, *, inputs: int, outputs: int) -> nn.Sequential:
    """The network that was drawn."""
    layers: list[nn.Module] = []
    for width in setting.widths:
        layers += [nn.Linear(inputs, width), *([nn.BatchNorm1d(width)] if setting.batch_norm else [])]
        layers += [ACTIVATIONS[setting.activation](), *([nn.Dropout(setting.dropout)] if setting.dropout else [])]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


@dataclass(frozen=True)
class Outcome:
    """What the replicas of a setting came to, in validation loss; not finite where one failed.

    Attributes:
        ends: at the end, of each seed.
        lowest: the mean of each seed's lowest.
        twice: the mean end of trainings of twice the length.
    """

    ends: tuple[float, ...]
    lowest: float
    twice: float


def trained(setting: Setting) -> Outcome:
    """Train it with each seed, and for twice as long."""
    torch.set_num_threads(1)
    dataset, validation = rows(setting.table)
    make = partial(network, setting, inputs=dataset.features, outputs=dataset.outputs)
    ends, lowest = [], []
    for times in (1, 2):
        every = math.ceil(setting.recipe(times=times).total_steps(len(dataset)) / 50)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runs = train_many(
                make,
                dataset,
                setting.recipe(times=times),
                seeds=SEEDS,
                validation=validation,
                record_every=every,
                threads=1,
            )
        assert runs.validation_loss is not None
        ends.append(np.asarray(runs.final_validation_loss, dtype=float))
        lowest.append(np.asarray(runs.validation_loss, dtype=float).min(axis=1))
    return Outcome(tuple(ends[0].tolist()), float(lowest[0].mean()), float(ends[1].mean()))


def healthy_among(
    outcomes: Mapping[S, Outcome], *, data: Callable[[S], str], constant: Callable[[str], float]
) -> list[S]:
    """The healthy ones of the trainings of each data set.

    Args:
        outcomes: of all that were drawn.
        data: what a setting learns from.
        constant: the validation loss of a constant answer on it.
    """
    found = []
    for name in dict.fromkeys(map(data, outcomes)):
        own = {setting: outcome for setting, outcome in outcomes.items() if data(setting) == name}
        ends = [fmean(outcome.ends) for outcome in own.values()]
        best = min((end for end in ends if math.isfinite(end)), default=math.nan)
        found += [setting for setting, outcome in own.items() if is_healthy(outcome, best, constant(name))]
    return found


def constant_loss(table: str) -> float:
    """The validation loss of the best constant answer on the rows to learn from."""
    dataset, validation = rows(table)
    loss, targets, seen = losses(dataset), validation.targets, dataset.targets
    if dataset.task == "multiclass":
        shares = torch.bincount(seen, minlength=dataset.outputs) / len(seen)
        return float(loss(shares.log().expand(len(targets), -1), targets))
    mean = seen.mean(dim=0)
    return float(loss((mean.logit() if dataset.task == "binary" else mean).expand_as(targets), targets))


def losses(dataset: Dataset) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of the table's task, as people write it."""
    return {"regression": nn.MSELoss(), "binary": nn.BCEWithLogitsLoss(), "multiclass": nn.CrossEntropyLoss()}[
        dataset.task
    ]


def is_healthy(outcome: Outcome, best: float, constant: float) -> bool:
    """Whether nobody would have anything to mend."""
    end, there = fmean(outcome.ends), constant - best
    return (
        math.isfinite(end)
        and end <= best + LEARNED * there
        and max(outcome.ends) <= best + BY_ANY_SEED * there
        and end <= outcome.lowest + LATE_RISE * there
        and outcome.twice >= end - TO_COME * there
    )
