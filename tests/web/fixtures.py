"""What the figures' engine is held to: PyTorch's own numbers, from `looplab.train`.

`python tests/web/fixtures.py` writes them to `web/test/fixtures/engine.json`, which the engine's tests read.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import looplab
from looplab.files import write_whole

WRITTEN = Path(__file__).parents[2] / "web" / "test" / "fixtures" / "engine.json"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training: which rows, which network, which recipe."""

    data: str
    widths: tuple[int, ...]
    activation: str = "relu"
    recipe: dict[str, Any]


CASES = {
    "a line, batch gradient descent": Case(
        data="temperature", widths=(), recipe={"optimizer": "sgd", "lr": 0.01, "steps": 30}
    ),
    "a line, batches of four": Case(
        data="temperature", widths=(), recipe={"optimizer": "sgd", "lr": 0.005, "steps": 30, "batch_size": 4, "seed": 3}
    ),
    "the thermometer's network": Case(
        data="temperature", widths=(8,), activation="tanh", recipe={"optimizer": "sgd", "lr": 1e-3, "steps": 40}
    ),
    "the moons' network": Case(
        data="moons", widths=(8,), recipe={"optimizer": "adam", "lr": 0.05, "steps": 40, "seed": 7}
    ),
    "the moons' network, one row at a time": Case(
        data="moons",
        widths=(8,),
        recipe={"optimizer": "sgd", "lr": 0.1, "steps": 40, "batch_size": 1, "seed": 2**40 + 5},
    ),
    "two hidden layers, momentum": Case(
        data="moons",
        widths=(6, 5),
        activation="sigmoid",
        recipe={"optimizer": "sgd", "lr": 0.2, "momentum": 0.9, "steps": 40, "seed": 1},
    ),
    "a stack without activation, weight decay": Case(
        data="moons",
        widths=(4,),
        activation="none",
        recipe={"optimizer": "adam", "lr": 0.02, "weight_decay": 0.1, "steps": 40, "batch_size": 64, "seed": 11},
    ),
    "the sine's network": Case(
        data="sine", widths=(10,), activation="tanh", recipe={"optimizer": "adam", "lr": 0.01, "steps": 40}
    ),
}


ACTIVATIONS = ("relu", "leaky-relu", "elu", "gelu", "silu", "softplus", "hardtanh", "tanh", "sigmoid")
"""Those that figures let a reader choose."""


def numbers() -> dict[str, Any]:
    """Everything that the file holds."""
    used = sorted({case.data for case in CASES.values()})
    return {
        "data": {name: _rows(looplab.load(name)) for name in used},
        "cases": [{"name": name} | _training(case) for name, case in CASES.items()],
        "activations": {name: _activation(name) for name in ACTIVATIONS},
        "permutations": {
            str(seed): torch.randperm(700, generator=torch.Generator().manual_seed(seed)).tolist() for seed in (0, 42)
        },
    }


def _rows(dataset: looplab.Dataset) -> dict[str, Any]:
    return {"inputs": dataset.inputs.tolist(), "targets": dataset.targets.tolist(), "task": dataset.task}


def _training(case: Case) -> dict[str, Any]:
    dataset = looplab.load(case.data)

    def make_model() -> nn.Module:
        if not case.widths:
            return looplab.linear(dataset.features, 1)
        if case.activation == "none":
            return nn.Sequential(looplab.linear(dataset.features, case.widths[0]), looplab.linear(case.widths[0], 1))
        return looplab.mlp(dataset.features, case.widths, 1, activation=case.activation)

    recipe = looplab.Recipe(**case.recipe)
    start = looplab.train(make_model, dataset, looplab.Recipe(**case.recipe | {"lr": 0.0, "weight_decay": 0.0}))
    run = looplab.train(make_model, dataset, recipe)
    return {
        "data": case.data,
        "widths": case.widths,
        "activation": case.activation,
        "recipe": case.recipe,
        "start": _parameters(start.model),
        "losses": run.train_loss.tolist(),
        "end": _parameters(run.model),
    }


def _parameters(model: nn.Module) -> list[float]:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).tolist()


def _activation(name: str) -> dict[str, list[float]]:
    z = torch.linspace(-5, 5, 41, dtype=torch.float64)[1:] - 0.06  # no corner among them
    z.requires_grad_()
    h = looplab.models.ACTIVATIONS[name].module()(z)
    h.sum().backward()
    assert z.grad is not None
    return {"z": z.tolist(), "value": h.tolist(), "slope": z.grad.tolist()}


if __name__ == "__main__":
    write_whole(WRITTEN, json.dumps(numbers(), indent=None, separators=(",", ":")) + "\n")
    print(f"written: {WRITTEN}")
