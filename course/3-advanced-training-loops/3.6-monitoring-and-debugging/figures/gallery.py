"""Twelve trainings of six seeds each, healthy and broken ones, with what is behind each of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, load, mlp, train_many

SEEDS, POINTS = 6, 40


@dataclass(frozen=True, kw_only=True)
class Training:
    """One picture of the gallery.

    Attributes:
        model: makes the network of a seed.
        rows: makes the training rows and, where a validation loss is shown, the validation rows.
        recipe: how it is trained.
        axis: the lowest and highest loss of its axis, which is logarithmic unless it begins at 0.
        chance: the loss of whoever guesses, and its name.
        told: what the reader is told beforehand.
        normal: whether it is healthy.
        cause: what is behind it.
        others: what else such a curve may come from, or what would not be normal.
        backend: of `train_many`; its results must not depend on what a machine happens to be quicker with.
    """

    model: Callable[[], nn.Module]
    rows: Callable[[], tuple[Dataset, Dataset | None]]
    recipe: Recipe
    axis: tuple[float, float]
    chance: tuple[float, str]
    told: str
    normal: bool
    cause: str
    others: str
    backend: Any = "fused"


@lru_cache
def digits() -> tuple[Dataset, Dataset]:
    """359 digits to learn from and 1,438 others."""
    return load("digits").split(0.2, seed=0)


def alone() -> tuple[Dataset, None]:
    """The 359 digits, without a validation loss."""
    return digits()[0], None


def mixed_up() -> tuple[Dataset, Dataset]:
    """The 359 digits with the labels of others, and digits as they should be."""
    training, new = digits()
    order = torch.randperm(len(training.targets), generator=torch.Generator().manual_seed(0))
    return replace(training, targets=training.targets[order]), new


def moons() -> tuple[Dataset, None]:
    """200 points in two classes."""
    return load("moons"), None


def diabetes() -> tuple[Dataset, Dataset]:
    """221 patients to learn from and 221 others, everything standardized."""
    table = load("diabetes").standardized()
    table = replace(table, targets=(table.targets - table.targets.mean()) / table.targets.std())
    return table.split(0.5, seed=0)


def with_dropout() -> nn.Sequential:
    """Two hidden layers of which half of the units are dropped in each step."""
    hidden = [nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


def from_zero() -> nn.Sequential:
    """The usual network with all weights 0."""
    network = mlp(64, [64, 64], 10)
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    return network


def with_softmax() -> nn.Sequential:
    """A network whose outputs are probabilities; cross-entropy takes their softmax once more."""
    return nn.Sequential(*mlp(64, [64], 10), nn.Softmax(dim=1))


USUAL = partial(mlp, 64, [64, 64], 10)
DIGITS: dict[str, Any] = {"axis": (0.01, 12.0), "chance": (2.3026, "ln 10")}
NEAR: dict[str, Any] = DIGITS | {"axis": (0.0, 2.8)}
MOONS: dict[str, Any] = {"axis": (0.004, 2.0), "chance": (0.6931, "ln 2")}

TRAININGS = (
    Training(
        model=partial(mlp, 64, [64], 10),
        rows=alone,
        recipe=Recipe(optimizer="sgd", lr=0.1, steps=360, batch_size=8),
        **DIGITS,
        told="Digits, SGD, the loss of every ninth batch of 8 rows.",
        normal=True,
        cause="Each point is the loss of another 8 digits, and some are easier: that is noise of the batches, not of "
        "the learning. Average over an epoch, or plot the validation loss.",
        others="It would not be normal if the average stopped falling and the width stayed.",
    ),
    Training(
        model=USUAL,
        rows=alone,
        recipe=Recipe(optimizer="sgd", lr=1.5, steps=320, batch_size=64),
        **DIGITS | {"axis": (0.0, 6.0)},
        told="Digits, SGD, batches of 64.",
        normal=False,
        cause="The learning rate is too high: the loss leaps, and stays near that of a guess. A tenth of the rate "
        "trains.",
        others="Also possible: inputs that are not scaled, a start that is too large, too much momentum.",
    ),
    Training(
        model=partial(mlp, 2, [32] * 10, 1),
        rows=moons,
        recipe=Recipe(optimizer="adam", lr=1e-3, steps=400),
        **MOONS,
        told="Moons, ten hidden layers, Adam, all rows.",
        normal=True,
        cause="A plateau, then a drop. From PyTorch's default start the signal is nearly gone after ten layers; Adam "
        "needs some steps to bring it back, and one seed rests a second time.",
        others="Had nothing happened for the whole training, ask for the gradient of the first layer.",
    ),
    Training(
        model=USUAL,
        rows=alone,
        recipe=Recipe(optimizer="adam", lr=1e-4, steps=400, batch_size=64),
        **NEAR,
        told="Digits, Adam, batches of 64.",
        normal=False,
        cause="The learning rate is too low: everything falls, steadily, and would need many times the steps. Ten "
        "times the rate is usual here.",
        others="Also possible: clipping that is too tight, a loss divided by too much. Or nothing is wrong, and the "
        "training was ended too soon.",
    ),
    Training(
        model=with_dropout,
        rows=digits,
        recipe=Recipe(optimizer="adam", lr=3e-3, steps=200),
        **DIGITS,
        told="Digits, dropout of 0.5, Adam, all rows. Solid training, dashed validation.",
        normal=True,
        cause="Validation is better than training since half of the units are dropped in training and none in "
        "validation.",
        others="Without dropout, ask whether the training loss is a mean over an epoch, and whether validation rows "
        "are copies of training rows.",
    ),
    Training(
        model=from_zero,
        rows=alone,
        recipe=Recipe(optimizer="adam", lr=1e-3, steps=320, batch_size=64),
        **NEAR,
        told="Digits, Adam, batches of 64.",
        normal=False,
        cause="All weights begin at 0, so no gradient reaches any of them: only the last biases learn how frequent "
        "each class is.",
        others="Also possible: an optimizer that holds other parameters, no step, a gradient that was detached, dead "
        "units. Look at the gradient of each layer, and whether the weights change.",
    ),
    Training(
        model=partial(mlp, 10, [64, 64], 1),
        rows=diabetes,
        recipe=Recipe(optimizer="adam", lr=3e-3, steps=240),
        axis=(0.004, 5.0),
        chance=(1.0, "always the mean"),
        told="Diabetes, a regression, Adam, all rows. Solid training, dashed validation.",
        normal=False,
        cause="Overfitting: the training loss goes to nothing, and the validation loss turns up after some forty "
        "steps. Stop there, penalize, or get more rows.",
        others="A rise in one epoch is noise; this one goes on and on.",
    ),
    Training(
        model=partial(mlp, 2, [16], 1),
        rows=moons,
        recipe=Recipe(optimizer="sgd", lr=12, steps=400, schedule="one-cycle", schedule_options={"pct_start": 0.5}),
        **MOONS,
        told="Moons, SGD, all rows, a schedule of one cycle with its peak in the middle.",
        normal=True,
        cause="Around the peak the rate is too high for staying, and the loss leaps; when the rate falls, so does "
        "the loss, below where it was. Judge such a run at its end.",
        others="With a constant rate the same leaps would mean that it is too high.",
    ),
    Training(
        model=USUAL,
        rows=mixed_up,
        recipe=Recipe(optimizer="adam", lr=3e-3, steps=280),
        **DIGITS,
        told="Digits, Adam, all rows. Solid training, dashed validation.",
        normal=False,
        cause="The labels do not belong to the rows. The network learns them by heart, and the validation loss is "
        "above that of a guess from the first epoch on: it never learned anything that holds for new rows.",
        others="Also possible: validation rows that are scaled otherwise, or their labels mixed up. Overfitting "
        "begins with a fall.",
    ),
    Training(
        model=partial(mlp, 2, [32, 32], 1),
        rows=moons,
        recipe=Recipe(optimizer="adam", lr=0.03, steps=1000),
        **MOONS,
        told="Moons, two hidden layers, Adam, all rows.",
        normal=True,
        cause="Single spikes late in a training with Adam, which come back within some steps. The rate is near what "
        "the landscape bears.",
        others="If they come more and more often, or do not come back, lower the rate, or let it fall.",
    ),
    Training(
        model=with_softmax,
        rows=alone,
        recipe=Recipe(optimizer="adam", lr=6e-3, steps=160),
        **NEAR,
        told="Digits, Adam, all rows.",
        normal=False,
        cause="Softmax stands in the network and once more in the loss. Even with all digits right and certain, the "
        "loss is ln(1 + 9/e) = 1.46, and there it stays.",
        others="Also possible: a network that is too small, or labels of which many are wrong. A floor at a number "
        "that you can compute says which.",
        backend="loop",
    ),
    Training(
        model=USUAL,
        rows=alone,
        recipe=Recipe(
            optimizer="adam",
            lr=3e-3,
            steps=320,
            batch_size=64,
            schedule="exponential",
            schedule_options={"gamma": 0.95},
        ),
        **NEAR,
        told="Digits, Adam, batches of 64, a rate that is multiplied by 0.95 again and again.",
        normal=False,
        cause="The schedule was meant for epochs and steps with each batch: after 100 steps the rate is 0.006 of "
        "what it was, and the learning is over. Log the learning rate.",
        others="Also possible: units that died, a step that was left out, the floor of what this network can do.",
    ),
)


def data() -> dict[str, Any]:
    """What the figure is drawn from: the curves of each training, and what is said about it."""
    return {"seeds": SEEDS, "trainings": [_picture(training) for training in TRAININGS]}


def _picture(training: Training) -> dict[str, Any]:
    rows, validation = training.rows()
    every = training.recipe.total_steps(len(rows.inputs)) // POINTS
    runs = train_many(
        training.model, rows, training.recipe, seeds=SEEDS, validation=validation, record_every=every,
        backend=training.backend,
    )  # fmt: skip
    validated = [] if runs.validation_loss is None else _numbers(runs.validation_loss)
    value, name = training.chance
    return {
        "told": training.told,
        "normal": training.normal,
        "cause": training.cause,
        "others": training.others,
        "axis": list(training.axis),
        "chance": value,
        "guess": name,
        "every": every,
        "training": _numbers(runs.train_loss),
        "validation": validated,
    }


def _numbers(losses: Tensor) -> list[list[float]]:
    """Of each seed its losses, to three digits."""
    return [[float(f"{loss:.3g}") for loss in seed] for seed in losses.tolist()]
