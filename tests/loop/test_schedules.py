"""Schedules, step by step against PyTorch's."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from looplab import Recipe, load, mlp, train, train_many
from looplab.errors import DivergenceError, LooplabError, RecipeError
from looplab.loop import SCHEDULES
from looplab.loop.history import History
from looplab.loop.learning_rate import lr_setter
from looplab.loop.losses import objective_of
from looplab.loop.optimizers import make_optimizer
from looplab.loop.recording import Recording
from looplab.loop.schedules import lr_factor

MOONS = load("moons")
LR = 0.05
GOOD: dict[str, Any] = {"optimizer": "sgd", "lr": LR, "steps": 40, "momentum": 0.9}


def make_model() -> nn.Module:
    return mlp(2, [6], 1, "tanh")


def flat(model: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def one_after_the_other(optimizer: Any, parts: list[tuple[int, Callable[[Any], Any]]]) -> Any:
    """Schedulers that begin at these steps."""
    made = [make(optimizer) for _, make in parts]
    return lr_scheduler.SequentialLR(optimizer, made, [begin for begin, _ in parts[1:]])


Maker = Callable[[Any, int], lr_scheduler.LRScheduler]
TORCH_S: dict[str, tuple[str, dict[str, Any], Maker]] = {
    "cosine": ("cosine", {}, lambda o, T: lr_scheduler.CosineAnnealingLR(o, T)),
    "cosine to a tenth": (
        "cosine",
        {"end_factor": 0.1},
        lambda o, T: lr_scheduler.CosineAnnealingLR(o, T, eta_min=0.1 * LR),
    ),
    "exponential": ("exponential", {"gamma": 0.93}, lambda o, T: lr_scheduler.ExponentialLR(o, 0.93)),
    "step": ("step", {"step_size": 7, "gamma": 0.5}, lambda o, T: lr_scheduler.StepLR(o, 7, 0.5)),
    "thirds": ("step", {}, lambda o, T: lr_scheduler.StepLR(o, T // 3)),
    "linear": ("linear", {}, lambda o, T: lr_scheduler.LinearLR(o, 1.0, 0.0, T)),
    "linear, half": (
        "linear",
        {"start_factor": 0.5, "end_factor": 0.2},
        lambda o, T: lr_scheduler.LinearLR(o, 0.5, 0.2, T),
    ),
    "warm-up": ("warmup", {}, lambda o, T: lr_scheduler.LinearLR(o, 0.01, 1.0, T // 10)),
    "warm-up in steps": (
        "warmup",
        {"warmup": 8, "start_factor": 0.2},
        lambda o, T: lr_scheduler.LinearLR(o, 0.2, 1.0, 8),
    ),
    "warm-up, cosine": (
        "warmup-cosine",
        {"warmup": 0.2, "end_factor": 0.1},
        lambda o, T: one_after_the_other(
            o,
            [
                (0, lambda o: lr_scheduler.LinearLR(o, 0.01, 1.0, T // 5)),
                (T // 5, lambda o: lr_scheduler.CosineAnnealingLR(o, T - T // 5, eta_min=0.1 * LR)),
            ],
        ),
    ),
    "warm-up, stable, decay": (
        "warmup-stable-decay",
        {"decay": 0.4},
        lambda o, T: one_after_the_other(
            o,
            [
                (0, lambda o: lr_scheduler.LinearLR(o, 0.01, 1.0, T // 10)),
                (T - 2 * T // 5, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 2 * T // 5)),
            ],
        ),
    ),
    "one cycle": ("one-cycle", {}, lambda o, T: lr_scheduler.OneCycleLR(o, LR, T, cycle_momentum=False)),
    "one cycle with its momentum": (
        "one-cycle",
        {"cycle_momentum": True},
        lambda o, T: lr_scheduler.OneCycleLR(o, LR, T),
    ),
    "one cycle in three phases": (
        "one-cycle",
        {"cycle_momentum": True, "three_phase": True, "pct_start": 0.4, "anneal_strategy": "linear", "div_factor": 10},
        lambda o, T: lr_scheduler.OneCycleLR(
            o, LR, T, three_phase=True, pct_start=0.4, anneal_strategy="linear", div_factor=10
        ),
    ),
}


def seen_by_train(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The settings of the first group in each step that `train` takes."""
    kind: Any = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[recipe.optimizer]
    seen: list[dict[str, Any]] = []
    step = kind.step

    def watched(optimizer: Any, closure: Any = None) -> Any:
        seen.append({name: value for name, value in optimizer.param_groups[0].items() if name != "params"})
        return step(optimizer, closure)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "step", watched)
        train(make_model, MOONS, recipe)
    return seen


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize("steps", [30, 120])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("case", TORCH_S)
def test_learning_rate_and_momentum_are_torch_s_in_each_step(
    case: str, optimizer: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, options, make = TORCH_S[case]
    momentum: dict[str, Any] = {"momentum": 0.9} if optimizer == "sgd" else {}
    recipe = Recipe(optimizer=optimizer, lr=LR, steps=steps, schedule=name, schedule_options=options, **momentum)
    kind: Any = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[optimizer]
    plain = kind([nn.Parameter(torch.zeros(1))], lr=LR, **momentum)
    scheduler = make(plain, steps)
    for seen in seen_by_train(recipe, monkeypatch):
        assert seen["lr"] == pytest.approx(plain.param_groups[0]["lr"], rel=1e-9, abs=1e-15)
        for other in ("momentum", "betas"):
            assert seen.get(other) == pytest.approx(plain.param_groups[0].get(other))
        scheduler.step()


def test_one_cycle_of_every_length_is_torch_s() -> None:
    for steps in range(1, 60):
        plain = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=LR)
        if 0.3 * steps == 1:
            continue
        scheduler = lr_scheduler.OneCycleLR(plain, LR, steps, cycle_momentum=False)
        for step in range(steps):
            assert LR * lr_factor("one-cycle", step, steps) == pytest.approx(plain.param_groups[0]["lr"], abs=1e-12)
            if step < steps - 1:
                plain.step()
                scheduler.step()


