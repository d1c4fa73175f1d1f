"""Exercises of lesson 1.5, "Numerical and analytical gradients": differences, a gradient checker, the best step."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import (
    Exercise,
    Planted,
    WrongAnswer,
    call,
    cut,
    expect_close,
    expect_tensor,
    kind_in_words,
)

__all__ = ["EXERCISES"]

Gradient = Callable[[Tensor], Tensor]


def _check_slope(slope: Any) -> None:
    for w, h in ((1.0, 0.1), (-2.0, 0.5), (3.0, 0.01)):
        right = 3 * w**2 + h**2  # what the central difference of w³ gives, truncation included
        found = call(slope, _cube, w, h)
        name = f"slope(w³, {w:g}, {h:g})"
        if not isinstance(found, int | float):
            raise WrongAnswer(f"{name} is {kind_in_words(found)}, expected a number (float).")
        forward = (_cube(w + h) - _cube(w)) / h
        backward = (_cube(w) - _cube(w - h)) / h
        for value, sentence in (
            (forward, "a forward difference: the other place is w - h, not w."),
            (backward, "a backward difference: the other place is w + h, not w."),
            (2 * right, "twice too large: the two places are 2h apart."),
            (-right, "the slope with the wrong sign: the place further up comes first."),
            (3 * w**2, "the exact slope: use h, and only values of f."),
            (right * h * h, "multiplied by 2h/2: Python divides by 2 and then multiplies by h; write / (2 * h)."),
        ):
            if math.isclose(found, value, rel_tol=1e-7):
                raise WrongAnswer(f"{name} is {found:.6g}, {sentence}")
        expect_close(found, right, tolerance=1e-8, name=name, hint="It is (f(w + h) - f(w - h)) / (2h).")


def _cube(w: float) -> float:
    return w**3


def _check_numerical_gradient(numerical_gradient: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    for shape in ((3,), (2, 3), ()):
        theta = torch.randn(shape, generator=generator, dtype=torch.float64)
        name = f"numerical_gradient for a theta of shape {shape}"
        found = expect_tensor(
            call(numerical_gradient, _bent, theta, 1e-5), shape=shape, dtype=torch.float64, name=name
        ).detach()
        right = _slope_of(_bent, theta)
        if theta.numel() > 1 and torch.allclose(found, right.sum().expand(shape), rtol=1e-3):
            raise WrongAnswer(
                f"{name} is the same number everywhere: you moved all entries at once. Move one at a time."
            )
        if torch.allclose(found, 2 * right, rtol=1e-3):
            raise WrongAnswer(f"{name} is twice too large: the two places are 2h apart.")
        expect_close(found, right, tolerance=1e-3, name=name, hint="Move one entry by h, the others stay.")
        _expect_central(numerical_gradient, theta, right)


def _expect_central(numerical_gradient: Any, theta: Tensor, right: Tensor) -> None:
    coarse = call(numerical_gradient, _bent, theta, 1e-2).detach()
    error = float((coarse - right).abs().max())
    if error < 1e-9:
        raise WrongAnswer("With h = 0.01 your gradient has no truncation error: use h, and only values of the loss.")
    if error > 2e-3:
        raise WrongAnswer(
            f"With h = 0.01 your gradient is off by {error:.1g}, as a forward difference is: "
            "compare the places on both sides, theta + h and theta - h."
        )


def _bent(theta: Tensor) -> Tensor:
    """A loss whose third derivatives are at most about 2, and second ones at least 0.9."""
    scales = torch.arange(1, theta.numel() + 1, dtype=theta.dtype).reshape(theta.shape)
    return (theta.square() + 0.1 * torch.sin(theta) + scales * theta).sum() + 0.1 * theta.sum() ** 2


def _slope_of(loss: Gradient, theta: Tensor) -> Tensor:
    theta = theta.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(theta), theta)[0]


def _check_wrong_entries(wrong_entries: Any) -> None:
    theta = torch.tensor([0.7, -1.3, 0.4, 2.1]).double()
    for scale, size in ((1.0, ""), (1e-6, "very small "), (1e6, "very large ")):
        loss, right = _scaled(scale)
        _expect_entries(wrong_entries, loss, right, theta, [], f"a right, {size}gradient with a zero in it")
        for spoil, words in (
            (torch.tensor([1.0, 0.5, 1.0, 1.0]), "a factor 2 missing at place 1"),
            (torch.tensor([-1.0, 1.0, 1.0, 1.0]), "the wrong sign at place 0"),
            (torch.tensor([1.0, 1.0, 1.0, 1.01]), "one per cent too much at place 3"),
            (torch.tensor([torch.nan, 1.0, 1.0, torch.nan]), "NaN at places 0 and 3"),
        ):
            expected = (spoil != 1).nonzero().flatten().tolist()
            wrong = _times(right, spoil.double())
            _expect_entries(wrong_entries, loss, wrong, theta, expected, f"a {size}gradient with {words}")
    loss, right = _scaled(1.0)
    shifted = _plus(right, torch.tensor([0.0, 0.0, 0.5, 0.0]).double())
    _expect_entries(wrong_entries, loss, shifted, theta, [2], "a gradient with 0.5 at place 2, where the slope is 0")


def _scaled(scale: float) -> tuple[Gradient, Gradient]:
    """A loss that does not depend on theta[2], and its gradient."""

    def loss(theta: Tensor) -> Tensor:
        return scale * (torch.sin(theta[0]) * theta[1] ** 2 + torch.exp(theta[3]) + 0 * theta[2])

    return loss, lambda theta: _slope_of(loss, theta)


def _times(gradient: Gradient, factors: Tensor) -> Gradient:
    return lambda theta: gradient(theta) * factors


def _plus(gradient: Gradient, more: Tensor) -> Gradient:
    return lambda theta: gradient(theta) + more


def _expect_entries(
    wrong_entries: Any, loss: Gradient, gradient: Gradient, theta: Tensor, expected: list[int], what: str
) -> None:
    found = call(wrong_entries, loss, gradient, theta)
    if not isinstance(found, list) or not all(isinstance(place, int) for place in found):
        kind = "a list of other things" if isinstance(found, list) else kind_in_words(found)
        raise WrongAnswer(f"wrong_entries returned {kind}, expected a list of places, Python ints.")
    if sorted(found) == expected:
        return
    if not expected:
        hint = (
            "That is a false alarm. Are the differences central, h near 1e-5, the allowance relative, "
            "and is there a little more where the slope is 0?"
        )
    elif "NaN" in what:
        hint = "NaN is not above any tolerance: ask `not difference <= allowed`, which is true for NaN."
    elif "small" in what and not found:
        hint = "An absolute tolerance lets small gradients pass: compare relative to the size of the numbers."
    elif not found:
        hint = "A wrong entry went unnoticed: compare entry by entry, with less allowance."
    else:
        hint = "Each entry is judged by itself."
    raise WrongAnswer(f"For {what}, wrong_entries returned {cut(str(found))}, expected {expected}. {hint}")


def _check_best_step(best_step: Any) -> None:
    steps = torch.logspace(-12, 4, 65).double().tolist()
    for scale in (1.0, 100.0):
        places = scale * torch.linspace(0.5, 2.5, 100).double()
        found = call(best_step, lambda w, scale=scale: torch.sin(w / scale), places, steps)
        name = f"best_step for sin(w / {scale:g})"
        if not isinstance(found, int | float):
            raise WrongAnswer(f"{name} is {kind_in_words(found)}, expected one of the steps, a number (float).")
        if found in (steps[0], steps[-1]):
            raise WrongAnswer(f"{name} is {found:g}, an end of the list: the least *absolute* error, found with abs().")
        if found not in steps:
            raise WrongAnswer(f"{name} is {found:g}, which is none of the steps that it was given.")
        low, high = 4e-7 * scale, 6e-5 * scale
        if not low < found < high:
            hint = (
                "That is where a forward difference is best."
                if found < low
                else "Is every step tried, and is the error the mean of |difference - exact| over all places?"
            )
            raise WrongAnswer(f"{name} is {found:.1g}, expected one between {low:.0e} and {high:.0e}. {hint}")


_BEST = """
import torch
def best_step(f, places, steps):
    w = places.detach().clone().requires_grad_()
    (exact,) = torch.autograd.grad(f(w).sum(), w)
    errors = [({difference} - exact){reduce}.item() for h in steps]
    return {result}
