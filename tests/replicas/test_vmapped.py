"""What only the vmapped backend can do: dropout to the bit, frozen and shared parameters, any module."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, load, train
from looplab.loop import ProgressBar
from looplab.replicas import stacked, vmapped
from looplab.sweeps import many, train_many

MOONS = load("moons")
RECIPE = Recipe(optimizer="adamw", lr=0.02, steps=30, batch_size=32)


def assert_same_as_train(make_model: type[nn.Module], recipe: Recipe = RECIPE) -> None:
    runs = train_many(make_model, MOONS, recipe, seeds=[2, 9], validation=MOONS, backend="vmapped")
    for replica, seed in enumerate([2, 9]):
        run = train(make_model, MOONS, replace(recipe, seed=seed), validation=MOONS)
        ours = nn.utils.parameters_to_vector(runs.model(replica).parameters())
        theirs = nn.utils.parameters_to_vector(run.model.parameters())
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-5)
        assert runs.validation_loss is not None
        assert run.validation_loss is not None
        assert torch.allclose(runs.validation_loss[replica], run.validation_loss, rtol=1e-4, atol=1e-5)


class WithDropout(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 8), nn.Linear(8, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.drop(torch.relu(self.first(self.drop(inputs))))
        outputs: Tensor = self.second(nn.functional.dropout(hidden, 0.1, self.training, inplace=True))
        return outputs


class PartlyFrozen(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.unused = nn.Linear(2, 8), nn.Linear(8, 1), nn.Linear(3, 3)
        self.first.weight.requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.second(torch.tanh(self.first(inputs)))
        return outputs


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.scale = nn.Linear(2, 1), nn.Parameter(1 + torch.rand(()))

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs) * self.scale
        return outputs


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.once, self.twice, self.out = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1)
        self.twice.weight = self.once.weight

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.out(torch.tanh(self.twice(torch.tanh(self.once(inputs)))))
        return outputs


@pytest.mark.parametrize("make_model", [WithDropout, PartlyFrozen, Shared, Scaled])
@pytest.mark.parametrize("batch_size", [None, 48])
def test_dropout_and_parameters_of_all_sorts_are_as_in_train(
    make_model: type[nn.Module], batch_size: int | None
) -> None:
    assert_same_as_train(make_model, replace(RECIPE, batch_size=batch_size))


def test_dropout_does_not_depend_on_the_neighbours() -> None:
    alone = train_many(WithDropout, MOONS, RECIPE, seeds=[5], backend="vmapped")
    among = train_many(WithDropout, MOONS, RECIPE, seeds=[7, 5, 1], backend="vmapped")
    assert torch.allclose(among.parameters[1], alone.parameters[0], rtol=1e-4, atol=1e-6)


def test_results_do_not_depend_on_how_many_replicas_a_chunk_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_many(WithDropout, MOONS, RECIPE, seeds=5, backend="vmapped")
    monkeypatch.setattr(vmapped, "chunks", lambda count, _: stacked.chunks(count, 1, limit_bytes=2))
    parts = train_many(WithDropout, MOONS, RECIPE, seeds=5, backend="vmapped")
    assert torch.allclose(parts.parameters, whole.parameters, rtol=1e-4, atol=1e-6)


def test_progress_ends_at_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    bar = type("Bar", (ProgressBar,), {"update": lambda _, done: seen.append(done)})
    monkeypatch.setattr(many, "ProgressBar", bar)
    train_many(PartlyFrozen, MOONS, RECIPE, seeds=4, vary={"batch_size": [None, 16]}, backend="vmapped")
    assert seen == sorted(seen)
    assert seen[-1] == 8 * 30
