"""Exercises of lesson 1.2, "The simplest case: linear regression": gradients by hand, Celsius for a new reading."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["EXERCISES"]


def _errors(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return X @ w + b - y


def _check_bias_gradient(bias_gradient: Any) -> None:
    X, y = torch.tensor([[1.0], [3.0]]), torch.tensor([[3.0], [5.0]])
    w, b = torch.tensor([[1.0]]), torch.tensor(0.0)
    value = call(bias_gradient, X, y, w, b)
    name = "bias_gradient on the two rows of By hand"
    if isinstance(value, Tensor):
        expect_tensor(value, shape=(), name=name)
        hints = {
            -8.0: "-8 is the slope for w: leave the factor x out. (The sum instead of the mean gives -8, too.)",
            4.0: "The error is prediction minus target; you have the opposite sign.",
            -2.0: "-2 is the mean error: the derivative of the square brings a factor 2.",
        }
        hint = next((hint for wrong, hint in hints.items() if abs(value.item() - wrong) < 1e-4), "")
        expect_close(value, -4.0, name=name, hint=hint)
    expect_close(value, -4.0, name=name)
    X, y, w, b = torch.randn(5, 1), torch.randn(5, 1), torch.randn(1, 1), torch.randn(())
    expect_close(
        call(bias_gradient, X, y, w, b),
        2 * _errors(X, y, w, b).mean().item(),
        name="bias_gradient on five other rows",
        hint="It is twice the mean error, with w and b in the prediction.",
    )


def _check_all_gradients(all_gradients: Any) -> None:
    for rows, features in ((6, 1), (7, 3)):
        X, y = torch.randn(rows, features), torch.randn(rows, 1)
        w, b = torch.randn(features, 1), torch.randn(())
        result = call(all_gradients, X, y, w, b)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise WrongAnswer(
                f"all_gradients returned {kind_in_words(result)}, expected two things: the gradient for w and the "
                "slope for b."
            )
        errors = _errors(X, y, w, b)
        w_slope, b_slope = (2 / rows * X.T @ errors).double(), 2 * errors.mean()
        of = f"with {features} feature{'s' * (features > 1)}"
        got = expect_tensor(result[0], shape=(features, 1), name=f"the gradient for w {of}").detach().double()
        if features > 1 and torch.allclose(got * features, w_slope, rtol=1e-3, atol=1e-4):
            raise WrongAnswer("Your gradient for w is divided by N times D: the mean is over the N rows alone.")
        if torch.allclose(got, rows * w_slope, rtol=1e-3, atol=1e-4):
            raise WrongAnswer("Your gradient for w is N times too large: the loss is the mean over rows, not the sum.")
        expect_close(
            got, w_slope, tolerance=1e-3, name=f"the gradient for w {of}", hint="It is 2/N times Xᵀ times the errors."
        )
        expect_close(
            result[1], b_slope, tolerance=1e-3, name=f"the slope for b {of}", hint="It is twice the mean error."
        )


def _check_to_celsius(to_celsius: Any) -> None:
    c = torch.tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21]).reshape(-1, 1)
    u = torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4]).reshape(-1, 1)
    _check_thermometer(to_celsius, torch.tensor([[40.0], [60.0], [75.0]]), u, c, "the readings of this lesson")
    tenths_of_kelvin = 10 * (c + 273)
    new = torch.tensor([[2750.0], [2800.0], [2930.0], [3000.0]])
    _check_thermometer(to_celsius, new, tenths_of_kelvin, c, "another thermometer, with readings from 2690 to 3010,")


def _check_thermometer(to_celsius: Any, new: Tensor, u: Tensor, c: Tensor, where: str) -> None:
    result = expect_tensor(call(to_celsius, new, u, c), shape=tuple(new.shape), name="to_celsius(new, u, c)").detach()
    if not result.isfinite().all():
        raise WrongAnswer(
            f"On {where} your line ended at NaN or infinity: the loop diverged. Scale the inputs by the mean and the "
            "spread of u, or take a smaller learning rate."
        )
    mean, spread = u.mean(), u.std()
    slope = ((u - mean) * (c - c.mean())).sum() / ((u - mean) ** 2).sum()
    if _near(result, c.mean() + slope * spread * (new - new.mean()) / new.std()):
        raise WrongAnswer(
            "Your new readings are scaled by their own mean and spread. Scale them by those of u: the line was "
            "trained in these units."
        )
    if _near(result, c.mean() + slope * spread * new):
        raise WrongAnswer(
            "The line was trained on scaled readings, and the new ones are not scaled: do the same to them."
        )
    expect_close(
        result,
        c.mean() + slope * (new - mean),
        tolerance=0.3,
        inputs=new,
        name=f"to_celsius on {where}",
        hint="The expected value is that of the best line. Did the loop run long enough, and are the new readings "
        "scaled as the old ones were?",
    )


def _near(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.double(), other.double(), rtol=0.02, atol=0.3)


def _bias(body: str) -> str:
    return f"def bias_gradient(X, y, w, b):\n    return {body}"


def _all(body: str) -> str:
    return f"def all_gradients(X, y, w, b):\n    error = X @ w + b - y\n    N = len(X)\n    return {body}"


_LINE = """
import torch


