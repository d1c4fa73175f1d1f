"""Exercises of lesson 1.6, "Recap": a model to begin with, three faults in a loop, the loop as one function."""

from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_module, kind_in_words

__all__ = ["EXERCISES"]

_ROWS = 11


class _Watched(nn.Linear):
    """A linear model 1→1 that notes which rows it predicts while gradients are on."""

    def __init__(self, weight: float, bias: float) -> None:
        super().__init__(1, 1)
        nn.init.constant_(self.weight, weight)
        nn.init.constant_(self.bias, bias)
        self.batches: list[list[int]] = []

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            self.batches.append((10 * x.detach()).round().int().flatten().tolist())
        return super().forward(x)


def _line() -> tuple[Tensor, Tensor]:
    """Eleven inputs 0, 0.1, …, 1 and targets on the line 2x - 1."""
    x = torch.arange(_ROWS).reshape(-1, 1) / 10
    return x, 2 * x - 1


def _check_starting_at(starting_at: Any) -> None:
    make_model = call(starting_at, 2.0, -1.5)
    if isinstance(make_model, nn.Module):
        raise WrongAnswer(
            "starting_at(2, -1.5) is a model, expected a function that makes one: "
            "define make_model inside and return it, without parentheses."
        )
    first = expect_module(call(make_model), parameter_shapes=[(1, 1), (1,)], name="make_model()")
    second = call(make_model)
    if first is second or next(first.parameters()) is next(second.parameters()):
        raise WrongAnswer(
            "Two calls of make_model gave the same model: a second training would go on where the first stopped. "
            "Make the model inside make_model."
        )
    for model in (first, second):
        found = {name: parameter.item() for name, parameter in model.named_parameters()}
        for name, right in (("weight", 2.0), ("bias", -1.5)):
            if abs(found.get(name, right) - right) > 1e-6:
                raise WrongAnswer(
                    f"After starting_at(2, -1.5) the {name} of a model is {found[name]:.4g}, expected {right:g}. "
                    "nn.init.constant_ sets every entry of a parameter."
                )
    if not all(parameter.requires_grad for parameter in first.parameters()):
        raise WrongAnswer("A parameter of the model takes no gradient, so it would never be trained.")


