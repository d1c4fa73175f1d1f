"""Trains a case by the protocol in plain PyTorch, and measures honestly what came of it."""

import gc
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .training import Case, Metric, Training


@dataclass(frozen=True, kw_only=True)
class Run:
    """A training that has been run: its losses by step, the numbers its author saw, and the honest one."""

    training: Training
    losses: tuple[float, ...]
    reported: tuple[float, ...]
    honest: float


def textbook_step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
    """The step of the tutorials, for trainings that bring none."""
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def run(case: Case, *, repaired: bool, seed: int) -> Run:
    """In each epoch the step for every batch, then the validation; nothing else is called."""
    training = case.build_seeded(repaired, seed)
    step = training.step or textbook_step
    losses, reported = [], []
    for _ in range(training.epochs):
        for x, y in training.batches():
            loss = step(training.model, training.optimizer, training.loss_fn, x, y)
            losses.append(loss.item() if isinstance(loss, Tensor) else float(loss))
        if training.validation and training.validate:
            reported.append(float(training.validate(training.model, *training.validation)))
    return Run(
        training=training, losses=tuple(losses), reported=tuple(reported), honest=honest_score(training, case.honest)
    )


def honest_score(training: Training, metric: Metric, rows: tuple[Tensor, Tensor] | None = None) -> float:
    """What the model is worth on rows (the validation's, if none are given), in evaluation mode; NaN is worth -1."""
    x, y = rows or training.validation or (None, None)
    assert x is not None, "there are no rows to measure with"
    assert y is not None, "there are no rows to measure with"
    return score(training.model, metric, x, y)


def score(model: nn.Module, metric: Metric, x: Tensor, y: Tensor) -> float:
    """A metric in evaluation mode."""
    model.eval()
    with torch.no_grad():
        value = metric(model(x), y)
    return value if math.isfinite(value) else -1.0


def held_graphs() -> int:
    """How many scalars with a graph behind them are alive."""
    gc.collect()
    alive: Iterable[Any] = gc.get_objects()
    return sum(type(thing) is Tensor and thing.dim() == 0 and thing.grad_fn is not None for thing in alive)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """In how many of the seeds tried the twin learns, and in how many the fault is seen; what was measured."""

    tried: int
    learns: int
    seen: int
    numbers: str


def prove(case: Case, seeds: range = range(3), enough: int = 2) -> Verdict:
    """Trains twin and faulty training seed by seed, until enough seeds agree or none are left."""
    tried = learns = seen = 0
    numbers = []
    for seed in seeds:
        twin = run(case, repaired=True, seed=seed)
        tried, learns = tried + 1, learns + (twin.honest >= case.learns)
        if case.faults:
            faulty = run(case, repaired=False, seed=seed)
            seen += case.shows(faulty, twin) if case.shows else twin.honest >= faulty.honest + case.by
            numbers.append(f"seed {seed}: {faulty.honest:.3f} broken, {twin.honest:.3f} repaired")
            del faulty  # its graphs, if it kept any, would be counted for the next
        else:
            numbers.append(f"seed {seed}: {twin.honest:.3f}")
        if learns >= enough and (seen >= enough or not case.faults):
            break
    return Verdict(tried=tried, learns=learns, seen=seen, numbers="; ".join(numbers))
