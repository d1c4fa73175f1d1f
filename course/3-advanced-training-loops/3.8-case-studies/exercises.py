"""Exercises of lesson 3.8: windows of a text, the days of a training, weights that do not look ahead, a power law."""

import math
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import (
    Exercise,
    Planted,
    WrongAnswer,
    call,
    expect_close,
    expect_tensor,
    expect_unchanged,
    kind_in_words,
)

__all__ = ["EXERCISES"]


def _number(value: object, name: str) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a number.")
    return float(value)


def _pair(value: object, name: str) -> tuple[object, object]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise WrongAnswer(f"{name} returned {kind_in_words(value)}, expected two values in a tuple.")
    return value[0], value[1]


def _check_windows(windows: Any) -> None:
    for length, T in ((14, 4), (15, 4), (9, 2)):
        name = f"windows of {length} codes with T = {T}"
        codes = torch.arange(100, 100 + length)
        with expect_unchanged(codes=codes):
            inputs, targets = _pair(call(windows, codes, T), name)
        count = length // (T + 1)
        whole = codes[: count * (T + 1)].reshape(count, T + 1)
        shape = tuple(inputs.shape) if isinstance(inputs, Tensor) else ()
        if shape == (count, T + 1):
            raise WrongAnswer(f"The inputs of {name} have T + 1 columns: the last code of a window is no input.")
        if len(shape) == 2 and shape[1] == T and shape[0] > count:
            raise WrongAnswer(
                f"{name} gives {shape[0]} windows, expected {count}: each takes T + 1 codes, and none overlap."
            )
        found = expect_tensor(inputs, shape=(count, T), name=f"the inputs of {name}")
        aims = expect_tensor(targets, shape=(count, T), name=f"the targets of {name}")
        if torch.equal(aims, found):
            raise WrongAnswer(f"The targets of {name} are the inputs: each must be the code that comes next.")
        if torch.equal(aims, found.roll(-1, dims=1)):
            raise WrongAnswer(f"The last target of each row of {name} is its first input: roll goes round in a circle.")
        if torch.equal(found, whole[:, 1:]) and torch.equal(aims, whole[:, :-1]):
            raise WrongAnswer(f"Inputs and targets of {name} are exchanged: they ask for what came before.")
        expect_close(found, whole[:, :-1], name=f"the inputs of {name}", hint="They are the first T of T + 1 codes.")
        expect_close(aims, whole[:, 1:], name=f"the targets of {name}", hint="They are the last T of T + 1 codes.")


