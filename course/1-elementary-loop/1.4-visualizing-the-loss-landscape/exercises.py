"""Exercises of lesson 1.4, "Visualizing the loss landscape": a grid of losses, a walk, the limit of its steps."""

import math
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["EXERCISES"]


def _check_loss_grid(loss_grid: Any) -> None:
    w, b = torch.tensor([-1.0, 0.0, 2.0]), torch.tensor([0.5, -3.0])
    x, y = torch.tensor([1.0, 2.0, -1.0, 4.0]), torch.tensor([0.0, 1.0, 3.0, -2.0])
    squares = (w[None, :, None] * x + b[:, None, None] - y) ** 2
    right = squares.mean(dim=-1)
    heights = expect_tensor(call(loss_grid, w, b, x, y), name="loss_grid(w, b, x, y)")
    if heights.shape == right.T.shape and torch.allclose(heights, right.T, atol=1e-4):
        raise WrongAnswer(
            "loss_grid(w, b, x, y) has a row for each w: a contour plot wants a row for each b, a column for each w."
        )
    expect_tensor(heights, shape=(2, 3), name="loss_grid for 3 values of w, 2 of b and 4 rows")
    if torch.allclose(heights, squares.sum(dim=-1), atol=1e-4):
        raise WrongAnswer("loss_grid(w, b, x, y) adds up the squared errors: divide by their number, with mean.")
    if torch.allclose(heights, squares.mean(dim=-1).sqrt(), atol=1e-4):
        raise WrongAnswer("loss_grid(w, b, x, y) is the root of the mean squared error: leave out the root.")
    expect_close(heights, right, name="loss_grid(w, b, x, y)", hint="Is every error squared before the mean is taken?")


def _check_walk_down(walk_down: Any) -> None:
    hessian, start = torch.tensor([[3.0, 1.0], [1.0, 2.0]]), torch.tensor([1.0, -2.0])
    right = _walk(hessian, start, 0.1, 5)
    path = expect_tensor(call(walk_down, lambda theta: hessian @ theta, start, 0.1, 5), name="the path of 5 steps")
    if path.shape == (5, 2):
        missing = "first" if torch.allclose(path, right[1:], atol=1e-4) else "last"
        raise WrongAnswer(
            f"The path of 5 steps has 5 rows, and the {missing} place is missing: 5 steps pass 6 places, "
            "the start among them."
        )
    expect_tensor(path, shape=(6, 2), name="the path of 5 steps from a start of 2 numbers")
    if torch.equal(path, path[:1].expand(6, 2)):
        raise WrongAnswer(
            "All places of the path are equal. The list holds one tensor six times: make a new one each step, "
            "place = place - lr * gradient(place)."
        )
    if torch.allclose(path, _walk(hessian, start, -0.1, 5), atol=1e-4):
        raise WrongAnswer("Your walk goes uphill: the gradient points to where the loss grows, so subtract it.")
    expect_close(path, right, name="the path", hint="Each step takes the gradient at the place that it starts from.")
    three = call(walk_down, lambda theta: 2 * theta, torch.tensor([1.0, 2.0, 3.0]), 0.25, 1)
    expect_close(three, torch.tensor([[1.0, 2.0, 3.0], [0.5, 1.0, 1.5]]), name="the path with 3 parameters")


def _walk(hessian: Tensor, start: Tensor, lr: float, steps: int) -> Tensor:
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - lr * hessian @ path[-1])
    return torch.stack(path)


