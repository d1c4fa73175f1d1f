"""Exercises of lesson 2.2, "Forward and backward passes": one unit, a layer, a layer with a shortcut."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_linear_backward", "check_shortcut_backward", "check_unit_gradient"]


def check_unit_gradient(unit_gradient: Any) -> None:
    """2.2.1: the slopes of a ReLU unit's squared error, where it is on and where it is off."""
    x, w = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([1.0, 0.5, 2.0])
    on, off, y = torch.tensor(-0.5), torch.tensor(-4.0), torch.tensor(3.0)
    dw, db = _results(call(unit_gradient, x, w, on, y), 2, "unit_gradient", "(dw, db)")
    where = "where the unit is on"
    _expect(dw, -2.0 * x, f"dw {where}", "It is 2(ŷ − y), times the slope of ReLU, times x.", {
        "The factor 2 of the square is missing.": -x,
        "The sign is turned round: the square's slope is 2(ŷ − y), the prediction first.": 2.0 * x,
        "dw is what came in, x, times what comes back; you multiplied by w.": -2.0 * w,
    })  # fmt: skip
    _expect(db, torch.tensor(-2.0), f"db {where}", "It is dw without the factor x.", {})
    dw, db = _results(call(unit_gradient, x, w, off, y), 2, "unit_gradient", "(dw, db)")
    hint = "Where x·w + b is below 0, ReLU is flat and passes nothing back."
    _expect(dw, torch.zeros(3), "dw where the unit is off", hint, {})
    _expect(db, torch.tensor(0.0), "db where the unit is off", hint, {})


def check_linear_backward(linear_backward: Any) -> None:
    """2.2.2: the three gradients of a linear layer, with three different sizes and with equal ones."""
    for N, D, H in ((5, 3, 2), (1, 2, 4), (3, 3, 3)):
        X, W, dA = torch.randn(N, D), torch.randn(D, H), torch.randn(N, H)
        dX, dW, db = _results(call(linear_backward, X, W, dA), 3, "linear_backward", "(dX, dW, db)")
        _expect(dW, X.T @ dA, "dW", "It is Xᵀ dA.", {
            "dW is a sum over the rows, not a mean: the mean is in dA already.": X.T @ dA / N,
        })  # fmt: skip
        _expect(db, dA.sum(dim=0), "db", "Each row contributes: add them up, with sum(dim=0).", {
            "db is a sum over the rows, not a mean: the mean is in dA already.": dA.mean(dim=0),
        })  # fmt: skip
        _expect(dX, dA @ W.T, "dX", "Entry X[n, d] touches all units of its row, with slopes W[d, :]: dA Wᵀ.", {})


def check_shortcut_backward(shortcut_backward: Any) -> None:
    """2.2.3: two paths, two terms; the weights hang on one of them."""
    X, W, dh = torch.randn(4, 3), torch.randn(3, 3), torch.randn(4, 3)
    dA = dh * (1 - torch.tanh(X @ W) ** 2)
    dX, dW = _results(call(shortcut_backward, X, W, dh), 2, "shortcut_backward", "(dX, dW)")
    _expect(dW, X.T @ dA, "dW", "It is Xᵀ dA, where dA is dh times the slope of tanh, 1 − tanh²(X W).", {
        "You left out the slope of tanh, 1 − tanh²(X W).": X.T @ dh,
        "The shortcut has no weights: what comes back along it belongs to dX alone.": X.T @ (dA + dh),
    })  # fmt: skip
    _expect(dX, dA @ W.T + dh, "dX", "Two paths lead from X to the loss: dA Wᵀ, and dh as it is.", {
        "The path through the shortcut is missing: add dh.": dA @ W.T,
        "You left out the slope of tanh, 1 − tanh²(X W).": dh @ W.T + dh,
    })  # fmt: skip


