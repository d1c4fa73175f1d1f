"""Stacked steps or the loop: what the clock says decides, is told, and changes nothing else."""

from typing import Any

import pytest
import torch
from torch import nn

from looplab import Recipe, load
from looplab.replicas import backends, timing
from looplab.replicas.timing import Expected, why_loop
from looplab.sweeps import train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="adam", lr=0.01, steps=40, batch_size=16)


def normalized() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.RMSNorm(4), nn.Dropout(0.5), nn.Linear(4, 1))


@pytest.mark.parametrize(
    ("stacked", "looped", "workers", "reason"),
    [
        (10.0, 7.0, 1, "let expect 10 s for stacked steps and 7 s for one replica after the other in a loop"),
        (1234.5, 60.04, 8, "let expect 1200 s for stacked steps and 60 s for one replica after the other in 8 worker"),
        (10.0, 8.5, 1, None),
        (10.0, 12.0, 1, None),
        (10.0, 10.0, 1, None),
    ],
)
def test_the_loop_is_taken_where_it_is_clearly_quicker(
    stacked: float, looped: float, workers: int, reason: str | None
) -> None:
    found = why_loop(Expected(stacked_seconds=stacked, looped_seconds=looped, workers=workers))
    assert (found is None) == (reason is None)
    assert reason is None or (found is not None and reason in found)


def test_where_nothing_was_timed_steps_are_stacked() -> None:
    assert why_loop(None) is None


@pytest.mark.parametrize(("looped", "name"), [(1.0, "loop"), (30.0, "vmapped")])
def test_the_choice_is_told_with_both_figures(looped: float, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Expected(stacked_seconds=20.0, looped_seconds=looped, workers=1)
    monkeypatch.setattr(backends, "expect", lambda *_: expected)
    runs = train_many(normalized, MOONS, RECIPE, seeds=3)
    assert runs.backend.name == name
    assert ("let expect 20 s for stacked steps and 1 s" in runs.backend.reason) == (name == "loop")
    asked = train_many(normalized, MOONS, RECIPE, seeds=3, backend="vmapped")
    assert str(asked.backend) == "vmapped: as asked for"


@pytest.mark.parametrize("validation", [None, MOONS])
def test_timing_leaves_no_trace(validation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Expected | None] = []
    right = timing.expect

    def watched(*given: Any) -> Expected | None:
        seen.append(right(*given))
        return None

    vary: dict[str, list[Any]] = {"batch_size": [16, None]}
    plain = train_many(normalized, MOONS, RECIPE, seeds=2, vary=vary, validation=validation, backend="vmapped")
    monkeypatch.setattr(timing, "_SOON_SECONDS", -1.0)
    monkeypatch.setattr(backends, "expect", watched)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    timed = train_many(normalized, MOONS, RECIPE, seeds=2, vary=vary, validation=validation)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(timed.parameters, plain.parameters)
    (found,) = seen
    assert found is not None
    assert found.stacked_seconds >= 0
    assert found.looped_seconds >= 0
    assert found.workers >= 1


def test_what_is_soon_done_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> float:
        raise AssertionError("timed")

    monkeypatch.setattr(timing, "_plain_run", never)
    assert train_many(normalized, MOONS, RECIPE, seeds=3).backend.name == "vmapped"
    monkeypatch.setattr(timing, "_stacked_step", never)
    few = Recipe(optimizer="adam", lr=0.01, steps=timing._LEAST_STEPS - 1)
    assert train_many(normalized, MOONS, few, seeds=3).backend.name == "vmapped"


@pytest.mark.parametrize(
    ("seeds", "steps", "reason"),
    [
        (1, 2, "a single replica is trained sooner by itself"),
        (2, 30, "two replicas are trained sooner one after the other"),
        (2, 29, None),
        (3, 30, None),
    ],
)
def test_one_or_two_replicas_are_trained_by_themselves(seeds: int, steps: int, reason: str | None) -> None:
    runs = train_many(normalized, MOONS, Recipe(optimizer="sgd", lr=0.1, steps=steps), seeds=seeds)
    assert runs.backend.name == ("vmapped" if reason is None else "loop")
    assert reason is None or f"not vmapped, because {reason}" in runs.backend.reason