def _check_critical_learning_rate(critical_learning_rate: Any) -> None:
    X = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0], [2.0, 2.5], [-1.0, 3.0]])
    design = torch.cat([X, torch.ones(5, 1)], dim=1)
    curvatures = torch.linalg.eigvalsh(2 / 5 * design.T @ design)
    right = (2 / curvatures[-1]).item()
    name = "critical_learning_rate(X)"
    found = float(expect_tensor(_as_tensor(call(critical_learning_rate, X)), shape=(), name=name))
    without_bias = (2 / torch.linalg.eigvalsh(2 / 5 * X.T @ X)[-1]).item()
    for value, sentence in (
        (without_bias, "has no bias: put a column of ones beside X, since the bias is a parameter too."),
        (right / 5, "is 5 times too small for these 5 rows: the loss is a mean, so divide by N."),
        (right * 2, "is twice too large: the second derivative of a square is 2, so A is 2/N · XᵀX."),
        (right / 2, "is half of what is right: the limit is 2/λ_max, not 1/λ_max."),
        ((2 / curvatures[0]).item(), "takes the smallest curvature: the steepest direction diverges first."),
        (curvatures[-1].item(), "is λ_max itself: the limit is 2/λ_max."),
    ):
        if math.isclose(found, value, rel_tol=1e-3):
            raise WrongAnswer(f"{name} {sentence}")
    expect_close(found, right, tolerance=1e-3, name=name, hint="It is 2 over the largest eigenvalue of 2/N · XᵀX.")
    single = torch.tensor([[-3.0], [3.0]])
    expect_close(call(critical_learning_rate, single), 1 / 9, tolerance=1e-3, name="the rate for the rows -3 and 3")


def _as_tensor(value: object) -> object:
    return torch.tensor(float(value)) if isinstance(value, int | float) else value


def _check_edge(edge: Any) -> None:
    for curvature, steps in ((4.0, 200), (0.5, 300)):
        start, right = torch.tensor([1.0, 0.5]), 2 / curvature
        found = call(edge, _bowl(curvature), start, right / 7, right * 5, steps)
        if not isinstance(found, int | float):
            raise WrongAnswer(f"edge returned {kind_in_words(found)}, expected a number (float).")
        if math.isclose(found, right * 5, rel_tol=0.02):
            raise WrongAnswer(
                f"edge returned {found:.4g}, the upper end of its interval: no rate diverged. A loss that is NaN is "
                "above nothing; ask `not after <= before`, which is true for NaN as well."
            )
        if math.isclose(found, right / 7, rel_tol=0.02):
            raise WrongAnswer(
                f"edge returned {found:.4g}, the lower end of its interval. Keep the half that is safe at its lower "
                "and diverges at its upper end: when the middle diverges, it is the new upper end."
            )
        if start.requires_grad:
            raise WrongAnswer("After edge the caller's start requires gradients: work on start.detach().clone().")
        where = f"On a bowl whose largest curvature is {curvature:g}, edge returned {found:.4g}, expected {right:.4g}"
        if not 0.97 * right < found < 1.6 * right:
            raise WrongAnswer(
                f"{where}. Does each try begin at the start, take all the steps, and end with one comparison: "
                "the loss after them against the loss at the start?"
            )
        if found > 1.03 * right:
            raise WrongAnswer(f"{where} to one per cent. Halve the interval until high / low is below 1.01.")


def _bowl(curvature: float) -> Any:
    def loss(place: Tensor) -> Tensor:
        return 0.5 * (curvature * place[0] ** 2 + 0.1 * curvature * place[1] ** 2)

    return loss


_EDGE = """
import math
import torch


def edge(loss, start, low, high, steps):
    place = {begin}

    def diverges(lr):
        {each}
        for _ in range(steps):
            place.requires_grad_()
            (slope,) = torch.autograd.grad(loss(place), place)
            place = place.detach() - lr * slope
        return {comparison}

    while high / low > {ratio}:
        middle = math.sqrt(low * high)
        low, high = {halves}
    return high
"""


def _edge(
    *,
    begin: str = "None",
    each: str = "nonlocal place; place = start.detach().clone()",
    comparison: str = "not loss(place).item() <= loss(start).item()",
    ratio: str = "1.01",
    halves: str = "(low, middle) if diverges(middle) else (middle, high)",
) -> str:
    return _EDGE.format(begin=begin, each=each, comparison=comparison, ratio=ratio, halves=halves)


_LIMIT = """
import torch
def critical_learning_rate(X):
    design = {design}
    return {result}
"""
_DESIGN = "torch.cat([X, torch.ones(len(X), 1)], dim=1)"


