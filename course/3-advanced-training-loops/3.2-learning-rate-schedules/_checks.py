"""The checks of the exercises of lesson 3.2."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_module, kind_in_words

__all__ = ["check_factor", "check_fit", "check_suggest", "check_train_averaged"]


def check_factor(factor: Any) -> None:
    """3.2.1: every step of some schedules, with mistakes told apart by all their factors together."""
    for steps, warmup, end in ((10, 4, 0.1), (5, 2, 0.0), (8, 1, 0.25)):
        name = f"factor(step, steps={steps}, warmup={warmup}, end={end:g})"
        found = [_number(call(factor, t, steps, warmup, end), name) for t in range(steps)]
        right = [_factor(t, steps, warmup, end) for t in range(steps)]
        for step, (ours, theirs) in enumerate(zip(found, right, strict=True)):
            if not abs(ours - theirs) < 1e-5:
                mistake = _factor_mistake(found, steps, warmup, end)
                raise WrongAnswer(f"{name} is {ours:.4f} in step {step}, expected {theirs:.4f}. {mistake}")


def _factor(step: int, steps: int, warmup: int, end: float, *, begun: int = 1, turn: float = math.pi) -> float:
    if step < warmup:
        return (step + 1) / warmup
    return end + (1 - end) * (1 + math.cos(turn * (step - warmup + begun) / (steps - warmup))) / 2


def _factor_mistake(found: list[float], steps: int, warmup: int, end: float) -> str:
    every = range(steps)
    if found[0] == 0:
        return "A rate of 0 in step 0 is a step for nothing: it begins at 1 / warmup."
    for wrong, sentence in (
        (
            [_factor(t, steps, warmup, end, begun=0) for t in every],
            "It never reaches its end: the last step, steps - 1, must have the factor `end`.",
        ),
        ([_factor(t, steps, warmup, end, turn=180) for t in every], "math.cos takes radians: 180 degrees are math.pi."),
        ([_factor(t, steps, warmup, end, turn=1) for t in every], "The factor pi is missing inside the cosine."),
        ([_factor(t, steps, warmup, 0) for t in every], "It falls to 0: it must fall to `end`."),
    ):
        if _same(found, wrong):
            return sentence
    whole = [end + (1 - end) * (1 + math.cos(math.pi * (t + 1) / steps)) / 2 for t in range(warmup, steps)]
    if _same(found[warmup:], whole):
        return "It jumps where the decay begins: count the share that is done from the end of the warm-up."
    return "It rises to 1 in step warmup - 1 and falls along half a cosine to `end` in step steps - 1."


def check_fit(fit: Any) -> None:
    """3.2.2: the rates of all updates, and the parameters that they lead to."""
    epochs, lr = 3, 0.2
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    expected = copy.deepcopy(network)
    X, y = torch.randn(20, 2), torch.randn(20, 1)
    rates = [lr * (1 + math.cos(math.pi * epoch / epochs)) / 2 for epoch in range(epochs) for _ in range(3)]
    for rate, rows in zip(rates, [*torch.arange(20).split(8)] * epochs, strict=True):
        _descend(expected, X[rows], y[rows], rate)
    found = _train(fit, network, X, y, epochs, lr)
    name = "fit of 20 rows, 3 epochs, lr=0.2"
    if not isinstance(found, list | tuple) or len(found) != len(rates):
        got = f"{len(found)} values" if isinstance(found, list | tuple) else kind_in_words(found)
        raise WrongAnswer(f"{name} returned {got}, expected a list of 9 rates, one for each update.")
    found = [_number(rate, f"a rate of {name}") for rate in found]
    if not _same(found, rates):
        listed = ", ".join(f"{rate:.3f}" for rate in found)
        raise WrongAnswer(f"{name} used the rates {listed}; expected 0.2, 0.15, 0.05, thrice each. {_fit_hint(found)}")
    for (part, ours), theirs in zip(network.named_parameters(), expected.parameters(), strict=True):
        hint = "The rates are right, but the network was not trained with them: zero_grad, backward, step."
        expect_close(ours.detach(), theirs.detach(), name=f"the network's {part} after {name}", hint=hint)


def _fit_hint(found: list[float]) -> str:
    if _same(found, [found[0]] * 9):
        return "The rate never changes: call scheduler.step()."
    if not _same(found[:3], [found[0]] * 3):
        return "They change within an epoch: scheduler.step() stands where it is called once per batch."
    if found[0] < 0.199:
        return "The first epoch has no full rate: scheduler.step() is called before the first update."
    return "T_max counts calls of scheduler.step(), and it is called once per epoch."


def check_suggest(suggest: Any) -> None:
    """3.2.3: curves with a steepest fall, a lowest loss, another fall beyond it, and NaN at the end."""
    rates = torch.logspace(-3, 1, 9)
    nan, inf = torch.nan, torch.inf
    for curve in (
        [0.70, 0.69, 0.64, 0.60, 0.45, 0.38, 0.36, 0.50, 0.90],
        [0.70, 0.66, 0.65, 0.63, 0.50, 0.41, 0.39, nan, nan],
        [0.70, 0.69, 0.60, 0.57, 0.52, 0.50, 3.00, 0.80, 2.00],
        [0.70, 0.67, 0.66, 0.64, 0.63, 0.45, 0.60, inf, nan],
    ):
        losses = torch.tensor(curve)
        lowest = int(losses.nan_to_num(nan=inf).argmin())
        falls = losses[:lowest] - losses[1 : lowest + 1]
        right = float(rates[int(falls.argmax())])
        name = f"suggest for losses {curve} at rates from 0.001 to 10"
        found = _number(call(suggest, rates, losses), name)
        if not math.isclose(found, right, rel_tol=1e-3):
            hint = _suggest_hint(found, rates, losses, lowest)
            raise WrongAnswer(f"{name} is {found:.4g}, expected {right:.4g}. {hint}")


def _suggest_hint(found: float, rates: Tensor, losses: Tensor, lowest: int) -> str:
    place = int((rates - found).abs().argmin())
    falls = losses[:lowest] - losses[1 : lowest + 1]
    cut = int(losses.argmin())
    if losses.isnan().any() and place == int((losses[:cut] - losses[1 : cut + 1]).argmax()):
        return "argmin takes NaN for the lowest loss: fill NaN with infinity first."
    if place == lowest:
        return "This is the rate of the lowest loss, just before it blows up: take that of the steepest fall."
    if place > lowest:
        return "This fall lies beyond the lowest loss, where the training has blown up."
    if place == int(falls.argmin()):
        return "There it falls least: the fall is losses[k] - losses[k + 1]."
    if place == int((falls / rates.diff()[:lowest]).argmax()):
        return "This divides the fall by the distance of the rates, which favours small ones: take the fall alone."
    return "Take the rate before the largest fall from one loss to the next."


def check_train_averaged(train_averaged: Any) -> None:
    """3.2.4: parameters and buffers of the average, and the network's own, after a few steps."""
    steps, lr, decay = 4, 0.1, 0.8
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    start, expected, average = (copy.deepcopy(network) for _ in range(3))
    X, y = 1 + torch.randn(12, 2), torch.randn(12, 1)
    for _ in range(steps):
        _descend(expected, X, y, lr)
        for mean, part in zip(average.parameters(), expected.parameters(), strict=True):
            mean.data.lerp_(part.data, 1 - decay)
    found = expect_module(_train(train_averaged, network, X, y, steps, lr, decay), name="train_averaged")
    name = f"after {steps} steps with decay={decay}"
    _expect_own_way(_flat(network), _flat(expected), _flat(start), name)
    ours, right = _flat(found), _flat(average)
    if ours.shape != right.shape:
        raise WrongAnswer("The average has other parameters than the network: begin with a copy of it.")
    if not torch.allclose(ours, right, atol=1e-5):
        hint = _average_hint(ours, start, expected, decay)
        raise WrongAnswer(f"The average's parameters {name} are not right. {hint}")
    for (buffer, value), theirs, first in zip(found.named_buffers(), expected.buffers(), start.buffers(), strict=True):
        if torch.equal(value, first):
            raise WrongAnswer(f"The average's buffers are still those of the start, such as {buffer}: copy them.")
        expect_close(value, theirs, name=f"the average's {buffer} {name}", hint="Buffers are copied, not averaged.")