def _results(result: object, count: int, name: str, names: str) -> tuple[Any, ...]:
    if not isinstance(result, tuple | list) or len(result) != count:
        got = f"{len(result)} values" if isinstance(result, tuple | list) else kind_in_words(result)
        raise WrongAnswer(f"{name} returned {got}, expected a tuple of {count}: return {names}.")
    return tuple(result)


def _expect(value: object, right: Tensor, name: str, hint: str, mistakes: dict[str, Tensor]) -> None:
    """The value is right; where it is a known mistake, the sentence names that."""
    found = expect_tensor(value, shape=right.shape, name=name)
    for sentence, wrong in mistakes.items():
        if not torch.allclose(wrong, right, atol=1e-4) and torch.allclose(found.detach().to(wrong), wrong, atol=1e-4):
            raise WrongAnswer(f"{name} is not right. {sentence}")
    expect_close(found, right, name=name, hint=hint)


def _planted(body: str, message: str) -> Planted:
    return Planted(source=f"import torch\n{body}", message=message)


EXERCISES = (
    Exercise(
        id="2.2.1",
        title="One unit",
        answer="unit_gradient",
        check=check_unit_gradient,
        wrong=(
            _planted(
                "def unit_gradient(x, w, b, y):\n    d = 2 * (torch.relu(x @ w + b) - y)\n    return d * x, d",
                "ReLU is flat and passes nothing back",
            ),
            _planted(
                "def unit_gradient(x, w, b, y):\n    a = x @ w + b\n    d = (torch.relu(a) - y) * (a > 0)\n"
                "    return d * x, d",
                "The factor 2 of the square is missing",
            ),
            _planted(
                "def unit_gradient(x, w, b, y):\n    a = x @ w + b\n    d = 2 * (y - torch.relu(a)) * (a > 0)\n"
                "    return d * x, d",
                "The sign is turned round",
            ),
            _planted(
                "def unit_gradient(x, w, b, y):\n    a = x @ w + b\n    d = 2 * (torch.relu(a) - y) * (a > 0)\n"
                "    return d * w, d",
                "you multiplied by w",
            ),
        ),
    ),
    Exercise(
        id="2.2.2",
        title="A layer's backward pass",
        answer="linear_backward",
        check=check_linear_backward,
        wrong=(
            _planted(
                "def linear_backward(X, W, dA):\n    return dA @ W.T, X.T @ dA, dA.mean(dim=0)",
                "db is a sum over the rows, not a mean",
            ),
            _planted(
                "def linear_backward(X, W, dA):\n    return dA @ W.T, X.T @ dA / len(X), dA.sum(dim=0)",
                "dW is a sum over the rows, not a mean",
            ),
            _planted(
                "def linear_backward(X, W, dA):\n    return dA @ W.T, dA.T @ X, dA.sum(dim=0)",
                "It is the transpose of what is expected",
            ),
            _planted("def linear_backward(X, W, dA):\n    return X.T @ dA, dA.sum(dim=0)", "expected a tuple of 3"),
        ),
    ),
    Exercise(
        id="2.2.3",
        title="A shortcut",
        answer="shortcut_backward",
        check=check_shortcut_backward,
        wrong=(
            _planted(
                "def shortcut_backward(X, W, dh):\n    dA = dh * (1 - torch.tanh(X @ W) ** 2)\n"
                "    return dA @ W.T, X.T @ dA",
                "The path through the shortcut is missing",
            ),
            _planted(
                "def shortcut_backward(X, W, dh):\n    return dh @ W.T + dh, X.T @ dh",
                "You left out the slope of tanh",
            ),
            _planted(
                "def shortcut_backward(X, W, dh):\n    dA = dh * (1 - torch.tanh(X @ W) ** 2)\n"
                "    return dA @ W.T + dh, X.T @ (dA + dh)",
                "The shortcut has no weights",
            ),
            _planted(
                "def shortcut_backward(X, W, dh):\n    dh *= 1 - torch.tanh(X @ W) ** 2\n"
                "    return dh @ W.T + dh, X.T @ dh",
                "dh was changed in place",
            ),
        ),
    ),
)