def to_celsius(new, u, c):
    x = {x}
    w, b = torch.zeros(1, 1), torch.tensor(0.0)
    for _ in range({steps}):
        error = x @ w + b - c
        w, b = w - {lr} * 2 / len(x) * x.T @ error, b - {lr} * 2 * error.mean()
    return {new} @ w + b
"""


def _line(x: str = "(u - u.mean()) / u.std()", *, new: str, steps: int = 200, lr: str = "0.1") -> str:
    return _LINE.format(x=x, new=new, steps=steps, lr=lr)


_SCALED = "((new - u.mean()) / u.std())"

EXERCISES = (
    Exercise(
        id="1.2.1",
        title="The gradient of the bias",
        answer="bias_gradient",
        check=_check_bias_gradient,
        wrong=(
            Planted(source=_bias("2 * (X * (X @ w + b - y)).mean()"), message="leave the factor x out"),
            Planted(source=_bias("(X @ w + b - y).mean()"), message="brings a factor 2"),
            Planted(source=_bias("2 * (y - X @ w - b).mean()"), message="the opposite sign"),
            Planted(source=_bias("2 * (X @ w - y).mean()"), message="with w and b in the prediction"),
            Planted(source=_bias("2 * (X @ w + b - y).mean(dim=0)"), message="has shape (1,), expected ()"),
            Planted(
                source="def bias_gradient(X, y, w, b):\n    y -= X @ w + b\n    return -2 * y.mean()",
                message="y was changed in place",
            ),
        ),
    ),
    Exercise(
        id="1.2.2",
        title="Several features",
        answer="all_gradients",
        check=_check_all_gradients,
        wrong=(
            Planted(source=_all("2 * (X * error).mean(), 2 * error.mean()"), message="has shape (), expected (1, 1)"),
            Planted(source=_all("2 / N * error.T @ X, 2 * error.mean()"), message="It is the transpose"),
            Planted(source=_all("2 / X.numel() * X.T @ error, 2 * error.mean()"), message="divided by N times D"),
            Planted(source=_all("2 * X.T @ error, 2 * error.sum()"), message="the mean over rows, not the sum"),
            Planted(source=_all("2 / N * X.T @ error, error.mean()"), message="It is twice the mean error"),
            Planted(source=_all("2 / N * X.T @ error"), message="expected two things"),
        ),
    ),
    Exercise(
        id="1.2.3",
        title="Celsius for a new reading",
        answer="to_celsius",
        check=_check_to_celsius,
        wrong=(
            Planted(source=_line("u", new="new", lr="0.01"), message="On the readings of this lesson your line ended"),
            Planted(
                source=_line("0.1 * u", new="(0.1 * new)", lr="0.01", steps=3000),
                message="On another thermometer, with readings from 2690 to 3010, your line ended",
            ),
            Planted(source=_line(new="((new - new.mean()) / new.std())"), message="by their own mean and spread"),
            Planted(source=_line(new="new"), message="the new ones are not scaled"),
            Planted(source=_line(new=_SCALED, steps=5), message="Did the loop run long enough"),
        ),
    ),
)