def _expect_own_way(ours: Tensor, right: Tensor, start: Tensor, name: str) -> None:
    if torch.allclose(ours, right, atol=1e-5):
        return
    if torch.equal(ours, start):
        raise WrongAnswer("The network was not trained in place: give its own parameters to the optimizer.")
    raise WrongAnswer(
        f"The network's parameters {name} are not those of SGD: the training must go on from its own parameters, "
        "and the average only looks on."
    )


def _average_hint(ours: Tensor, start: nn.Module, trained: nn.Module, decay: float) -> str:
    last, first = _flat(trained), _flat(start)
    if torch.allclose(ours, last, atol=1e-5):
        return "They are the network's own: the average is the network itself, or a copy of its end. Use copy.deepcopy."
    if torch.allclose(ours, first, atol=1e-5):
        return "They are those of the start: update the average after each step."
    if (ours - last).norm() < 0.5 * (first - last).norm():
        return "They are too close to the network's: the shares are the other way round, or decay is not used."
    if ours.norm() < 0.75 * first.norm():
        return "They shrink towards 0, as if it averages gradients: average the parameters after the update."
    return f"After each update it keeps {decay} of itself and takes {1 - decay:g} from the network."


def _train(answer: Any, network: nn.Module, X: Tensor, y: Tensor, *settings: float) -> Any:
    """What the answer returns; it may change the network, and nothing else."""
    rows = {"X": (X, X.clone()), "y": (y, y.clone())}
    result = call(answer, network, X, y, *settings, in_place=True)
    for name, (now, before) in rows.items():
        if not torch.equal(now, before):
            raise WrongAnswer(f"{name} was changed in place: train the network, and only read the rows.")
    return result


def _descend(network: nn.Module, X: Tensor, y: Tensor, lr: float) -> None:
    """One step of gradient descent on the mean squared error."""
    loss = nn.functional.mse_loss(network(X), y)
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    for part, gradient in zip(network.parameters(), gradients, strict=True):
        part.data.sub_(lr * gradient)


def _flat(network: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def _same(found: list[float], right: list[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) for a, b in zip(found, right, strict=True))


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = " Take it out with .item()." if isinstance(value, Tensor) else ""
        raise WrongAnswer(f"{name} returned {kind_in_words(value)}, expected a number.{hint}")
    return float(value)
