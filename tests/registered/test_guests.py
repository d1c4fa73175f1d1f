"""Optimizers, activations, losses and schedules of somebody else: registered, they pass through everything.

Each is made here for the test and thrown away. They obey the contract, or say what they cannot; what is incomplete is
refused in a sentence when it is registered.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, figures, train_many
from looplab.errors import ChoiceError, ModelError, RecipeError, RegistryError
from looplab.lanes import absolute, exp, log1p_unit, tanh, where
from looplab.loop import LOSSES, OPTIMIZERS, SCHEDULES
from looplab.loop.losses import Loss
from looplab.loop.losses.elementwise import elementwise
from looplab.loop.optimizers import Optimizer
from looplab.loop.schedules import Schedule
from looplab.models import ACTIVATIONS, Activation
from looplab.registry import Cannot, Registry
from looplab.replicas.fused import code_cache


class TorchSignDescent(torch.optim.Optimizer):
    """Steps of one length, whatever the gradient's; it remembers nothing."""

    def __init__(self, params: Any, lr: float = 0.01, weight_decay: float = 0.5) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                g = parameter.grad + group["weight_decay"] * parameter
                parameter -= group["lr"] * torch.sign(g)


class _Settings(NamedTuple):
    weight_decay: float


class _Step(NamedTuple):
    lr: float
    decay: float


def _prepare(settings: Any, lr: float, t: int, carried: Any) -> Any:
    return _Step(lr, settings.weight_decay)


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    g = g + step.decay * w
    return w - where(g > 0.0, 0.0 * w + step.lr, where(g < 0.0, 0.0 * w - step.lr, 0.0)), moments


SIGN_DESCENT = Optimizer(
    name="sign-descent", title="sign descent", torch_class=TorchSignDescent, fields=("weight_decay",),
    settings=_Settings, prepare=_prepare, update=_update,
)  # fmt: skip
SORTED_DESCENT = Optimizer(
    name="sorted-descent", title="sorted descent", torch_class=TorchSignDescent, settings=_Settings,
    prepare=_prepare, update=_update, fused=Cannot("it sorts the gradient"),
)  # fmt: skip
LONELY_DESCENT = Optimizer(
    name="lonely-descent", title="lonely descent", torch_class=TorchSignDescent,
    vmapped=Cannot("it turns whole matrices"), fused=Cannot("it turns whole matrices"),
)  # fmt: skip


class Bump(nn.Module):
    """x·exp(-x²·sharpness)."""

    def __init__(self, sharpness: float = 0.5) -> None:
        super().__init__()
        self.sharpness = sharpness

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.exp(-x * x * self.sharpness)


def _bump(z: Any, sharpness: Any) -> Any:
    e = exp(-1.0 * z * z * sharpness)
    return z * e, e - 2.0 * sharpness * z * z * e


BUMP: dict[str, Any] = {
    "title": "bump", "module_class": Bump, "settings": ("sharpness",), "kernel": _bump,
    "formula": r"x e^{-x^2/2}", "derivative_formula": r"(1 - x^2) e^{-x^2/2}", "range": (-0.61, 0.61),
    "saturates": "on both sides, towards 0", "use": "this test", "colour": "#333377",
}  # fmt: skip


class WideBump(Bump):
    """The same, as another class of modules."""


