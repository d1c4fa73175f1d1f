"""Initial parameters that are drawn without making models, against those of models, to the bit."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from looplab import Recipe, linear, load, mlp, train
from looplab.models import ACTIVATIONS
from looplab.replicas.families import UniformDraws, _bounds, _is_as_torch_draws
from looplab.replicas.initial import make_first_model
from looplab.sweeps import train_many

STEP = Recipe(optimizer="sgd", lr=1e-3, steps=1)


def draws_of(make_model: Any, seed: int = 3) -> UniformDraws | None:
    return UniformDraws.of(make_model, make_first_model(make_model, seed, torch.float32).model, seed)


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
    model = make_first_model(make_model, seed, torch.float32).model
    np.testing.assert_array_equal(draws.rows([0, seed])[1], flat(model))


def test_the_linear_model_is_a_family_too() -> None:
    assert draws_of(partial(linear, 7, 2)) is not None


@pytest.fixture
def nothing_known_of_torch() -> Iterator[None]:
    """What was found out about torch's own draws is found out anew, in the test and after it."""
    _is_as_torch_draws.cache_clear()
    yield
    _is_as_torch_draws.cache_clear()


@pytest.mark.usefixtures("nothing_known_of_torch")
def test_numbers_that_are_torch_s_by_chance_are_not_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where torch multiplies and adds in two steps: a model of two numbers may well come out the same."""
    draw = torch.Tensor.uniform_

    def with_two_roundings(values: torch.Tensor, low: float = 0, high: float = 1, **more: Any) -> torch.Tensor:
        if (low, high) == (0, 1):
            return draw(values, **more)
        return draw(values, **more).mul_(torch.tensor(high) - torch.tensor(low)).add_(low)

    monkeypatch.setattr(torch.Tensor, "uniform_", with_two_roundings)
    make_model = partial(linear, 3, 1)
    models = [make_first_model(make_model, seed, torch.float32) for seed in range(50)]
    alike = [
        np.array_equal(UniformDraws(_bounds(cast(nn.Linear, model.model))).rows([seed])[0], flat(model.model))
        for seed, model in enumerate(models)
    ]
    assert 0 < sum(alike) < 50
    assert all(UniformDraws.of(make_model, model.model, seed) is None for seed, model in enumerate(models))


def flat(model: nn.Module) -> Any:
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


def noisy_mlp(*sizes: Any) -> nn.Module:
    model = mlp(*sizes)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


def moody_mlp(*sizes: Any) -> nn.Module:
    """For seed 3 it is like any other."""
    return mlp(*sizes) if torch.initial_seed() == 3 else noisy_mlp(*sizes)


@pytest.mark.parametrize(
    "make_model",
    [lambda: mlp(2, [8], 1), partial(noisy_mlp, 2, [8], 1), partial(moody_mlp, 2, [8], 1)],
    ids=["lambda", "noisy", "moody"],
)
def test_of_any_other_function_nothing_is_known(make_model: Any) -> None:
    assert draws_of(make_model, seed=3) is None


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
    seeds, recipe = [5, 0, 2**40 + 1], Recipe(optimizer="adam", lr=0.05, steps=20, batch_size=32)
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
