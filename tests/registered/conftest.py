"""The contract of everything that is registered: `train` is torch's, both backends are `train`'s, files give back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Dataset, Recipe, load, mlp, train
from looplab.data import batch_order
from looplab.loop import OPTIMIZERS, SCHEDULES
from looplab.loop.losses import loss_of
from looplab.loop.optimizers import Optimizer
from looplab.replicas import Runs
from looplab.sweeps import train_many

SETTINGS: dict[str, list[Any]] = {
    "momentum": [0.0, 0.9],
    "nesterov": [False, True],
    "betas": [(0.9, 0.999), (0.8, 0.95)],
    "eps": [None, 0.01],
    "weight_decay": [None, 0.3],
}
"""Values of each field of a recipe that an optimizer may heed, the recipe's own first."""

OPTIONS: dict[str, list[Any]] = {
    "alpha": [0.8],
    "centered": [True],
    "amsgrad": [True],
    "dampening": [0.3],
    "decoupled_weight_decay": [True],
    "initial_accumulator_value": [0.2],
    "lr_decay": [0.05],
    "maximize": [True],
    "momentum_decay": [0.1],
    "adjust_lr_fn": ["match_rms_adamw"],
    "ns_coefficients": [(3.0, -4.0, 2.0)],
    "ns_steps": [3],
}
"""Values of each option, other than torch's own."""


def recipes_of(optimizer: Optimizer) -> list[Recipe]:
    """Recipes that try each value of each field that an optimizer heeds, one at a time."""
    base = Recipe(optimizer=optimizer.name, lr=0.01, steps=20, batch_size=16, seed=3)
    found = [base, replace(base, clip_norm=0.05)]
    for field in optimizer.fields:
        more: dict[str, Any] = {"momentum": 0.9} if field == "nesterov" else {}
        found += [replace(base, **{field: value}, **more) for value in SETTINGS[field][1:]]
    return found


def recipes_with_options(optimizer: Optimizer) -> list[Recipe]:
    """Recipes that try each option of an optimizer, one at a time, with what it acts on."""
    steps: dict[str, Any] = {"lr": 0.01, "steps": 20, "batch_size": 16, "seed": 3, "weight_decay": 0.1}
    steps |= {"momentum": 0.5} if "momentum" in optimizer.fields else {}
    return [
        Recipe(optimizer=optimizer.name, options={name: value}, **steps)
        for name in optimizer.options
        for value in OPTIONS[name]
    ]


def network(dataset: Dataset, activation: str = "tanh", widths: tuple[int, ...] = (9, 5)) -> Callable[[], nn.Module]:
    return lambda: mlp(dataset.features, widths, dataset.outputs, activation)


def rows(name: str) -> Dataset:
    """So few rows that each is seen several times, with numbers of about 1, so that nothing diverges."""
    dataset = load(name)
    if dataset.features > 1:
        dataset = dataset.standardized()
    if dataset.task == "regression":
        dataset = replace(dataset, targets=(dataset.targets - dataset.targets.mean()) / dataset.targets.std())
    return dataset.subset(torch.randperm(len(dataset), generator=torch.Generator().manual_seed(1))[:45])


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def torch_optimizers(model: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Torch's own optimizer with what the recipe says, and AdamW for what it does not take."""
    entry = OPTIMIZERS[recipe.optimizer]
    own = [
        parameter for name, parameter in model.named_parameters() if not entry.selects or name in entry.selects(model)
    ]
    rest = [parameter for parameter in model.parameters() if all(parameter is not other for other in own)]
    given = {field: getattr(recipe, field) for field in (*entry.fields, "betas")}
    said = {field: value for field, value in given.items() if value is not None}
    make: Any = entry.torch_class
    found = [
        make(own, lr=recipe.lr, **{field: said[field] for field in said if field in entry.fields}, **recipe.options)
    ]
    if rest:
        fields = {field: said[field] for field in said if field in ("betas", "eps", "weight_decay")}
        found.append(torch.optim.AdamW(rest, lr=recipe.lr, **fields))
    return found


def written_out(make_model: Callable[[], nn.Module], dataset: Dataset, recipe: Recipe) -> tuple[Tensor, list[float]]:
    """A training in plain PyTorch, step by step, with nothing of what it is compared with but torch's own classes."""
    torch.manual_seed(recipe.seed)
    model, losses = make_model(), []
    optimizers, loss_function = torch_optimizers(model, recipe), loss_of(dataset.task).function
    schedule = SCHEDULES[recipe.schedule]
    scheduler = schedule.follows(optimizers[0], **recipe.schedule_options) if schedule.follows else None
    assert recipe.steps is not None
    for step, chosen in enumerate(batch_order(len(dataset), recipe.batch_size, recipe.steps, recipe.seed)):
        for group in [group for optimizer in optimizers for group in optimizer.param_groups if scheduler is None]:
            group["lr"] = recipe.lr * schedule.factor(step, recipe.steps)
        model.zero_grad()
        part = dataset if chosen is None else dataset.subset(chosen)
        loss = loss_function(model(part.inputs), part.targets)
        loss.backward()
        if recipe.clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
        if scheduler is not None:
            scheduler.step(loss.item())
    return flat(model), losses


class Contract:
    """What everything that is registered must do."""

    rows = staticmethod(rows)
    network = staticmethod(network)
    recipes_of = staticmethod(recipes_of)
    recipes_with_options = staticmethod(recipes_with_options)

    @staticmethod
    def train_is_torch_s(make_model: Callable[[], nn.Module], dataset: Dataset, recipe: Recipe) -> None:
        """To the bit."""
        run, (parameters, losses) = train(make_model, dataset, recipe), written_out(make_model, dataset, recipe)
        assert torch.equal(flat(run.model), parameters)
        assert run.train_loss.tolist() == pytest.approx(losses, rel=1e-7)

    @staticmethod
    def backend_is_train_s(
        make_model: Callable[[], nn.Module], dataset: Dataset, recipe: Recipe, backend: Any, weighted: bool = False
    ) -> Runs:
        """To rounding, with another replica beside it and validation rows."""
        assert recipe.steps is not None
        weights = torch.linspace(0, 2, len(dataset)) if weighted else None
        seeds = [recipe.seed + 1, recipe.seed]
        runs = train_many(
            make_model, dataset, recipe, seeds=seeds, validation=dataset, row_weights=weights, backend=backend
        )
        assert runs.backend.name == backend
        run = train(make_model, dataset, recipe, validation=dataset, row_weights=weights)
        expected = flat(run.model)
        np.testing.assert_allclose(runs.parameters[1], expected, rtol=1e-5, atol=1e-5 * expected.abs().max().item())
        np.testing.assert_allclose(runs.train_loss[1], run.train_loss, rtol=1e-5, atol=1e-6)
        assert runs.validation_loss is not None
        assert run.validation_loss is not None
        np.testing.assert_allclose(runs.validation_loss[1], run.validation_loss, rtol=1e-5, atol=1e-6)
        return runs

    @staticmethod
    def runs_are_restored(runs: Runs, inputs: Tensor, path: Path) -> None:
        """From their file, with nothing said about the model."""
        runs.save(path)
        loaded = Runs.load(path)
        assert loaded.recipe == runs.recipe
        assert torch.equal(loaded.parameters, runs.parameters)
        assert torch.equal(loaded.predict(inputs), runs.predict(inputs))


@pytest.fixture(scope="session")
def contract() -> type[Contract]:
    return Contract
