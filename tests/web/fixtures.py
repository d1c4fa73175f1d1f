"""What the figures' engine is held to: PyTorch's own numbers, from `looplab.train`.

`python tests/web/fixtures.py` writes them to `web/test/fixtures/engine.json`, which the engine's tests read.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import looplab
from looplab.files import write_whole
from looplab.statistics import rate_interval

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
    "the moons' network, Nesterov's momentum": Case(
        data="moons",
        widths=(8,),
        recipe={"optimizer": "sgd", "lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01, "steps": 40},
    ),
    "the moons' network, RMSprop": Case(
        data="moons", widths=(8,), recipe={"optimizer": "rmsprop", "lr": 0.01, "weight_decay": 0.01, "steps": 40}
    ),
    "the moons' network, Adagrad": Case(
        data="moons", widths=(8,), recipe={"optimizer": "adagrad", "lr": 0.1, "weight_decay": 0.01, "steps": 40}
    ),
    "the sine's network": Case(
        data="sine", widths=(10,), activation="tanh", recipe={"optimizer": "adam", "lr": 0.01, "steps": 40}
    ),
}


OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
}
WALKS: list[tuple[str, str, dict[str, Any]]] = [
    (surface, optimizer, {"lr": lr} | more)
    for surface, scale in (("ravine", 1.0), ("rosenbrock", 0.01))
    for optimizer, lr, more in (
        ("sgd", 1.5 if surface == "ravine" else 0.1 * scale, {}),
        ("sgd", 0.1 * scale, {"momentum": 0.9}),
        ("sgd", 0.05 * scale, {"momentum": 0.9, "nesterov": True}),
        ("rmsprop", 0.1, {}),
        ("adagrad", 0.5, {}),
        ("adam", 0.2, {}),
    )
]
"""Optimizers on functions of two numbers: the surface, the optimizer, its settings."""
RATIO, TURN = 40.0, 25.0
"""Of the ravine: how its curvatures differ, and by how many degrees it is turned."""

ACTIVATIONS = ("relu", "leaky-relu", "elu", "gelu", "silu", "softplus", "hardtanh", "tanh", "sigmoid")
"""Those that figures let a reader choose."""


def numbers() -> dict[str, Any]:
    """Everything that the file holds."""
    used = sorted({case.data for case in CASES.values()})
    return {
        "data": {name: _rows(looplab.load(name)) for name in used},
        "cases": [{"name": name} | _training(case) for name, case in CASES.items()],
        "walks": [_walk(*walk) for walk in WALKS],
        "wilson": [
            {"count": count, "trials": trials, "ends": [rate.low, rate.high]}
            for count, trials in ((0, 64), (7, 20), (57, 64), (64, 64))
            for rate in (rate_interval(count, trials),)
        ],
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


def _loss(surface: str, place: torch.Tensor) -> torch.Tensor:
    x, y = place
    if surface == "ravine":
        turn = math.radians(TURN)
        along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
        loss = 0.5 * (along**2 / RATIO + across**2)
    else:
        loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    assert isinstance(loss, torch.Tensor)
    return loss


def _walk(surface: str, optimizer: str, settings: dict[str, Any]) -> dict[str, Any]:
    start = [-8.0, 2.0] if surface == "ravine" else [-1.25, 1.0]
    place = nn.Parameter(torch.tensor(start))
    moving = OPTIMIZERS[optimizer]([place], **settings)
    path, losses = [], []
    for _ in range(31):
        loss = _loss(surface, place)
        path.append(place.tolist())
        losses.append(loss.item())
        moving.zero_grad()
        loss.backward()
        moving.step()
    named = {"surface": surface, "ratio": RATIO, "turn": TURN, "optimizer": optimizer, "settings": settings}
    return named | {"start": start, "path": path, "losses": losses}


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