def _limit(result: str, design: str = _DESIGN) -> str:
    return _LIMIT.format(design=design, result=result)


_HESSIAN_EIGENVALUES = "torch.linalg.eigvalsh(2 / len(X) * design.T @ design)"

EXERCISES = (
    Exercise(
        id="1.4.1",
        title="Compute a landscape",
        answer="loss_grid",
        check=_check_loss_grid,
        wrong=(
            Planted(
                source="def loss_grid(w, b, x, y):\n"
                "    return ((w[:, None, None] * x + b[None, :, None] - y) ** 2).mean(dim=-1)",
                message="has a row for each w",
            ),
            Planted(
                source="def loss_grid(w, b, x, y):\n"
                "    return ((w[None, :, None] * x + b[:, None, None] - y) ** 2).sum(dim=-1)",
                message="adds up the squared errors",
            ),
            Planted(
                source="def loss_grid(w, b, x, y):\n"
                "    return ((w[None, :, None] * x + b[:, None, None] - y) ** 2).mean()",
                message="say over which axis",
            ),
            Planted(
                source="def loss_grid(w, b, x, y):\n"
                "    return (w[None, :, None] * x + b[:, None, None] - y).mean(dim=-1) ** 2",
                message="squared before the mean",
            ),
        ),
    ),
    Exercise(
        id="1.4.2",
        title="Walk on any landscape",
        answer="walk_down",
        check=_check_walk_down,
        wrong=(
            Planted(
                source="""
                import torch
                def walk_down(gradient, start, lr, steps):
                    place = start.clone()
                    path = [place]
                    for _ in range(steps):
                        place -= lr * gradient(place)
                        path.append(place)
                    return torch.stack(path)
                """,
                message="holds one tensor six times",
            ),
            Planted(
                source="""
                import torch
                def walk_down(gradient, start, lr, steps):
                    path = []
                    for _ in range(steps):
                        start = start - lr * gradient(start)
                        path.append(start)
                    return torch.stack(path)
                """,
                message="the first place is missing",
            ),
            Planted(
                source="""
                import torch
                def walk_down(gradient, start, lr, steps):
                    path = [start]
                    for _ in range(steps):
                        path.append(path[-1] + lr * gradient(path[-1]))
                    return torch.stack(path)
                """,
                message="goes uphill",
            ),
            Planted(
                source="""
                import torch
                def walk_down(gradient, start, lr, steps):
                    path = [start]
                    for _ in range(steps):
                        path.append(path[-1] - lr * gradient(start))
                    return torch.stack(path)
                """,
                message="at the place that it starts from",
            ),
        ),
    ),
    Exercise(
        id="1.4.3",
        title="The critical learning rate of a table",
        answer="critical_learning_rate",
        check=_check_critical_learning_rate,
        wrong=(
            Planted(source=_limit(f"2 / {_HESSIAN_EIGENVALUES}[-1].item()", design="X"), message="has no bias"),
            Planted(source=_limit(f"2 / {_HESSIAN_EIGENVALUES}[0].item()"), message="the smallest curvature"),
            Planted(source=_limit(f"1 / {_HESSIAN_EIGENVALUES}[-1].item()"), message="not 1/λ_max"),
            Planted(
                source=_limit("2 / torch.linalg.eigvalsh(2 * design.T @ design)[-1].item()"), message="so divide by N"
            ),
        ),
    ),
    Exercise(
        id="1.4.4",
        title="Find the edge by trying",
        answer="edge",
        check=_check_edge,
        wrong=(
            Planted(source=_edge(comparison="loss(place).item() > loss(start).item()"), message="A loss that is NaN"),
            Planted(source=_edge(begin="start.detach().clone()", each="nonlocal place"), message="begin at the start"),
            Planted(
                source=_edge(halves="(middle, high) if diverges(middle) else (low, middle)"),
                message="Keep the half that is safe",
            ),
            Planted(source=_edge(ratio="1.5"), message="until high / low is below 1.01"),
            Planted(
                source="def edge(loss, start, low, high, steps):\n    return start", message="expected a number (float)"
            ),
        ),
    ),
)
