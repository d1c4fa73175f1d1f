"""The contract that every activation obeys by being registered: see also `tests/models`, on its mathematics."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from looplab import Recipe, figures
from looplab.figures.style import ACTIVATION_COLOURS
from looplab.lanes.vectors import vector
from looplab.models import ACTIVATIONS, Activation
from looplab.replicas.plan import ActivationLayer, Network, describe_network

each = pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)


def others(entry: Activation) -> tuple[float, ...]:
    """Settings other than torch's own."""
    numbers = entry.numbers_of(entry.module())
    assert numbers is not None
    return tuple(0.5 * number + 0.125 for number in numbers)


@each
def test_train_is_torch_s_and_both_backends_are_train_s(contract: Any, entry: Activation, tmp_path: Path) -> None:
    data = contract.rows("diabetes")
    recipe = Recipe(optimizer="sgd", lr=0.02, momentum=0.5, steps=30, batch_size=16)
    contract.train_is_torch_s(contract.network(data, entry.name), data, recipe)
    for backend in ("fused", "vmapped"):
        runs = contract.backend_is_train_s(contract.network(data, entry.name), data, recipe, backend)
        contract.runs_are_restored(runs, data.inputs, tmp_path / f"{backend}.zip")


@each
def test_settings_of_its_own_pass_through_training_and_files(contract: Any, entry: Activation, tmp_path: Path) -> None:
    data, numbers = contract.rows("diabetes"), others(entry)

    def make_model() -> nn.Module:
        return nn.Sequential(nn.Linear(data.features, 4), entry.module(*numbers), nn.Linear(4, 1))

    recipe = Recipe(optimizer="sgd", lr=0.02, steps=10)
    runs = contract.backend_is_train_s(make_model, data, recipe, "fused")
    contract.runs_are_restored(runs, data.inputs, tmp_path / "runs.zip")


@each
def test_a_module_is_described_and_the_description_gives_the_module(entry: Activation) -> None:
    for numbers in ((), others(entry)):
        module = entry.module(*numbers)
        network = describe_network(nn.Sequential(nn.Linear(1, 1), module))
        assert isinstance(network, Network)
        assert network.layers[1] == ActivationLayer(entry.name, entry.numbers_of(module) or ())
        again = entry.module(*(entry.numbers_of(module) or ()))
        assert str(again) == str(module)


@each
def test_the_kernel_is_the_module_on_lanes_in_python(entry: Activation) -> None:
    """Against float64, since torch's own float32 drops the tail of GELU."""
    numbers = others(entry)
    for begin in range(-8, 9):
        x = torch.linspace(begin, begin + 0.97, 16).double().requires_grad_()
        y = entry.module(*numbers)(x)
        y.sum().backward()
        assert x.grad is not None
        with np.errstate(all="ignore"):
            value, slope = entry.kernel(vector(x.detach().numpy().astype(np.float32)), *numbers)
        np.testing.assert_allclose(np.asarray(value), y.detach(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(np.asarray(slope), x.grad, rtol=1e-5, atol=2e-6)


@each
def test_nan_stays_nan(entry: Activation) -> None:
    """In the value: a loss of NaN must not be hidden."""
    with np.errstate(all="ignore"):
        value, _ = entry.kernel(vector(np.full(16, np.nan, np.float32)), *others(entry))
    assert np.isnan(value).all()


@each
def test_it_has_a_colour_and_a_figure(entry: Activation) -> None:
    assert ACTIVATION_COLOURS[entry.name] == entry.colour
    assert entry.title in figures.alternative_text(figures.activation(entry.name))


def test_no_two_have_one_colour() -> None:
    colours = [entry.colour for entry in ACTIVATIONS.values()]
    assert len(set(colours)) == len(colours)
