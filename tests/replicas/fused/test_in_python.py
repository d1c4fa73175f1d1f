"""With LOOPLAB_DEBUG_KERNELS=1 all kernels run as Python, in the calling thread, and compute what machine code does."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from looplab import Dataset, Recipe, load, mlp, train_many
from looplab.lanes.arithmetic import absolute
from looplab.loop import LOSSES, OPTIMIZERS
from looplab.models import ACTIVATIONS
from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.kernels.training import train_replicas


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_DEBUG_KERNELS", "1")


@pytest.fixture
def called() -> Iterator[set[CodeType]]:
    """The code of all functions of Python that are called during a test, in this thread."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    yield codes
    sys.setprofile(before)


def deep() -> nn.Module:
    """Layers of every shape: few inputs, wide, dropout, an activation in front and twice, no biases, one output."""
    wide = nn.Sequential(
        nn.Linear(5, 20, bias=False), nn.LeakyReLU(0.2), nn.Linear(20, 17), nn.ReLU(), nn.Linear(17, 9)
    )
    return nn.Sequential(
        nn.Tanh(),
        nn.ReLU(),
        nn.Linear(2, 5),
        nn.ReLU(),
        wide,
        nn.Dropout(0.2),
        nn.Tanh(),
        nn.Sigmoid(),
        nn.Linear(9, 1),
    )


class Plus(nn.Module):
    """x + f(x)."""

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum."""
        outputs: torch.Tensor = x + self.function(x)
        return outputs


def layered() -> nn.Module:
    """Norms and sums: at the inputs, wide, with dropout, before one output."""
    inner = nn.Sequential(nn.LayerNorm(17), nn.Linear(17, 17), nn.GELU(), nn.Dropout(0.1))
    normed = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 17), nn.BatchNorm1d(17, affine=False), Plus(inner))
    return nn.Sequential(
        Plus(nn.Linear(2, 2)), normed, nn.Linear(17, 16), nn.LayerNorm(16, bias=False), nn.Linear(16, 1)
    )


def embedded() -> nn.Module:
    """Vectors of categories, summed up and side by side, with a padding."""
    return Both(nn.Sequential(nn.EmbeddingBag(5, 3, mode="mean"), nn.Linear(3, 2)), nn.Embedding(5, 1, padding_idx=1))


class Both(nn.Module):
    """The sum of what two modules give."""

    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        super().__init__()
        self.one, self.other, self.last = one, other, nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum, of which the other's vectors are side by side."""
        outputs: torch.Tensor = self.last(self.one(x) + self.other(x).flatten(1))
        return outputs


def categories(rows: int) -> Dataset:
    """The moons, each coordinate cut into five ranges."""
    moons = load("moons").subset(torch.arange(rows))
    return replace(moons, inputs=((moons.inputs + 1.5) * 1.2).long().clamp(0, 4))