def _check_train_epochs(train_epochs: Any) -> None:
    X, y = _line()
    model = _Watched(0.5, 0.0)
    losses = call(train_epochs, model, X, y, epochs=3, batch_size=4, lr=0.1)
    _expect_floats(losses, 3, "train_epochs", "One number an epoch.")
    seen = model.batches[: len(model.batches) // 3]
    missed = _ROWS - len({row for batch in seen for row in batch})
    if missed:
        raise WrongAnswer(
            f"In an epoch over {_ROWS} rows with batch_size 4, {missed} rows were never used: "
            "the loop over the batches ends too early. Where must range stop?"
        )
    if model.weight.item() == 0.5 and model.bias.item() == 0.0:
        raise WrongAnswer(
            "After three epochs the parameters are what they were: at step() the gradient must still be there. "
            "What stands between backward() and step()?"
        )
    perfect = _Watched(2.0, -1.0)
    worst = max(call(train_epochs, perfect, X, y, epochs=3, batch_size=4, lr=0.1))
    if worst > 1e-6:
        raise WrongAnswer(
            f"A model that fits every row exactly ended an epoch with a loss of {worst:.3f}: "
            "the rows of X and y no longer belong together. Whatever reorders X must reorder y, too."
        )
    _expect_plain_descent(train_epochs, X, y)


def _expect_plain_descent(train_epochs: Any, X: Tensor, y: Tensor) -> None:
    """With all rows in one batch the order plays no part: the losses are known."""
    losses = call(train_epochs, _Watched(0.5, 0.0), X, y, epochs=4, batch_size=_ROWS, lr=0.1)
    model = _Watched(0.5, 0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    right = []
    for _ in range(4):
        _step(model, X, y, optimizer)
        right.append(nn.functional.mse_loss(model(X), y).item())
    expect_close(
        torch.tensor(losses),
        torch.tensor(right),
        name="train_epochs with all rows in one batch",
        hint="Each step must use the gradient of its own batch alone, and the learning rate that it is given.",
    )


def _step(model: nn.Module, X: Tensor, y: Tensor, optimizer: torch.optim.Optimizer) -> float:
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def _check_fit(fit: Any) -> None:
    X, y = _line()
    _check_full_batch(fit, X, y)
    model = _Watched(0.5, 0.0)
    losses = call(fit, model, X, y, nn.MSELoss(), _sgd(model), steps=10, batch_size=4)
    _expect_floats(losses, 10, "fit", "One number a step; steps counts updates, not epochs.")
    sizes = [len(batch) for batch in model.batches]
    if sizes != [*(3 * [4, 4, 3]), 4]:
        raise WrongAnswer(
            f"With {_ROWS} rows and batch_size 4, the first batches have {', '.join(map(str, sizes[:6]))} rows, "
            "expected 4, 4, 3 and so on: an epoch uses every row, and its last batch holds what is left."
        )
    epochs = [[row for batch in model.batches[first : first + 3] for row in batch] for first in (0, 3, 6)]
    if any(len(set(rows)) < _ROWS for rows in epochs):
        raise WrongAnswer(
            "Within one epoch some rows came twice and others not at all: "
            "cut a permutation (torch.randperm) into batches, and do not draw each batch anew."
        )
    if epochs[0] == epochs[1] == epochs[2]:
        raise WrongAnswer("Every epoch visits the rows in the same order: draw a fresh permutation for each.")
    perfect = _Watched(2.0, -1.0)
    if max(call(fit, perfect, X, y, nn.MSELoss(), _sgd(perfect), steps=9, batch_size=4)) > 1e-6:
        raise WrongAnswer(
            "A model that fits every row exactly has a loss above 0 on a batch: "
            "the rows of X and y do not belong together. Take the same rows of both."
        )


def _check_full_batch(fit: Any, X: Tensor, y: Tensor) -> None:
    model, twin = _Watched(0.5, 0.0), _Watched(0.5, 0.0)
    optimizer = _sgd(twin)
    right = [_step(twin, X, y, optimizer) for _ in range(5)]
    losses = call(fit, model, X, y, nn.MSELoss(), _sgd(model), steps=5, batch_size=None)
    _expect_floats(losses, 5, "fit", "One number a step.")
    if model.batches and model.batches[0] != list(range(_ROWS)):
        raise WrongAnswer("With batch_size None each step uses all rows of X, in their own order.")
    expect_close(
        torch.tensor(losses),
        torch.tensor(right),
        name="fit(…, steps=5, batch_size=None)",
        hint="Is each step zero_grad, predict, measure, backward, step, and the loss the one before the update?",
    )


def _sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)


def _expect_floats(losses: object, count: int, name: str, hint: str) -> None:
    if not isinstance(losses, list):
        raise WrongAnswer(f"{name} returned {kind_in_words(losses)}, expected a list of numbers (floats).")
    if len(losses) != count:
        raise WrongAnswer(f"{name} returned {len(losses)} losses, expected {count}. {hint}")
    kinds = {type(loss).__name__ for loss in losses}
    if kinds == {"Tensor"}:
        raise WrongAnswer(
            f"{name} returned a list of tensors, expected floats: append loss.item(). "
            "A tensor keeps its whole computation in memory."
        )
    if kinds != {"float"}:
        raise WrongAnswer(f"{name} returned a list of {', '.join(sorted(kinds))}, expected floats.")


_MODEL = "model = nn.Linear(1, 1); model.weight.data.fill_(w); model.bias.data.fill_(b)"


def _starting(*, outside: str = "pass", inside: str, returned: str = "make_model") -> str:
    return f"""
from torch import nn

def starting_at(w, b):
    {outside}
    def make_model():
        {inside}
        return model
    return {returned}
"""


_FAULTY = """
import torch
from torch import nn

def train_epochs(model, X, y, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(X))
        {shuffle}
        for start in range(0, {stop}, batch_size):
            rows = slice(start, start + batch_size)
            {zero}
            loss = nn.functional.mse_loss(model(X[rows]), y[rows])
            loss.backward()
            {between}
            optimizer.step()
        with torch.no_grad():
            losses.append(nn.functional.mse_loss(model(X), y).item())
    return losses
"""


def _faulty(
    *,
    shuffle: str = "X, y = X[order], y[order]",
    stop: str = "len(X)",
    zero: str = "optimizer.zero_grad()",
    between: str = "pass",
) -> str:
    return _FAULTY.format(shuffle=shuffle, stop=stop, zero=zero, between=between)


_FIT = """
import torch

def fit(model, X, y, loss_function, optimizer, steps, batch_size):
    losses = []
    {before}
    while len(losses) < steps:
        {order}
        for rows in {batches}:
            {zero}
            loss = loss_function(model(X[rows]), {targets})
            loss.backward()
            optimizer.step()
            losses.append({loss})
            {stop}
    return losses
"""


def _fit(
    *,
    before: str = "pass",
    order: str = "order = torch.arange(len(X)) if batch_size is None else torch.randperm(len(X))",
    batches: str = "order.split(batch_size or len(X))",
    zero: str = "optimizer.zero_grad()",
    targets: str = "y[rows]",
    loss: str = "loss.item()",
    stop: str = "if len(losses) == steps: break",
) -> str:
    return _FIT.format(before=before, order=order, batches=batches, zero=zero, targets=targets, loss=loss, stop=stop)


EXERCISES = (
    Exercise(
        id="1.6.1",
        title="A model that begins where you say",
        answer="starting_at",
        check=_check_starting_at,
        wrong=(
            Planted(source=_starting(outside=_MODEL, inside="pass", returned="model"), message="is a model, expected"),
            Planted(source=_starting(outside=_MODEL, inside="pass"), message="gave the same model"),
            Planted(
                source=_starting(inside="model = nn.Linear(1, 1); model.weight.data.fill_(w)"), message="the bias of"
            ),
            Planted(
                source=_starting(
                    inside=f"{_MODEL}; model.weight = nn.Parameter(model.weight.data, requires_grad=False)"
                ),
                message="takes no gradient",
            ),
        ),
    ),
    Exercise(
        id="1.6.2",
        title="Find three faults",
        answer="train_epochs",
        check=_check_train_epochs,
        wrong=(
            Planted(source=_faulty(stop="len(X) - batch_size"), message="the loop over the batches ends too early"),
            Planted(source=_faulty(between="optimizer.zero_grad()"), message="the parameters are what they were"),
            Planted(source=_faulty(shuffle="X = X[order]"), message="Whatever reorders X must reorder y"),
            Planted(source=_faulty(zero="pass"), message="the gradient of its own batch alone"),
        ),
    ),
    Exercise(
        id="1.6.3",
        title="Write the loop as one function",
        answer="fit",
        check=_check_fit,
        wrong=(
            Planted(source=_fit(zero="pass"), message="Is each step zero_grad"),
            Planted(source=_fit(loss="loss"), message="append loss.item()"),
            Planted(source=_fit(stop="pass"), message="returned 12 losses, expected 10"),
            Planted(
                source=_fit(batches="[part for part in order.split(batch_size or len(X)) if len(part) > 3]"),
                message="its last batch holds what is left",
            ),
            Planted(
                source=_fit(
                    batches="[order] if batch_size is None else [torch.randint(len(X), (size,)) for size in (4, 4, 3)]"
                ),
                message="do not draw each batch anew",
            ),
            Planted(
                source=_fit(
                    before="order = torch.randperm(len(X)) if batch_size else torch.arange(len(X))", order="pass"
                ),
                message="draw a fresh permutation",
            ),
            Planted(source=_fit(targets="y[rows.sort().values]"), message="Take the same rows of both"),
        ),
    ),
)
