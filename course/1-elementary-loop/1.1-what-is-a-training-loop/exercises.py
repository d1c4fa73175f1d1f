"""Exercises of lesson 1.1, "What is a training loop?": the lines in order, the missing beat, steps by learning rate."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, kind_in_words

__all__ = ["EXERCISES"]

STEP, MEASURE, PREDICT, ZERO, BACKWARD = "A", "B", "C", "D", "E"
LETTERS = STEP + MEASURE + PREDICT + ZERO + BACKWARD


def _check_order(order: Any) -> None:
    given = call(order)
    if not isinstance(given, str):
        raise WrongAnswer(f'order() is {kind_in_words(given)}, expected a text (str) of five letters such as "ABCDE".')
    letters = given.strip().upper()
    if sorted(letters) != list(LETTERS):
        shown = repr(given if len(given) <= 20 else given[:20] + "…")
        raise WrongAnswer(f"order() is {shown}, expected each of the letters A, B, C, D and E once and nothing else.")
    place = letters.index
    if place(MEASURE) < place(PREDICT):
        raise WrongAnswer("In your order B measures the loss of a prediction that C has not made yet: predict first.")
    if place(BACKWARD) < place(MEASURE):
        raise WrongAnswer("In your order E asks for the gradient of a loss that B has not measured yet.")
    if place(STEP) < place(BACKWARD):
        raise WrongAnswer(
            "In your order A updates before E has computed this round's gradient: the first round changes nothing, "
            "and the last gradient is never used."
        )
    if place(BACKWARD) < place(ZERO) < place(STEP):
        raise WrongAnswer("In your order D empties .grad after E has filled it and before A uses it: w never moves.")


def _check_fit(fit: Any) -> None:
    X, y = torch.tensor([[1.0], [2.0], [5.0]]), torch.tensor([[2.4], [3.8], [10.0]])
    after = {steps: _weight(call(fit, X, y, lr=0.025, steps=steps)) for steps in (0, 1, 2, 3)}
    if after[0] != 0:
        raise WrongAnswer(f"fit with no steps gave w = {after[0]:.4g}, expected 0: leave the start as it is.")
    if after[3] == 0:
        raise WrongAnswer(
            "After three steps w is still 0: no gradient reaches the update. A gradient has to be computed after the "
            "loss is measured and before step, and nothing may empty it in between."
        )
    if after[1] == 0:
        raise WrongAnswer(
            "The first step changed nothing: it came before the first gradient. Compute the gradient before step."
        )
    if _near(after[1], -1):
        raise WrongAnswer("After one step w is -1, expected 1: it went up the slope. The update subtracts.")
    if _near(after[1], 1) and _near(after[2], 2.5):
        raise WrongAnswer(
            "The first step is right and the second is not: w is 2.5, expected 1.5. The second gradient was added to "
            "the first one: zero_grad has to stay in the loop."
        )
    for steps, expected in ((1, 1.0), (2, 1.5), (3, 1.75)):
        if not _near(after[steps], expected):
            raise WrongAnswer(
                f"After {steps} step{'s' * (steps > 1)} w is {after[steps]:.4g}, expected {expected:g}. Add the one "
                "line that is missing and leave the others as they are."
            )
    _check_fit_elsewhere(fit, X)


def _check_fit_elsewhere(fit: Any, X: Tensor) -> None:
    other = _weight(call(fit, X, -3 * X, lr=0.05, steps=1))
    if not _near(other, -3):
        raise WrongAnswer(
            f"On other data and with lr 0.05, w is {other:.4g} after one step, expected -3: use the X, y and lr that "
            "fit is given."
        )


def _weight(value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WrongAnswer(
            f"fit returned {kind_in_words(value)}, expected the weight as one number: model.weight.item()."
        )
    return float(value)


def _near(one: float, other: float) -> bool:
    return abs(one - other) < 1e-3


def _check_steps_needed(steps_needed: Any) -> None:
    one_step = _count(call(steps_needed, 0.05))
    if one_step == 0:
        raise WrongAnswer("steps_needed(0.05) is 0: at w = 0 the loss is 40.07. Count the updates, from w = 0.")
    if one_step == 2:
        raise WrongAnswer(
            "steps_needed(0.05) is 2, expected 1: after one update the loss is 0.0667. Look at the loss of the new w "
            "before you count another update."
        )
    for lr, limit, expected in ((0.05, 1000, 1), (0.025, 1000, 7), (0.075, 1000, 7), (0.01, 1000, 22)):
        found = _count(call(steps_needed, lr, limit))
        if found != expected:
            raise WrongAnswer(
                f"steps_needed({lr}) is {found}, expected {expected}. The loss is the mean over the three rows, the "
                "gradient 20 (w - 2), and the count is of updates until the loss is at most 0.07."
            )
    for lr, limit in ((0.1, 50), (0.2, 1000), (0.001, 20)):
        found = _count(call(steps_needed, lr, limit))
        if found != limit:
            raise WrongAnswer(
                f"steps_needed({lr}, limit={limit}) is {found}, expected the limit: so few updates never reach 0.07."
            )


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongAnswer(f"steps_needed returned {kind_in_words(value)}, expected a whole number of updates.")
    return value


_FIT = """
import torch
from torch import nn


