"""The guard of the fused plan: it compares numbers, whatever the reason why they differ, and leaves no trace."""

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, load, mlp
from looplab.replicas import backends, fused_guard
from looplab.sweeps import train_many

MOONS, DIGITS, SINE = load("moons"), load("digits"), load("sine")
RECIPE = Recipe(optimizer="adam", lr=0.01, steps=3, batch_size=16)


@pytest.fixture(autouse=True)
def nothing_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused_guard, "_agreed", set())


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.GELU(), nn.Dropout(0.2), nn.Linear(6, 1))


@pytest.mark.parametrize("part", ["forward", "backward"])
def test_a_layer_that_computes_something_else_is_seen_without_knowing_why(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = nn.functional.linear

    def wrong(inputs: Tensor, *rest: Any) -> Tensor:
        outputs = right(inputs, *rest)
        return outputs * 2 if part == "forward" else outputs * 2 - outputs.detach()

    monkeypatch.setattr(nn.functional, "linear", wrong)
    what = "loss" if part == "forward" else "gradient"
    runs = train_many(network, MOONS, RECIPE, seeds=3)
    assert f"no fused plan, because compiled, the {what} of seed 0 is not what plain PyTorch gives" in str(runs.backend)


@pytest.mark.parametrize("data", [MOONS, DIGITS, SINE], ids=lambda data: data.task)
@pytest.mark.parametrize("batch_size", [None, 1, 16])
@pytest.mark.parametrize("weighted", [False, True])
def test_every_task_and_batch_is_found_right(data: Dataset, batch_size: int | None, weighted: bool) -> None:
    recipe = Recipe(optimizer="rmsprop", lr=0.01, steps=3, batch_size=batch_size, clip_norm=0.1, schedule="cosine")
    weights = (torch.arange(len(data)) % 3).float() if weighted else None
    make_model = partial(mlp, data.features, [5, 5], data.outputs)
    runs = train_many(make_model, data, recipe, seeds=[4, 7, 1, 2], vary={"lr": [0.1, 0.01]}, row_weights=weights)
    assert runs.backend.name == "fused"
    assert len(fused_guard._agreed) == 1


def test_asking_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    made: list[nn.Module] = []

    def kept() -> nn.Module:
        made.append(network())
        return made[-1]

    asked = train_many(kept, MOONS, RECIPE, seeds=5)
    assert torch.equal(torch.rand(3), expected)
    assert len(made) == 5
    assert all(parameter.grad is None for model in made for parameter in model.parameters())
    monkeypatch.setattr(backends, "FusedGuard", None)
    again = train_many(network, MOONS, RECIPE, seeds=5)  # agreed on, and small: not asked
    assert torch.equal(asked.parameters, again.parameters)


def test_a_large_call_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    train_many(network, MOONS, RECIPE, seeds=2)
    monkeypatch.setattr(fused_guard, "_LARGE_CALL", 1.0)
    monkeypatch.setattr(fused_guard.FusedGuard, "verdict", lambda *_: "it was asked")
    assert "because it was asked" in str(train_many(network, MOONS, RECIPE, seeds=2).backend)


def test_a_model_whose_loss_is_infinite_is_not_held_against_the_plan() -> None:
    def endless() -> nn.Module:
        model = network()
        nn.init.constant_(next(model.parameters()), float("inf"))
        return model

    runs = train_many(endless, MOONS, RECIPE, seeds=2)
    assert runs.backend.name == "fused"
    assert runs.failed.all()
