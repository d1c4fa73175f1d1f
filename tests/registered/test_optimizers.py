"""The contract that every optimizer obeys by being registered."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from looplab import Recipe
from looplab.lanes.vectors import vector
from looplab.loop import OPTIMIZERS
from looplab.loop.optimizers import Optimizer

each = pytest.mark.parametrize("entry", OPTIMIZERS.values(), ids=OPTIMIZERS)


def test_those_of_the_course_are_there() -> None:
    assert {"sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam"} <= set(OPTIMIZERS)


@each
def test_train_is_torch_s(contract: Any, entry: Optimizer) -> None:
    data = contract.rows("diabetes")
    for recipe in contract.recipes_of(entry):
        contract.train_is_torch_s(contract.network(data), data, recipe)


@each
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_both_backends_are_train_s(contract: Any, entry: Optimizer, backend: str, tmp_path: Path) -> None:
    data = contract.rows("iris")
    for recipe in contract.recipes_of(entry):
        runs = contract.backend_is_train_s(contract.network(data), data, recipe, backend)
    contract.runs_are_restored(runs, data.inputs, tmp_path / "runs.zip")


@each
def test_the_formula_is_torch_s_on_lanes_in_python_too(contract: Any, entry: Optimizer) -> None:
    for recipe in contract.recipes_of(entry):
        w, carried = np.linspace(-1, 1, 16, dtype=np.float32), np.ones(entry.carried)
        parameter = torch.nn.Parameter(torch.from_numpy(w.copy()))
        optimizer = entry.make([parameter], recipe)
        lanes, moments = vector(w), (vector(np.zeros(16, np.float32)),) * entry.moments
        for t in range(1, 9):
            gradient = np.cos(t * w).astype(np.float32)
            parameter.grad = torch.from_numpy(gradient.copy())
            optimizer.step()
            assert entry.prepare is not None
            assert entry.update is not None
            step = entry.prepare(entry.settings_of(recipe), recipe.lr, t, carried)
            lanes, moments = entry.update(lanes, vector(gradient), moments, step)
            np.testing.assert_allclose(np.asarray(lanes), parameter.detach(), rtol=1e-5, atol=1e-6)


@each
def test_what_a_recipe_leaves_out_is_torch_s_default(entry: Optimizer) -> None:
    group = entry.make([torch.nn.Parameter(torch.zeros(1))], Recipe(optimizer=entry.name, lr=0.1, steps=1)).param_groups
    settings = entry.settings_of(Recipe(optimizer=entry.name, lr=0.1, steps=1))
    for name, value in settings._asdict().items():
        if name in ("beta1", "beta2"):
            assert value == group[0]["betas"][name == "beta2"]
        else:
            assert value == group[0][name]
    assert all(math.isfinite(value) for value in settings)