@pytest.mark.parametrize("make_model", [deep, layered, embedded])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_a_training_in_python_is_that_of_the_machine_code(
    monkeypatch: pytest.MonkeyPatch, batch_size: int | None, make_model: Callable[[], nn.Module]
) -> None:
    moons = categories(40) if make_model is embedded else load("moons").subset(torch.arange(40))
    recipe = Recipe(
        optimizer="adam", lr=0.05, steps=8, batch_size=batch_size, clip_norm=1.0, eps=0.01, average="ema",
        average_options={"decay": 0.4 if batch_size else 0.8},
    )  # fmt: skip
    weights = torch.arange(40) % 3
    results = []
    for value in ("0", "1"):
        monkeypatch.setenv("LOOPLAB_DEBUG_KERNELS", value)
        more: dict[str, Any] = {"validation": moons, "row_weights": weights, "backend": "fused"}
        results.append(train_many(make_model, moons, recipe, seeds=2, **more))
    compiled, in_python = results
    np.testing.assert_allclose(in_python.parameters, compiled.parameters, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(in_python.train_loss, compiled.train_loss, rtol=1e-5)
    assert compiled.validation_loss is not None
    assert in_python.validation_loss is not None
    np.testing.assert_allclose(in_python.validation_loss, compiled.validation_loss, rtol=1e-5)


@pytest.mark.usefixtures("in_python")
def test_a_debugger_stops_in_the_calling_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `breakpoint()` would do in a kernel: here, in what it calls to compute a loss."""
    from looplab.loop.losses import binary_cross_entropy

    stops: list[threading.Thread] = []
    exact = absolute

    def stop(x: Any) -> Any:
        stops.append(threading.current_thread())
        return exact(x)

    monkeypatch.setattr(binary_cross_entropy, "absolute", stop)
    train_many(lambda: mlp(2, [4], 1), load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=3), seeds=1, threads=2)
    assert set(stops) == {threading.main_thread()}


@pytest.mark.usefixtures("in_python")
def test_interrupting_and_progress_work_as_ever(fused: Any) -> None:
    from looplab.replicas.fused import run_fused

    data, recipes = fused.dataset("binary", 20, 2), [Recipe(optimizer="sgd", lr=0.1, steps=3, seed=s) for s in range(4)]
    network, parameters = fused.initial(lambda: mlp(2, [4], 1), range(4))
    done: list[int] = []
    run_fused(network, fused.call(recipes, data), parameters, on_progress=done.append)
    assert done[-1] == 12
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(KeyboardInterrupt):
        run_fused(network, fused.call(recipes, data), parameters, cancel=cancel)


def trainings() -> Iterator[tuple[Any, Dataset, Recipe, dict[str, Any]]]:
    """What together needs every kernel there is."""
    moons, sine, digits = (load(name) for name in ("moons", "sine", "digits"))
    weights = {"row_weights": torch.arange(200) % 3}
    base: dict[str, Any] = {"lr": 0.01, "steps": 3}
    adam = Recipe(optimizer="adam", **base)
    yield deep, moons, Recipe(optimizer="adam", batch_size=30, clip_norm=0.01, **base), weights
    yield deep, moons, adam, {"validation": moons.subset(torch.arange(20))}
    for inputs, data in ((2, moons), (1, sine)):
        for name in ("relu", "tanh"):
            yield lambda inputs=inputs, name=name: mlp(inputs, [5], 1, name), data, adam, {}
    averaged = Recipe(optimizer="sgd", lr=0.1, steps=2, batch_size=30, average="ema")
    yield layered, moons, averaged, {"validation": moons}
    yield embedded, categories(40), adam, {}
    yield lambda: mlp(64, [19, 12], 10), digits.subset(torch.arange(70)), adam, {}
    yield lambda: mlp(64, [19], 10), digits.subset(torch.arange(600)), Recipe(optimizer="sgd", lr=0.1, steps=1), {}
    for name in [name for name, entry in OPTIMIZERS.items() if entry.fused is None]:
        yield lambda: mlp(1, [3], 1), sine, Recipe(optimizer=name, **base), {}
    for name in [name for name, entry in LOSSES.items() if entry.task == "regression"]:
        yield lambda: mlp(1, [3], 1), sine, Recipe(optimizer="sgd", **base), {"loss": name}
    for name in ACTIVATIONS:
        yield lambda name=name: mlp(1, [3, 3], 1, name), sine, Recipe(optimizer="sgd", **base), {}


@pytest.mark.usefixtures("in_python")
def test_every_kernel_runs_in_python(called: set[CodeType]) -> None:
    for make_model, data, recipe, more in trainings():
        train_many(make_model, data, recipe, seeds=1, backend="fused", **more)
    kernels = Kernels()
    sys.setprofile(None)
    kernels[train_replicas]
    assert len(kernels.functions) > 100
    missing = {f"{f.__module__}:{f.__qualname__}" for f in kernels.functions if f.__code__ not in called}
    assert not missing
