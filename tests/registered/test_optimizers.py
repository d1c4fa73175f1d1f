"""The contract that every optimizer obeys by being registered."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from looplab import Recipe, train_many
from looplab.errors import ModelError
from looplab.lanes.vectors import vector
from looplab.loop import OPTIMIZERS
from looplab.loop.optimizers import Optimizer

each = pytest.mark.parametrize("entry", OPTIMIZERS.values(), ids=OPTIMIZERS)
FORMULAS = {name: entry for name, entry in OPTIMIZERS.items() if entry.update is not None}
each_formula = pytest.mark.parametrize("entry", FORMULAS.values(), ids=FORMULAS)


def test_those_of_the_course_are_there() -> None:
    names = {"sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam", "radam", "lion", "muon"}
    assert names <= set(OPTIMIZERS)


@each
def test_train_is_torch_s(contract: Any, entry: Optimizer) -> None:
    data = contract.rows("diabetes")
    for recipe in contract.recipes_of(entry) + contract.recipes_with_options(entry):
        contract.train_is_torch_s(contract.network(data), data, recipe)


@each
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_both_backends_are_train_s(contract: Any, entry: Optimizer, backend: Any, tmp_path: Path) -> None:
    data = contract.rows("iris")
    cannot = entry.fused if backend == "fused" else entry.vmapped
    if cannot:
        with pytest.raises(ModelError, match=cannot.reason):
            train_many(contract.network(data), data, contract.recipes_of(entry)[0], seeds=2, backend=backend)
        backend = "loop"
    for recipe in contract.recipes_of(entry):
        runs = contract.backend_is_train_s(contract.network(data), data, recipe, backend)
    if not cannot:
        contract.runs_are_restored(runs, data.inputs, tmp_path / "runs.zip")


@each
@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_both_backends_follow_an_option_or_say_that_they_cannot(contract: Any, entry: Optimizer, backend: Any) -> None:
    data = contract.rows("iris")
    for recipe in contract.recipes_with_options(entry):
        alone = entry.fused if backend == "fused" else entry.vmapped
        reason = alone.reason if alone else entry.not_in_formula(recipe)
        if reason:
            with pytest.raises(ModelError, match=reason):
                train_many(contract.network(data), data, recipe, seeds=2, backend=backend)
        else:
            contract.backend_is_train_s(contract.network(data), data, recipe, backend)


@each_formula
def test_the_formula_is_torch_s_on_lanes_in_python_too(contract: Any, entry: Optimizer) -> None:
    followed = [recipe for recipe in contract.recipes_with_options(entry) if entry.not_in_formula(recipe) is None]
    for recipe in contract.recipes_of(entry) + followed:
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
    recipe = Recipe(optimizer=entry.name, lr=0.1, steps=1)
    group = entry.make([torch.nn.Parameter(torch.zeros(1, 1))], recipe).param_groups
    settings = entry.settings_of(recipe)
    for name, value in settings._asdict().items():
        if name in ("beta1", "beta2"):
            assert value == group[0]["betas"][name == "beta2"]
        else:
            assert value == group[0][name]
    assert all(math.isfinite(value) for value in settings)
