"""The fused backend against `train`: every activation, loss, optimizer, schedule, batch mode and shape."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from looplab.data import Dataset
from looplab.loop import Recipe
from looplab.loop.schedules import SCHEDULES
from looplab.models import ACTIVATIONS, mlp
from looplab.sweeps import train_many

OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "momentum": 0.9},
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    {"optimizer": "adam", "betas": (0.8, 0.95)},
    {"optimizer": "adamw"},
    {"optimizer": "adamw", "weight_decay": 0.3},
    {"optimizer": "rmsprop"},
    {"optimizer": "rmsprop", "momentum": 0.8},
    {"optimizer": "adagrad"},
]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(fused: Any, activation: str) -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=50)
    fused.assert_trains_alike(lambda: mlp(3, [9, 6], 2, activation), fused.dataset("regression", 45, 3, 2), recipe)


@pytest.mark.parametrize(
    "activation",
    [nn.LeakyReLU(0.3), nn.ELU(0.5), nn.Softplus(2.0, 1.0), nn.Hardtanh(-0.5, 0.25), nn.GELU("tanh"), nn.ELU(-1.5)],
    ids=str,
)
def test_activations_with_numbers_of_their_own_also_in_front_and_twice(fused: Any, activation: nn.Module) -> None:
    def make_model() -> nn.Module:
        inner = nn.Sequential(nn.Linear(7, 5, bias=False), nn.Identity(), activation)
        return nn.Sequential(nn.Tanh(), nn.Linear(3, 7), activation, activation, inner, nn.Linear(5, 2), nn.Tanh())

    recipe = Recipe(optimizer="sgd", lr=0.1, steps=50)
    fused.assert_trains_alike(make_model, fused.dataset("regression", 45, 3, 2), recipe)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize(
    "between",
    [
        [],
        [nn.ReLU()],
        [nn.Tanh()],
        [nn.LeakyReLU(-0.5)],
        [nn.ReLU(), nn.Sigmoid()],
        [nn.Tanh(), nn.ReLU()],
        [nn.ReLU(), nn.Dropout(0.0)],
    ],
    ids=str,
)
def test_layers_with_few_inputs_or_one_output(fused: Any, between: list[nn.Module], inputs: int, bias: bool) -> None:
    """Small networks have kernels of their own: by the number of inputs, of hidden units, and what lies between."""
    data = fused.dataset("regression", 45, inputs)
    recipe = Recipe(optimizer="sgd", lr=0.05, steps=8)

    def trains_alike(*layers: nn.Module) -> None:
        fused.assert_trains_alike(lambda: anew(nn.Sequential(*layers)), data, recipe)

    for hidden in (1, 4, 7, 13):
        first, last = nn.Linear(inputs, hidden, bias), nn.Linear(hidden, 1, bias)
        trains_alike(first, *between, last)
        trains_alike(first, *between, last, nn.Tanh())
        trains_alike(nn.Tanh(), first, *between, last)
        trains_alike(first, *between, nn.Linear(hidden, 10, bias), *between, nn.Linear(10, 1, bias))
        trains_alike(first, *between, nn.Linear(hidden, 1, bias), *between, nn.Linear(1, 5, bias), nn.Linear(5, 1))
    trains_alike(nn.Linear(inputs, 1, bias), *between)


def anew(model: nn.Module) -> nn.Module:
    """A copy with parameters of its own, drawn now."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.reset_parameters()
    return model


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_one_hidden_layer_with_a_relu(fused: Any, task: str, inputs: int) -> None:
    for outputs in (1,) if task == "binary" else (2, 5):
        data = fused.dataset(task, 45, inputs, outputs)
        recipe = Recipe(optimizer="sgd", lr=0.05, steps=8, batch_size=16)
        fused.assert_trains_alike(lambda: mlp(inputs, [9], outputs, "relu"), data, recipe)  # noqa: B023  # used at once


@pytest.mark.parametrize("more", [{}, {"weight_decay": 0.1}, {"clip_norm": 0.05}, {"eps": 0.01}], ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_optimizer(fused: Any, optimizer: dict[str, Any], more: dict[str, Any]) -> None:
    recipe = Recipe(**{"lr": 0.02, "steps": 50, "batch_size": 16} | optimizer | more)
    fused.assert_trains_alike(lambda: mlp(3, [9], 2, "tanh"), fused.dataset("regression", 45, 3, 2), recipe)


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if not SCHEDULES[name].why_not_stacked({})])
def test_every_schedule(fused: Any, schedule: str) -> None:
    recipe = Recipe(optimizer="adamw", lr=0.05, steps=50, schedule=schedule)
    fused.assert_trains_alike(lambda: mlp(3, [9], 2, "tanh"), fused.dataset("regression", 45, 3, 2), recipe)