# --- plateau ---------------------------------------------------------------------------------------------------------

PLATEAU: dict[str, Any] = {"schedule": "plateau", "schedule_options": {"factor": 0.5, "patience": 1, "threshold": 0.05}}


@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize("record_every", [1, 3])
def test_plateau_is_torch_s_on_the_recorded_losses(validated: bool, record_every: int) -> None:
    part, other = MOONS.split(0.7, seed=0)
    validation = other if validated else None
    recipe = Recipe(**(GOOD | {"lr": 3.0, "steps": 60}), **PLATEAU)
    run = train(make_model, part, recipe, validation=validation, record_every=record_every)
    torch.manual_seed(0)
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=3.0, momentum=0.9)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.05)
    loss_function, rates = nn.BCEWithLogitsLoss(), set()
    for step in range(60):
        optimizer.zero_grad()
        loss = loss_function(model(part.inputs), part.targets)
        loss.backward()
        optimizer.step()
        if (step + 1) % record_every == 0:
            with torch.no_grad():
                judged = loss_function(model(other.inputs), other.targets) if validated else loss
            scheduler.step(judged.item())
        rates.add(optimizer.param_groups[0]["lr"])
    assert len(rates) > 2
    assert torch.equal(flat(run.model), flat(model))


def test_a_plateau_is_for_one_training_alone_and_train_many_says_so() -> None:
    recipe = Recipe(**GOOD, **PLATEAU)
    runs = train_many(make_model, MOONS, recipe, seeds=[3, 5])
    assert "the schedule 'plateau' is for one training alone: what it does depends on the losses" in runs.backend.reason
    expected = flat(train(make_model, MOONS, replace(recipe, seed=5)).model)
    torch.testing.assert_close(runs.parameters[1], expected, rtol=1e-5, atol=1e-6)


def test_a_momentum_that_cycles_too() -> None:
    recipe = Recipe(**GOOD, schedule="one-cycle", schedule_options={"cycle_momentum": True})
    runs = train_many(make_model, MOONS, recipe, seeds=2)
    assert "the schedule 'one-cycle' with cycle_momentum is for one training alone" in runs.backend.reason


@pytest.mark.parametrize("backend", ["fused", "vmapped"])
def test_options_of_a_schedule_are_followed_by_both_backends(backend: Any) -> None:
    options = {"warmup": 0.3, "end_factor": 0.5}
    recipe = Recipe(**GOOD, schedule="warmup-cosine", schedule_options=options)
    runs = train_many(make_model, MOONS, recipe, seeds=[3, 5], backend=backend)
    expected = flat(train(make_model, MOONS, replace(recipe, seed=5)).model)
    torch.testing.assert_close(runs.parameters[1], expected, rtol=1e-5, atol=1e-6)


