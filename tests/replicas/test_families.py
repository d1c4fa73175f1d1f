"""Initial parameters that are drawn without making models, against those of models, to the bit."""

from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from looplab import Recipe, linear, load, mlp, train
from looplab.models import ACTIVATIONS
from looplab.replicas import train_many
from looplab.replicas.families import UniformDraws
from looplab.replicas.initial import make_first_model

STEP = Recipe(optimizer="sgd", lr=1e-3, steps=1)


def draws_of(make_model: Any, seed: int = 3) -> UniformDraws | None:
    with torch.random.fork_rng():
        return UniformDraws.of(make_model, make_first_model(make_model, seed).model, seed)


@given(
    inputs=st.integers(1, 40),
    widths=st.lists(st.integers(1, 40), max_size=3),
    outputs=st.integers(1, 5),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    seed=st.integers(0, 2**63 - 1),
)
@settings(max_examples=50)
def test_drawn_parameters_are_those_of_the_model(
    inputs: int, widths: list[int], outputs: int, activation: str, seed: int
) -> None:
    make_model = partial(mlp, inputs, widths, outputs, activation=activation)
    draws = draws_of(make_model)
    assert draws is not None
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        parameters = list(make_model().parameters())
        state = torch.get_rng_state()
        drawn = [torch.empty_like(parameter) for parameter in parameters]
        draws.draw(drawn, seed)
        assert torch.equal(torch.get_rng_state(), state)
    assert all(map(torch.equal, drawn, parameters))


def test_the_linear_model_is_a_family_too() -> None:
    assert draws_of(partial(linear, 7, 2)) is not None


def noisy_mlp(*sizes: Any) -> nn.Module:
    model = mlp(*sizes)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


@pytest.mark.parametrize("make_model", [lambda: mlp(2, [8], 1), partial(noisy_mlp, 2, [8], 1)], ids=["lambda", "other"])
def test_of_any_other_function_nothing_is_known(make_model: Any) -> None:
    assert draws_of(make_model) is None


def test_where_torch_starts_otherwise_models_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def normal(self: nn.Linear) -> None:
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.1)

    monkeypatch.setattr(nn.Linear, "reset_parameters", normal)
    make_model = partial(mlp, 2, [8], 1)
    assert draws_of(make_model) is None
    ours = train_many(make_model, load("moons"), STEP, seeds=3)
    assert torch.equal(ours.parameters, train_many(lambda: make_model(), load("moons"), STEP, seeds=3).parameters)


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_training_ends_as_with_models_to_the_bit(backend: Any) -> None:
    seeds, recipe = [5, 0, 2**40], Recipe(optimizer="adam", lr=0.05, steps=20, batch_size=32)
    make_model, moons = partial(mlp, 2, [8, 3], 1, "tanh"), load("moons")
    ours = train_many(make_model, moons, recipe, seeds=seeds, backend=backend)
    made = train_many(lambda: make_model(), moons, recipe, seeds=seeds, backend=backend)
    assert torch.equal(ours.parameters, made.parameters)
    assert torch.equal(ours.train_loss, made.train_loss)


def test_the_modules_are_not_made_once_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(nn.Linear, "reset_parameters", counted(nn.Linear.reset_parameters, made))
    train_many(partial(mlp, 2, [8], 1), load("moons"), STEP, seeds=50)
    assert len(made) == 2


def counted(function: Any, calls: list[Any]) -> Any:
    def call(layer: nn.Linear) -> None:
        calls.append(layer)
        function(layer)

    return call


def test_the_caller_s_random_state_stays() -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    train_many(partial(mlp, 2, [8], 1), load("moons"), STEP, seeds=4)
    assert torch.equal(torch.rand(3), expected)


def test_train_takes_a_partial_as_it_takes_any_function() -> None:
    moons = load("moons")
    run = train(partial(mlp, 2, [8], 1), moons, STEP)
    assert torch.equal(run.train_loss, train(lambda: mlp(2, [8], 1), moons, STEP).train_loss)