@pytest.mark.parametrize(("rows", "batch_size"), [(200, None), (37, 5), (130, 64), (20, 1), (3, 3), (20, 100)])
@pytest.mark.parametrize(
    "widths", [(2, [8], 1), (1, [10], 3), (30, [20, 17], 5), (64, [64, 64], 10), (17, [], 9)], ids=str
)
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_every_loss_shape_and_batch_mode(
    fused: Any, task: str, widths: tuple[int, list[int], int], rows: int, batch_size: int | None
) -> None:
    features, hidden, outputs = widths
    outputs = {"regression": outputs, "binary": 1, "multiclass": max(outputs, 2)}[task]
    data = fused.dataset(task, rows, features, outputs)
    recipe = Recipe(optimizer="sgd", lr=0.1, momentum=0.9, steps=12, batch_size=batch_size, seed=rows)
    validation = fused.dataset(task, 50, features, outputs, seed=2)
    fused.assert_trains_alike(lambda: mlp(features, hidden, outputs, "tanh"), data, recipe, validation, record_every=3)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rows", [1, 16, 63, 200, 1984, 4500])
def test_a_binary_loss_is_exact_from_the_tiniest_to_the_largest(fused: Any, rows: int, weighted: bool) -> None:
    """Products stand for sums of logarithms: with logits of 0 they are the largest, with large ones 1 and a little."""
    data = fused.dataset("binary", rows, 1)
    weights = torch.linspace(0.5, 1.5, rows) if weighted else None
    sides, recipe = 2 * data.targets - 1, Recipe(optimizer="sgd", lr=1e-30, steps=1)
    for logit in (0.0, 3.0, 16.0, 40.0, -3.0, -300.0):  # of the right class
        inputs = replace(data, inputs=logit * sides)
        runs = train_many(itself, inputs, recipe, seeds=1, row_weights=weights, backend="fused")
        expected = np.logaddexp(0.0, -logit)
        assert runs.train_loss.item() == pytest.approx(expected, rel=1e-6), logit


def itself() -> nn.Module:
    """The identity."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    return layer


@pytest.mark.parametrize("batch_size", [None, 2999])
@pytest.mark.parametrize("features", [4, 40])
def test_more_rows_than_a_block_holds(fused: Any, features: int, batch_size: int | None) -> None:
    data, validation = fused.dataset("binary", 3001, features), fused.dataset("binary", 2500, features, seed=2)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=4, batch_size=batch_size)
    fused.assert_trains_alike(lambda: mlp(features, [33], 1), data, recipe, validation)


@pytest.mark.parametrize("batch_size", [None, 8, 500])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_row_weights_weigh_the_loss_and_leave_rows_out(fused: Any, task: str, batch_size: int | None) -> None:
    data: Dataset = fused.dataset(task, 45, 3, 1 if task == "binary" else 3)
    weights = np.maximum(0, np.random.default_rng(0).normal(0.5, 1, 45)).astype(np.float32)
    assert (weights == 0).any()
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=30, batch_size=batch_size)
    fused.assert_trains_alike(lambda: mlp(3, [9], data.outputs, "tanh"), data, recipe, weights=weights)


def test_weightings_are_chosen_by_index(fused: Any) -> None:
    data = fused.dataset("binary", 40, 3)
    weights = np.random.default_rng(0).integers(0, 3, (2, 40)).astype(np.float32)
    recipes = [Recipe(optimizer="adam", lr=0.1, steps=20, batch_size=8, seed=seed) for seed in (4, 5, 6)]
    got = fused.run(lambda: mlp(3, [4], 1), data, recipes, row_weights=weights, weighting=[1, 0, 1])
    for r, m in enumerate((1, 0, 1)):
        alone = fused.run(lambda: mlp(3, [4], 1), data, [recipes[r]], row_weights=weights[m][None])
        np.testing.assert_array_equal(got.parameters[r], alone.parameters[0])


def test_hyperparameters_vary_between_replicas(fused: Any) -> None:
    data = fused.dataset("binary", 40, 3)
    make: list[dict[str, Any]] = [
        {"lr": 0.1, "batch_size": 8, "betas": (0.8, 0.9)},
        {"lr": 0.01, "weight_decay": 0.1, "clip_norm": 0.1},
        {"lr": 0.3, "eps": 0.1, "batch_size": 13},
    ]
    recipes = [Recipe(optimizer="adam", steps=20, seed=seed, **fields) for seed, fields in enumerate(make)]
    together = fused.run(lambda: mlp(3, [4], 1), data, recipes)
    for r, recipe in enumerate(recipes):
        alone = fused.run(lambda: mlp(3, [4], 1), data, [recipe])
        np.testing.assert_array_equal(together.parameters[r], alone.parameters[0])
        np.testing.assert_array_equal(together.train_loss[r], alone.train_loss[0])