def _check_days(days: Any) -> None:
    for N, D, G, P, u in ((405e9, 15.6e12, 16384, 989e12, 0.41), (1e9, 2e10, 1, 1e15, 0.4)):
        name = f"days({N:.4g}, {D:.4g}, {G}, {P:.4g}, {u})"
        found = _number(call(days, N, D, G, P, u), name)
        right = 6 * N * D / (G * P * u) / 86400
        for wrong, sentence in (
            (right * 86400, "That is seconds: a day has 86,400 of them."),
            (right * 24, "That is hours: a day has 24 of them."),
            (right * u, "That is as if each device did its peak: divide by the utilization, too."),
            (right * u * u, "It is multiplied by the utilization: a lower one makes it take longer."),
            (right / 3, "That is the forward pass alone, 2 operations: with the backward pass they are 6."),
            (right / 6, "Each token costs each parameter 6 operations, not one."),
            (right * G, "That is what one device would need: all work at once."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6) and not math.isclose(wrong, right, rel_tol=1e-6):
                raise WrongAnswer(f"{name} is {found:.4g}, expected {right:.4g}. {sentence}")
        if not math.isclose(found, right, rel_tol=1e-6):
            raise WrongAnswer(f"{name} is {found:.4g}, expected {right:.4g}: 6 · N · D over G · P · u, in days.")


def _check_causal_weights(causal_weights: Any) -> None:
    name = "causal_weights(fit)"
    for T in (4, 7):
        fit = 2 * torch.randn(3, T, T)
        with expect_unchanged(fit=fit):
            found = expect_tensor(call(causal_weights, fit), shape=(3, T, T), name=name)
        if not torch.isfinite(found).all():
            raise WrongAnswer(
                f"{name} has a NaN: is there a row in which every place is excluded? The first place sees itself."
            )
        later = torch.ones(T, T, dtype=torch.bool).triu(1)
        right = fit.masked_fill(later, -math.inf).softmax(dim=-1)
        for wrong, sentence in (
            (fit.softmax(dim=-1), "It looks ahead: nothing is excluded."),
            (fit.softmax(dim=-1).masked_fill(later, 0), "Its rows do not sum to 1: exclude before the softmax."),
            (fit.masked_fill(later, 0).softmax(dim=-1), "A fit of 0 is not excluded, since e⁰ = 1: use −∞."),
            (fit.masked_fill(later.T, -math.inf).softmax(dim=-1), "It looks ahead only: rows are the queries."),
            (fit.masked_fill(later, -math.inf).softmax(dim=-2), "The softmax goes over queries: it must go over keys."),
        ):
            if torch.allclose(found, wrong, atol=1e-6):
                raise WrongAnswer(f"{name} is wrong. {sentence}")
        expect_close(found, right, name=name, hint="It is the softmax over keys that are not later than the query.")


def _check_power_law(power_law: Any) -> None:
    sizes = torch.tensor([500.0, 2000.0, 9000.0, 30000.0])
    for a, alpha, noise in ((3.2, 0.05, 0.0), (9.0, 0.3, 0.02)):
        losses = a * sizes**-alpha * (1 + noise * torch.tensor([1.0, -1.0, -1.0, 1.0]))
        x, y = sizes.double().log(), losses.double().log()
        slope = float(((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum())
        height = float(y.mean()) - slope * float(x.mean())
        name = f"power_law of losses {', '.join(f'{value:.3f}' for value in losses.tolist())}"
        with expect_unchanged(sizes=sizes, losses=losses):
            pair = _pair(call(power_law, sizes, losses), name)
        front, power = (_number(value, f"{what} of {name}") for value, what in zip(pair, ("a", "alpha"), strict=True))
        straight = float(
            ((x - x.mean()) * (losses.double() - losses.double().mean())).sum() / (x - x.mean()).square().sum()
        )
        for wrong, sentence in (
            (slope, "It is the slope itself: alpha is minus the slope, since the loss falls."),
            (-straight, "The losses are taken as they are: take their logarithm, too."),
            (-1 / slope, "The axes are exchanged: the losses depend on the sizes."),
            (math.exp(height), "a and alpha are exchanged: a comes first."),
        ):
            if math.isclose(power, wrong, rel_tol=1e-4) and not math.isclose(wrong, -slope, rel_tol=1e-3):
                raise WrongAnswer(f"alpha of {name} is {power:.4f}, expected {-slope:.4f}. {sentence}")
        if not math.isclose(power, -slope, rel_tol=1e-4):
            raise WrongAnswer(f"alpha of {name} is {power:.4f}, expected {-slope:.4f}: minus the slope in logarithms.")
        if math.isclose(front, height, rel_tol=1e-4):
            raise WrongAnswer(f"a of {name} is {front:.4f}, expected {math.exp(height):.4f}. That is ln a: take exp.")
        if not math.isclose(front, math.exp(height), rel_tol=1e-3):
            raise WrongAnswer(
                f"a of {name} is {front:.4f}, expected {math.exp(height):.4f}: the height of the line where ln N is 0."
            )


_WINDOWS = "def windows(codes, T):\n    n = len(codes) // {step}\n    w = codes[: n * {step}].reshape(n, {step})\n"
_DAYS = "def days(parameters, tokens, devices, peak, utilization):\n    return {}"
_WEIGHTS = (
    "import torch\ndef causal_weights(fit):\n    T = fit.shape[-1]\n"
    "    later = torch.ones(T, T, dtype=torch.bool).triu({})\n    return {}"
)
_LAW = (
    "import math\nimport torch\ndef power_law(sizes, losses):\n    x, y = sizes.double().log(), losses.double(){}\n"
    "    x0, y0 = x.mean(), y.mean()\n    slope = float(((x - x0) * (y - y0)).sum() / (x - x0).square().sum())\n"
    "    height = float(y0) - slope * float(x0)\n    return {}"
)
_OPERATIONS = "6 * parameters * tokens"

EXERCISES = (
    Exercise(
        id="3.8.1",
        title="Windows and their targets",
        answer="windows",
        check=_check_windows,
        wrong=(
            Planted(source=_WINDOWS.format(step="T") + "    return w, w", message="none overlap"),
            Planted(
                source=_WINDOWS.format(step="(T + 1)") + "    return w[:, :-1], w[:, :-1]",
                message="the code that comes next",
            ),
            Planted(
                source=_WINDOWS.format(step="(T + 1)") + "    return w[:, :-1], w[:, :-1].roll(-1, 1)",
                message="roll goes round in a circle",
            ),
            Planted(source=_WINDOWS.format(step="(T + 1)") + "    return w, w.roll(-1, 1)", message="T + 1 columns"),
        ),
    ),
    Exercise(
        id="3.8.2",
        title="How many days?",
        answer="days",
        check=_check_days,
        wrong=(
            Planted(
                source=_DAYS.format("2 * parameters * tokens / (devices * peak * utilization) / 86400"),
                message="the forward pass alone",
            ),
            Planted(
                source=_DAYS.format(f"{_OPERATIONS} / (devices * peak) * utilization / 86400"),
                message="a lower one makes it take longer",
            ),
            Planted(
                source=_DAYS.format(f"{_OPERATIONS} / (devices * peak * utilization) / 3600"), message="That is hours"
            ),
        ),
    ),
    Exercise(
        id="3.8.3",
        title="Do not look ahead",
        answer="causal_weights",
        check=_check_causal_weights,
        wrong=(
            Planted(source=_WEIGHTS.format(1, "fit.softmax(-1).masked_fill(later, 0)"), message="do not sum to 1"),
            Planted(source=_WEIGHTS.format(1, "fit.masked_fill(later, 0).softmax(-1)"), message="use −∞"),
            Planted(
                source=_WEIGHTS.format(0, "fit.masked_fill(later, -torch.inf).softmax(-1)"),
                message="The first place sees itself",
            ),
            Planted(
                source=_WEIGHTS.format(1, "fit.masked_fill(later.T, -torch.inf).softmax(-1)"),
                message="looks ahead only",
            ),
        ),
    ),
    Exercise(
        id="3.8.4",
        title="Fit a law, then doubt it",
        answer="power_law",
        check=_check_power_law,
        wrong=(
            Planted(source=_LAW.format(".log()", "math.exp(height), slope"), message="minus the slope"),
            Planted(source=_LAW.format("", "math.exp(height), -slope"), message="take their logarithm, too"),
            Planted(source=_LAW.format(".log()", "height, -slope"), message="take exp"),
        ),
    ),
)