def fit(X, y, lr, steps):
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        {body}
    return {result}
"""
_LOSS = "loss = nn.functional.mse_loss(model(X), y)"


def _fit(body: str, result: str = "model.weight.item()") -> str:
    return _FIT.format(body=body, result=result)


_STEPS = """
def steps_needed(lr, limit=1000):
    w, count = 0.0, 0
    while {condition}:
        gradient = {gradient}
        w -= lr * gradient
        count += 1
        if 10 * (w - 2) ** 2 + 1 / 15 <= 0.07:
            break
    return {result}
"""


def _steps(condition: str = "count < limit", gradient: str = "20 * (w - 2)", result: str = "count") -> str:
    return _STEPS.format(condition=condition, gradient=gradient, result=result)


def _order(letters: str) -> str:
    return f'def order():\n    return "{letters}"'


EXERCISES = (
    Exercise(
        id="1.1.1",
        title="Put the lines in order",
        answer="order",
        check=_check_order,
        wrong=(
            Planted(source=_order("DBCEA"), message="that C has not made yet"),
            Planted(source=_order("DCEBA"), message="a loss that B has not measured yet"),
            Planted(source=_order("DCBAE"), message="the last gradient is never used"),
            Planted(source=_order("CBEDA"), message="w never moves"),
            Planted(source=_order("CBEA"), message="each of the letters A, B, C, D and E once"),
            Planted(source="def order():\n    return list('DCBEA')", message="expected a text (str) of five letters"),
        ),
    ),
    Exercise(
        id="1.1.2",
        title="Find the missing beat",
        answer="fit",
        check=_check_fit,
        wrong=(
            Planted(
                source=_fit(f"{_LOSS}; loss.backward(); optimizer.zero_grad(); optimizer.step()"),
                message="no gradient reaches the update",
            ),
            Planted(source=_fit(f"{_LOSS}; loss.backward(); optimizer.step()"), message="added to the first one"),
            Planted(
                source=_fit(f"{_LOSS}; optimizer.step(); optimizer.zero_grad(); loss.backward()"),
                message="The first step changed nothing",
            ),
            Planted(
                source=_fit(f"optimizer.zero_grad(); {_LOSS}; (-loss).backward(); optimizer.step()"),
                message="went up the slope",
            ),
            Planted(
                source=_fit(f"optimizer.zero_grad(); {_LOSS}; loss.backward(); optimizer.step()", result="model"),
                message="returned a Linear",
            ),
        ),
    ),
    Exercise(
        id="1.1.3",
        title="How many steps does a learning rate need?",
        answer="steps_needed",
        check=_check_steps_needed,
        wrong=(
            Planted(source=_steps(result="count + 1"), message="before you count another update"),
            Planted(source=_steps(gradient="10 * (w - 2)"), message="The loss is the mean over the three rows"),
            Planted(source=_steps(result="count - 1"), message="Count the updates"),
            Planted(source=_steps(result="None if count == limit else count"), message="returned nothing"),
            Planted(source=_steps(result="float(count)"), message="expected a whole number of updates"),
            Planted(source=_steps(condition="abs(w) < 1e300"), message="still running after"),
        ),
        time_limit_seconds=4.0,
    ),
)
