"""Answers to the exercises of lesson 1.2 that are right in another way, and results that are no gradients at all."""

import pytest
import torch
from torch import Tensor

from looplab.course.answers.judge import judge
from looplab.course.exercises import find_exercise


def by_autograd(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    return torch.autograd.grad(((X @ w + b - y) ** 2).mean(), (w, b))


def in_float64(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    return by_autograd(X.double(), y.double(), w.double(), b.double())


def by_least_squares(new: Tensor, u: Tensor, c: Tensor) -> Tensor:
    ones = torch.ones_like(u)
    solution = torch.linalg.lstsq(torch.cat([u, ones], dim=1).double(), c.double()).solution
    degrees: Tensor = torch.cat([new, torch.ones_like(new)], dim=1).double() @ solution
    return degrees


def test_gradients_may_come_from_elsewhere_and_in_another_type() -> None:
    assert judge(find_exercise("1.2.2"), by_autograd).passed
    assert judge(find_exercise("1.2.2"), in_float64).passed
    assert judge(find_exercise("1.2.1"), lambda X, y, w, b: by_autograd(X, y, w, b)[1].item()).passed


def test_the_best_line_passes_however_it_is_found() -> None:
    assert judge(find_exercise("1.2.3"), by_least_squares).passed


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ((torch.full((1, 1), float("nan")), torch.tensor(0.0)), "NaN"),
        (([[1.0]], 0.0), "expected a tensor"),
        ((torch.ones(1, 1, dtype=torch.int64), 1), "expected"),
        (None, "is a return missing?"),
    ],
)
def test_what_is_no_gradient_is_told_so(result: object, sentence: str) -> None:
    verdict = judge(find_exercise("1.2.2"), lambda X, y, w, b: result)
    assert not verdict.passed
    assert sentence in verdict.message
    assert "cannot work with" not in verdict.message
