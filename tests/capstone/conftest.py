from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import torch

from looplab import Recipe, Run, Runs, capstone, compare, doctor, linear, load, train, train_many
from looplab.comparison.comparison import Comparison

PLAN = """
title = "Two rings"
question = "Is a network worth it?"
data = "circles"
metric = "accuracy"
margin = 0.2
seeds = 12
"""


@dataclass(frozen=True)
class Trained:
    """Real objects, such as a capstone's training makes."""

    baseline: Comparison
    one_batch: Run
    tuning: Runs
    seeds: Runs
    doctor: doctor.Diagnosis


def seeds_of(count: int, lr: float = 0.1) -> Runs:
    """A linear model with so many seeds; it is about half right."""
    known, held_out = load("circles").split(0.5, seed=0)
    recipe = Recipe(optimizer="sgd", lr=lr, steps=3)
    return train_many(partial(linear, 2, 1), known, recipe, seeds=count, validation=held_out, metrics=["accuracy"])


@pytest.fixture(scope="session")
def trained() -> Trained:
    known, choosing = load("circles").split(0.5, seed=0)
    model = linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    line = torch.linspace(-1, 1, 64)[:, None]
    batches = list(zip(torch.cat([line, line.flip(0)], dim=1).split(8), (2 * line).split(8), strict=True))
    return Trained(
        baseline=compare("circles", folds=2, repeats=1, seeds=2, margin=0.2, curve=False),
        one_batch=train(
            lambda: linear(2, 1), load("circles").subset(torch.arange(2)), Recipe(optimizer="adam", lr=0.3, steps=2000)
        ),
        tuning=train_many(
            partial(linear, 2, 1),
            known,
            Recipe(optimizer="sgd", lr=0.1, steps=3),
            seeds=2,
            vary={"lr": [0.01, 0.1, 1e9]},
            validation=choosing,
        ),
        seeds=seeds_of(12),
        doctor=doctor.examine(model, optimizer, torch.nn.MSELoss(), batches, epochs=30),
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a plan and a script."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "capstone.toml").write_text(PLAN)
    (folder / "training.py").write_text("print('trained')\n")
    return folder


@pytest.fixture
def kept(project: Path, trained: Trained) -> Path:
    """The same with all evidence."""
    capstone.keep(project, **vars(trained))
    return project
