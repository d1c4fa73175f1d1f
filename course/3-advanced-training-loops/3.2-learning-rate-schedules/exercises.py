"""Exercises of lesson 3.2, "Learning-rate schedules": a factor, a scheduler's place, a suggestion, an average."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_factor, check_fit, check_suggest, check_train_averaged

__all__ = ["EXERCISES"]

_FACTOR = """
import math


def factor(step, steps, warmup, end):
    if step < {length}:
        return {rising}
    done = {done}
    return {falling}
"""


def _factor(
    *,
    length: str = "warmup",
    rising: str = "(step + 1) / warmup",
    done: str = "(step - warmup + 1) / (steps - warmup)",
    falling: str = "end + (1 - end) * (1 + math.cos(math.pi * done)) / 2",
) -> str:
    return _FACTOR.format(length=length, rising=rising, done=done, falling=falling)


_FIT = """
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR


def fit(network, X, y, epochs, lr):
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    scheduler = CosineAnnealingLR(optimizer, T_max={calls})
    rates = []
    for _ in range(epochs):
        {first}
        for inputs, targets in zip(X.split(8), y.split(8)):
            optimizer.zero_grad()
            nn.functional.mse_loss(network(inputs), targets).backward()
            {update}
        {last}
    return rates
"""
_RECORD = 'rates.append(optimizer.param_groups[0]["lr"])'


def _fit(
    *,
    calls: str = "epochs",
    first: str = "pass",
    update: str = f"{_RECORD}; optimizer.step()",
    last: str = "scheduler.step()",
) -> str:
    return _FIT.format(calls=calls, first=first, update=update, last=last)


def _suggest(body: str) -> str:
    return f"import torch\ndef suggest(rates, losses):\n    {body}\n"


_CUT = "fallen = losses[: int(losses.nan_to_num(nan=torch.inf).argmin()) + 1]; "

_AVERAGED = """
import copy
import torch
from torch import nn


def train_averaged(network, X, y, steps, lr, decay):
    average = {average}
    {before}
    optimizer = torch.optim.SGD({trained}.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(network(X), y).backward()
        {update}
        with torch.no_grad():
            for a, p in zip(average.parameters(), network.parameters()):
                {mean}
            for a, b in zip(average.buffers(), network.buffers()):
                {buffers}
    return average
"""


def _averaged(
    *,
    average: str = "copy.deepcopy(network)",
    before: str = "pass",
    trained: str = "network",
    update: str = "optimizer.step()",
    mean: str = "a.mul_(decay).add_(p, alpha=1 - decay)",
    buffers: str = "a.copy_(b)",
) -> str:
    return _AVERAGED.format(average=average, before=before, trained=trained, update=update, mean=mean, buffers=buffers)


EXERCISES = (
    Exercise(
        id="3.2.1",
        title="A cosine with warm-up",
        answer="factor",
        check=check_factor,
        wrong=(
            Planted(source=_factor(rising="step / warmup"), message="a step for nothing"),
            Planted(source=_factor(done="(step - warmup) / (steps - warmup)"), message="never reaches its end"),
            Planted(
                source=_factor(falling="end + (1 - end) * (1 + math.cos(180 * done)) / 2"), message="takes radians"
            ),
            Planted(source=_factor(falling="end + (1 - end) * (1 + math.cos(done)) / 2"), message="pi is missing"),
            Planted(source=_factor(falling="(1 + math.cos(math.pi * done)) / 2"), message="It falls to 0"),
            Planted(source=_factor(done="(step + 1) / steps"), message="from the end of the warm-up"),
        ),
    ),
    Exercise(
        id="3.2.2",
        title="Where the scheduler stands",
        answer="fit",
        check=check_fit,
        wrong=(
            Planted(
                source=_fit(update=f"{_RECORD}; optimizer.step(); scheduler.step()", last="pass"),
                message="once per batch",
            ),
            Planted(source=_fit(first="scheduler.step()", last="pass"), message="before the first update"),
            Planted(source=_fit(last="pass"), message="never changes"),
            Planted(source=_fit(calls="epochs * len(X.split(8))"), message="T_max counts calls"),
            Planted(source=_fit(update=_RECORD), message="was not trained"),
        ),
    ),
    Exercise(
        id="3.2.3",
        title="What a range test suggests",
        answer="suggest",
        check=check_suggest,
        wrong=(
            Planted(
                source=_suggest("return rates[int(losses.nan_to_num(nan=torch.inf).argmin())].item()"),
                message="the rate of the lowest loss",
            ),
            Planted(
                source=_suggest(
                    "fallen = losses[: int(losses.argmin()) + 1]; "
                    "return rates[int((fallen[:-1] - fallen[1:]).argmax())].item()"
                ),
                message="argmin takes NaN",
            ),
            Planted(
                source=_suggest(_CUT + "return rates[int((fallen[1:] - fallen[:-1]).argmax())].item()"),
                message="falls least",
            ),
            Planted(
                source=_suggest(
                    f"{_CUT}falls = (fallen[:-1] - fallen[1:]) / rates.diff()[: len(fallen) - 1]; "
                    "return rates[int(falls.argmax())].item()"
                ),
                message="divides the fall",
            ),
            Planted(
                source=_suggest(
                    "return rates[int((losses[:-1] - losses[1:]).nan_to_num(nan=-torch.inf).argmax())].item()"
                ),
                message="beyond the lowest loss",
            ),
        ),
    ),
    Exercise(
        id="3.2.4",
        title="A moving average of a training",
        answer="train_averaged",
        check=check_train_averaged,
        wrong=(
            Planted(source=_averaged(average="network", mean="pass", buffers="pass"), message="the network itself"),
            Planted(source=_averaged(buffers="pass"), message="buffers are still those of the start"),
            Planted(source=_averaged(mean="a.mul_(1 - decay).add_(p, alpha=decay)"), message="the other way round"),
            Planted(source=_averaged(mean="a.mul_(decay).add_(p.grad, alpha=1 - decay)"), message="averages gradients"),
            Planted(
                source=_averaged(mean="a.mul_(decay).add_(p, alpha=1 - decay); p.copy_(a)"),
                message="must go on from its own parameters",
            ),
        ),
    ),
)
