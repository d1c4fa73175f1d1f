"""Measures, against the same thing worked out one run at a time."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from looplab import Recipe, linear, load, mlp, train
from looplab.content import load_module
from looplab.errors import ExperimentError
from looplab.experiments import Arm, find_experiment, find_file
from looplab.experiments.measures import (
    accuracy,
    final_loss,
    final_validation_loss,
    held_out_loss,
    scaled_final_loss,
    share_of_dead_units,
    steps_to_loss,
)
from looplab.replicas import Runs
from looplab.sweeps import train_many

collapse = load_module(find_file("linear-stack-collapses").path).collapse
thermometer = load_module(find_file("network-overfits-temperature").path.with_name("_thermometer.py"))
sawtooth = load_module(find_file("depth-beats-width-on-sawtooth").path).sawtooth
removable_share = load_module(find_file("pruning-digits").path).removable_share

RECIPE = Recipe(optimizer="sgd", lr=0.01, steps=4)


def with_parameters(runs: Runs, parameters: Tensor) -> Runs:
    """The same runs, as if they had ended at other parameters."""
    (part,) = runs.parts
    return replace(runs, parts=(replace(part, parameters=parameters),))


def moons_arm() -> Arm:
    return Arm(name="moons", model=lambda: mlp(2, [4], 1), dataset=lambda: load("moons"), recipe=RECIPE)


def moons_runs() -> Runs:
    return train_many(moons_arm().model, load("moons"), RECIPE, seeds=3, validation=load("moons", seed=1))


def trained_arm(name: str) -> Arm:
    """The first arm of an experiment of the course."""
    arm = find_experiment(name).arms[0]
    assert isinstance(arm, Arm)
    return arm


def test_final_losses_are_the_last_recorded() -> None:
    runs = moons_runs()
    assert runs.validation_loss is not None
    assert torch.equal(final_loss(moons_arm(), runs), runs.train_loss[:, -1])
    assert torch.equal(final_validation_loss(moons_arm(), runs), runs.validation_loss[:, -1])
    with pytest.raises(ExperimentError) as caught:
        final_validation_loss(moons_arm(), replace(runs, validation_loss=None))
    assert str(caught.value) == "arm moons: expected validation rows, got none"


def test_a_scaled_loss_does_not_depend_on_the_unit_of_the_targets() -> None:
    runs = moons_runs()
    small, large = (
        Arm(name="a", model=lambda: linear(1, 1), dataset=lambda s=s: load("sine", scale=s), recipe=RECIPE)  # type: ignore[misc]  # mypy knows no defaults of lambdas
        for s in (1.0, 10.0)
    )
    hundredfold = replace(runs, train_loss=100 * runs.train_loss)
    assert torch.allclose(scaled_final_loss(small, runs), scaled_final_loss(large, hundredfold))


def test_steps_to_a_loss() -> None:
    losses = torch.tensor([[3.0, 0.5, 2.0], [3.0, 3.0, 0.9], [3.0, 3.0, 3.0]])
    runs = replace(moons_runs(), train_loss=losses)
    assert steps_to_loss(runs, 1.0, record_every=5).tolist() == [10, 15, 20]


def test_dead_units_are_those_that_no_row_wakes() -> None:
    runs = moons_runs()
    parameters = torch.ones_like(runs.parameters)
    parameters[1, 8:10] = -100.0  # biases of two of the four hidden units
    parameters[2, 8:12] = -100.0
    dead = share_of_dead_units(moons_arm(), with_parameters(runs, parameters))
    assert dead.tolist() == [0, 0.5, 1]


def test_the_held_out_loss_is_that_of_the_rows_left_out_over_all_folds() -> None:
    arm = replace(trained_arm("network-overfits-temperature"), recipe=RECIPE, record_every=1)
    dataset = arm.dataset()
    assert arm.row_weights is not None
    weights = arm.row_weights(dataset)
    runs = train_many(arm.model, dataset, RECIPE, seeds=2, row_weights=weights)
    losses = []
    for fold in weights:
        run = train(arm.model, dataset, replace(RECIPE, seed=1), row_weights=fold)
        rows = fold == 0
        losses.append((run.model(dataset.inputs[rows]) - dataset.targets[rows]).square().mean())
    assert held_out_loss(arm, runs)[1].item() == pytest.approx(torch.stack(losses).mean().item(), rel=1e-4)


def test_of_all_pairs_of_readings_nineteen_hold_out_the_coldest_or_hottest() -> None:
    dataset = load("temperature")
    readings = dataset.inputs.flatten()
    groups = thermometer.beyond(dataset), thermometer.within(dataset)
    assert [len(group) for group in groups] == [19, 36]
    folds = torch.cat(groups)
    assert (folds.sum(dim=1) == 9).all()
    assert len({tuple(fold) for fold in folds.tolist()}) == 55
    for group, beyond in zip(groups, (True, False), strict=True):
        for fold in group:
            held, learned = readings[fold == 0], readings[fold == 1]
            assert (held.min() < learned.min() or held.max() > learned.max()) == beyond


def test_a_collapsed_stack_is_the_product_of_its_layers() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    inputs = torch.tensor([[1.0, 2.0]])
    assert torch.allclose(collapse(model, inputs), model(inputs), rtol=0, atol=1e-6)


def test_a_sawtooth_goes_up_and_down_between_0_and_1() -> None:
    assert sawtooth(1, rows=5).targets.squeeze().tolist() == [0.0, 0.5, 1.0, 0.5, 0.0]


def test_a_network_with_one_large_weight_a_layer_needs_no_others() -> None:
    model = mlp(64, [64, 64], 10)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
            parameter.view(-1)[0] = 1
    assert removable_share(model, load("digits")) == pytest.approx(0.95)


def test_accuracy_is_the_share_of_rows_whose_class_has_the_largest_output() -> None:
    iris = load("iris")
    model = linear(4, 3)
    with torch.no_grad():
        model.weight.zero_()
        model.bias.copy_(torch.tensor([0.0, 2.0, 1.0]))
    assert accuracy(model, iris.subset(torch.arange(30, 60))) == pytest.approx(10 / 30)