# --- what is wrong ---------------------------------------------------------------------------------------------------

CYCLE = {"cycle_momentum": True}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"schedule": "cosine", "schedule_options": {"eta_min": 0.1}},
        "schedule_options: expected options of the schedule 'cosine', end_factor, got 'eta_min'",
    ),
    "none": ({"schedule_options": {"warmup": 1}}, "options of the schedule 'constant', there are none, got 'warmup'"),
    "no mapping": ({"schedule_options": 0.1}, "schedule_options: expected values by names, got 0.1"),
    "negative": (
        {"schedule": "warmup", "schedule_options": {"warmup": -0.1}},
        "schedule_options['warmup']: expected a finite number, at least 0, got -0.1",
    ),
    "no number": (
        {"schedule": "warmup", "schedule_options": {"warmup": "0.1"}},
        "schedule_options['warmup']: expected a finite number, at least 0, got '0.1'",
    ),
    "no truth": (
        {"schedule": "one-cycle", "schedule_options": {"three_phase": 1}},
        "schedule_options['three_phase']: expected True or False, got 1",
    ),
    "no such strategy": (
        {"schedule": "one-cycle", "schedule_options": {"anneal_strategy": "sin"}},
        "schedule_options: expected values that 'one-cycle' takes, got {'anneal_strategy': 'sin'}: anneal_strategy is",
    ),
    "division": (
        {"schedule": "one-cycle", "schedule_options": {"div_factor": 0}},
        "schedule_options: expected values that 'one-cycle' takes, got {'div_factor': 0}: division by zero",
    ),
    "torch's": (
        {"schedule": "plateau", "schedule_options": {"factor": 1.5}},
        "schedule_options: expected values that 'plateau' takes, got {'factor': 1.5}: Factor should be < 1.0.",
    ),
    "momentum": (
        {
            "optimizer": "adagrad",
            "momentum": None,
            "schedule": "one-cycle",
            "schedule_options": {"cycle_momentum": True},
        },
        "schedule_options: expected none that changes the momentum, which 'adagrad' does not have, got {'cycle_mom",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_option_is_named(case: str) -> None:
    change, message = BAD[case]
    with pytest.raises(RecipeError, match=re.escape(message)):
        Recipe(**(GOOD | change))


@pytest.mark.parametrize("name", SCHEDULES)
def test_whatever_an_option_is_it_gives_learning_rates_or_a_sentence(name: str) -> None:
    strange = [None, True, False, -1, 0, 0.0, 1, 1.0, 2.5, 10**9, 1e300, math.nan, math.inf, "x", (), [], {}, object()]
    for option in [*SCHEDULES[name].options, "unknown"]:
        for value in strange:
            try:
                recipe = Recipe(**(GOOD | {"steps": 3}), schedule=name, schedule_options={option: value})
                train(make_model, MOONS, recipe)
            except LooplabError as error:
                assert "\n" not in str(error)  # noqa: PT017  # either is right


def test_an_error_names_the_learning_rate_of_its_step() -> None:
    recipe = Recipe(**(GOOD | {"lr": 1e9}), schedule="linear")
    with pytest.raises(DivergenceError) as error:
        train(lambda: mlp(1, [6], 1), load("sine"), recipe)
    assert error.value.step > 0
    assert error.value.lr == pytest.approx(1e9 * (1 - error.value.step / 40))


def test_a_plateau_that_is_taken_up_again_has_the_learning_rate_that_it_had() -> None:
    """As from a checkpoint: another optimizer with the state of the first, and the losses recorded up to then."""
    recipe = Recipe(**GOOD, **PLATEAU)
    model, losses = make_model(), [1.0, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6]
    history = History(model, recipe, Recording(), objective_of(None, load("sine")))
    first = make_optimizer(model, recipe)
    set_lr, rates = lr_setter(first, recipe, 40, history), []
    for step, loss in enumerate(losses):
        set_lr(step)
        rates.append(first.param_groups[0]["lr"])
        history.train_loss.append(loss)
    set_lr(len(losses))
    second = make_optimizer(model, recipe)
    second.load_state_dict(first.state_dict())
    lr_setter(second, recipe, 40, history)(len(losses))
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] < rates[4] < LR