def _logarithm_of_cosh(outputs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    losses = torch.log(torch.cosh(outputs - targets))
    return losses.mean() if reduction == "mean" else losses


def _loss_and_slope(z: Any, y: Any) -> Any:
    """ln cosh e = |e| + ln(1 + e^-2|e|) - ln 2; its slope is tanh e."""
    size = absolute(z - y)
    return size + log1p_unit(exp(-2.0 * size)) - math.log(2), tanh(z - y)


LOG_COSH = Loss(
    name="log-cosh",
    title="log cosh",
    task="regression",
    function=_logarithm_of_cosh,
    kernel=elementwise(_loss_and_slope),
)
SAWTOOTH = Schedule(
    name="sawtooth", description="down and up again", factor=lambda step, steps: 1 - (7 * step / steps) % 1 / 2
)


@pytest.fixture(scope="class")
def guests() -> Iterator[None]:
    """All of them at once, since the fused backend compiles anew for each set."""
    with (
        OPTIMIZERS.registered(SIGN_DESCENT, SORTED_DESCENT, LONELY_DESCENT),
        ACTIVATIONS.registered(
            Activation(name="bump", **BUMP),
            Activation(name="wide-bump", **BUMP | {"module_class": WideBump, "fused": Cannot("it is too wide")}),
        ),
        LOSSES.registered(LOG_COSH, instead_of="mean-squared-error"),
        SCHEDULES.registered(SAWTOOTH),
    ):
        yield


RECIPE = Recipe(optimizer="sgd", lr=0.02, steps=30, batch_size=16)


@pytest.mark.usefixtures("guests")
class TestRegistered:
    @pytest.mark.slow
    def test_a_guest_is_as_good_as_any(self, contract: Any, tmp_path: Path) -> None:
        data = contract.rows("diabetes")
        recipe = Recipe(optimizer="sign-descent", lr=0.003, steps=30, batch_size=16, schedule="sawtooth")
        make_model = contract.network(data, "bump")
        contract.train_is_torch_s(make_model, data, recipe)
        for backend in ("fused", "vmapped"):
            runs = contract.backend_is_train_s(make_model, data, recipe, backend)
            contract.runs_are_restored(runs, data.inputs, tmp_path / "runs.zip")
        assert "bump" in figures.alternative_text(figures.activation("bump"))

    @pytest.mark.slow
    def test_machine_code_with_guests_is_not_cached(self, contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*arguments: Any) -> None:
            raise AssertionError("cached")

        monkeypatch.setattr(code_cache, "write_whole", fail)
        data = contract.rows("diabetes")
        contract.backend_is_train_s(contract.network(data), data, RECIPE, "fused")

    def test_in_python_a_guest_needs_no_compiler(self, contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOOPLAB_DEBUG_KERNELS", "1")
        data = contract.rows("diabetes")
        recipe = Recipe(optimizer="sign-descent", lr=0.003, steps=5, schedule="sawtooth")
        contract.backend_is_train_s(contract.network(data, "bump"), data, recipe, "fused")

    @pytest.mark.parametrize(
        ("optimizer", "activation", "reason"),
        [
            ("sorted-descent", "tanh", "optimizer 'sorted-descent' has no kernel: it sorts the gradient"),
            ("sgd", "wide-bump", "activation 'wide-bump' has no kernel: it is too wide"),
        ],
    )
    def test_what_the_fused_backend_cannot_run_the_other_does(
        self, contract: Any, optimizer: str, activation: str, reason: str
    ) -> None:
        data = contract.rows("diabetes")
        recipe = Recipe(optimizer=optimizer, lr=0.003, steps=5)
        make_model = contract.network(data, activation)
        runs = train_many(make_model, data, recipe, seeds=2)
        assert str(runs.backend) == f"vmapped: no fused plan, because {reason}"
        contract.backend_is_train_s(make_model, data, recipe, "vmapped")
        with pytest.raises(ModelError, match=f"backend='fused': expected .* all have kernels, got {reason}"):
            train_many(make_model, data, recipe, seeds=2, backend="fused")

    def test_what_cannot_be_trained_together_is_trained_one_after_the_other(self, contract: Any) -> None:
        data = contract.rows("diabetes")
        recipe = Recipe(optimizer="lonely-descent", lr=0.003, steps=5)
        make_model = contract.network(data)
        contract.train_is_torch_s(make_model, data, recipe)
        runs = contract.backend_is_train_s(make_model, data, recipe, "loop")
        assert "as asked for" in runs.backend.reason
        runs = train_many(make_model, data, recipe, seeds=2)
        assert runs.backend.name == "loop"
        assert (
            "the optimizer 'lonely-descent' cannot update many replicas together: it turns whole" in runs.backend.reason
        )
        with pytest.raises(
            ModelError, match="expected a model whose replicas can train together, got one that cannot, "
        ):
            train_many(make_model, data, recipe, seeds=2, backend="vmapped")

    def test_fields_that_a_guest_does_not_heed_are_refused_as_any_s(self) -> None:
        with pytest.raises(RecipeError, match="momentum: expected none with sign-descent, which has no such parameter"):
            Recipe(optimizer="sign-descent", lr=0.1, steps=1, momentum=0.9)


def test_a_guest_leaves_when_it_is_told() -> None:
    with SCHEDULES.registered(SAWTOOTH):
        assert Recipe(optimizer="sgd", lr=0.1, steps=1, schedule="sawtooth").schedule == "sawtooth"
        guests = [SCHEDULES.has_guests]
    assert [*guests, SCHEDULES.has_guests] == [True, False]
    with pytest.raises(ChoiceError, match=r"schedule: expected one of .*, got 'sawtooth'"):
        Recipe(optimizer="sgd", lr=0.1, steps=1, schedule="sawtooth")


SGD: dict[str, Any] = {"name": "mine", "title": "mine", "torch_class": torch.optim.SGD}


class _Misspelt(NamedTuple):
    momentun: float


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Optimizer(**SGD), "optimizer 'mine': expected prepare and update, or the reason why neither backend"),
        (lambda: Optimizer(**SGD, prepare=_prepare), "optimizer 'mine': expected prepare and update, or the reason"),
        (lambda: Optimizer(**SGD, fused=Cannot("…")), "optimizer 'mine': expected prepare and update, or the reason"),
        (
            lambda: Optimizer(**SGD, fields=("eps",), prepare=_prepare, update=_update),
            r"optimizer 'mine': expected fields that torch.optim.SGD has, got eps. It has momentum, dampening, ",
        ),
        (
            lambda: Optimizer(**SGD, settings=_Misspelt, prepare=_prepare, update=_update),
            r"optimizer 'mine': expected settings that torch.optim.SGD has, got momentun. It has momentum, ",
        ),
        (
            lambda: Activation(name="mine", **BUMP | {"settings": ("width",)}),
            "activation 'mine': expected settings and a variant that nn.Bump has, got .*width",
        ),
        (
            lambda: Activation(name="mine", **BUMP | {"settings": ("sharpness", "a", "b")}),
            "activation 'mine': expected at most 2 settings, got sharpness, a, b",
        ),
        (
            lambda: Loss(name="mine", title="mine", task="regression", function=_logarithm_of_cosh),
            "loss 'mine': expected a kernel, or the reason why there is none, got neither",
        ),
        (lambda: OPTIMIZERS.register(OPTIMIZERS["adam"]), "optimizer 'adam': expected a name of its own, got a second"),
        (lambda: SCHEDULES.register(SIGN_DESCENT), "schedule to register: expected a Schedule, got an Optimizer"),  # type: ignore[arg-type]
        (
            lambda: LOSSES.register(LOG_COSH),
            "loss 'log-cosh': expected a task of its own, got 'regression', whose loss ",
        ),
    ],
)
def test_what_is_incomplete_is_refused_in_a_sentence(make: Callable[[], object], said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        make()


def test_a_file_in_the_folder_is_registered_by_being_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "looplab_guests"
    folder.mkdir()
    made = "from looplab.loop.schedules.schedule import Schedule\n{}"
    entry = "{0} = Schedule(name='{0}', description='a b c', factor=lambda step, steps: 1.0)\n"
    (folder / "__init__.py").write_text("")
    (folder / "zigzag.py").write_text(made.format(entry.format("ZIGZAG")))
    (folder / "aid.py").write_text("def helper() -> None: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry("schedule", Schedule)
    registry.register_folder("looplab_guests", [str(folder)])
    assert list(registry) == ["ZIGZAG"]
    assert not registry.has_guests
    (folder / "two.py").write_text(made.format(entry.format("ONE") + entry.format("TWO")))
    with pytest.raises(
        RegistryError, match=r"looplab_guests\.two: expected one schedule, got ONE, TWO. One file for each"
    ):
        Registry("schedule", Schedule).register_folder("looplab_guests", [str(folder)])