"""
_CENTRAL = "(f(places + h) - f(places - h)) / (2 * h)"
_CHECKER = """
import torch
def wrong_entries(loss, gradient, theta):
    claimed = gradient(theta)
    h = {h}
    numerical = torch.stack([(loss(theta + h * e) - loss(theta - h * e)) / (2 * h) for e in torch.eye(4).double()])
    difference = (claimed - numerical).abs()
    return [i for i in range(len(theta)) if {test}]
"""


def _checker(test: str, h: str = "1e-5") -> str:
    return _CHECKER.format(test=test, h=h)


def _best(
    difference: str = _CENTRAL, reduce: str = ".abs().mean()", result: str = "steps[errors.index(min(errors))]"
) -> str:
    return _BEST.format(difference=difference, reduce=reduce, result=result)


_ALLOWED = "1e-4 * numerical[i].abs() + 1e-6 * numerical.abs().max()"
_GRADIENT = """
import torch
def numerical_gradient(loss, theta, h=1e-6):
    result = torch.zeros_like(theta)
    for i in range(theta.numel()):
        {move}
    return result
"""

EXERCISES = (
    Exercise(
        id="1.5.1",
        title="A slope from two values",
        answer="slope",
        check=_check_slope,
        wrong=(
            Planted(source="def slope(f, w, h):\n    return (f(w + h) - f(w)) / h", message="a forward difference"),
            Planted(source="def slope(f, w, h):\n    return (f(w + h) - f(w - h)) / h", message="2h apart"),
            Planted(source="def slope(f, w, h):\n    return (f(w + h) - f(w - h)) / 2 * h", message="(2 * h)"),
            Planted(source="def slope(f, w, h):\n    return (f(w - h) - f(w + h)) / (2 * h)", message="the wrong sign"),
        ),
    ),
    Exercise(
        id="1.5.2",
        title="The numerical gradient",
        answer="numerical_gradient",
        check=_check_numerical_gradient,
        wrong=(
            Planted(
                source="""
                import torch
                def numerical_gradient(loss, theta, h=1e-6):
                    return torch.ones_like(theta) * (loss(theta + h) - loss(theta - h)) / (2 * h)
                """,
                message="you moved all entries at once",
            ),
            Planted(
                source=_GRADIENT.format(
                    move="step = torch.zeros_like(theta); step.view(-1)[i] = h; "
                    "result.view(-1)[i] = (loss(theta + step) - loss(theta)) / h"
                ),
                message="as a forward difference is",
            ),
            Planted(
                source=_GRADIENT.format(
                    move="flat = theta.view(-1); flat[i] += h; above = loss(theta); "
                    "flat[i] -= h; result.view(-1)[i] = (above - loss(theta)) / h; flat[i] -= h"
                ),
                message="changed in place",
            ),
            Planted(
                source="""
                import torch
                def numerical_gradient(loss, theta, h=1e-6):
                    theta = theta.detach().clone().requires_grad_()
                    return torch.autograd.grad(loss(theta), theta)[0]
                """,
                message="no truncation error",
            ),
        ),
    ),
    Exercise(
        id="1.5.3",
        title="A gradient checker that catches a wrong gradient",
        answer="wrong_entries",
        check=_check_wrong_entries,
        wrong=(
            Planted(source=_checker("not difference[i] <= 1e-4"), message="An absolute tolerance"),
            Planted(source=_checker(f"difference[i] > {_ALLOWED}"), message="NaN is not above any tolerance"),
            Planted(source=_checker(f"not difference[i] <= {_ALLOWED}", h="1e-13"), message="That is a false alarm"),
            Planted(source=_checker("not difference.norm() <= 0.1 * numerical.norm()"), message="went unnoticed"),
        ),
    ),
    Exercise(
        id="1.5.4",
        title="Whose step is best?",
        answer="best_step",
        check=_check_best_step,
        wrong=(
            Planted(
                source=_best(difference="(f(places + h) - f(places)) / h"), message="where a forward difference is"
            ),
            Planted(source=_best(reduce=".mean()"), message="Is every step tried"),
            Planted(source=_best(result="min(errors)"), message="none of the steps"),
            Planted(source=_best(result="errors"), message="is a list, expected one of the steps"),
        ),
    ),
)
