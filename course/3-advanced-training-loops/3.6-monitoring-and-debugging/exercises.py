"""Exercises of lesson 3.6, "Monitoring and debugging": ten broken trainings to repair, in four groups."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_almost_right, check_regressions, check_still, check_stuck

__all__ = ["EXERCISES"]

_STILL = """
import copy
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce


def small(): return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))


def training_1(X, y, X_new, seed):
    torch.manual_seed(seed)
    network = small()
    optimizer = torch.optim.Adam(network.parameters(), lr={rate})
    {copied}
    for _ in range(200):
        optimizer.zero_grad()
        bce(network(X), y).backward()
        optimizer.step()
    return network(X_new).detach()


def training_2(X, y, X_new, seed):
    torch.manual_seed(seed)
    network = small()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss = bce(network(X){cut}, y)
        {forced}
        loss.backward()
        optimizer.step()
    return network(X_new).detach()


def training_3(X, y, X_new, seed):
    torch.manual_seed(seed)
    network = small()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(200):
        bce(network(X), y).backward()
        {order}
    return network(X_new).detach()


def outputs(X, y, X_new, seed):
    return [training(X, y, X_new, seed) for training in (training_1, training_2, training_3)]
"""


def _still(
    *, rate: str = "0.05", copied: str = "pass", cut: str = "", forced: str = "pass", order: str = "step, zero"
) -> str:
    names = {"step": "optimizer.step()", "zero": "optimizer.zero_grad()"}
    lines = "; ".join(names[name] for name in order.split(", "))
    return _STILL.format(rate=rate, copied=copied, cut=cut, forced=forced, order=lines)


_STUCK = """
import torch
from torch import nn
from torch.nn.functional import cross_entropy, nll_loss


def trained(X, y, X_new, seed, *, end=(), stepped="epoch", mixed=False, loss=cross_entropy):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10), *end)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    if mixed:
        X, y = X[torch.randperm(len(X))], y[torch.randperm(len(y))]
    for _ in range(15):
        for rows in torch.randperm(len(X)).split(40):
            optimizer.zero_grad()
            loss(network(X[rows]), y[rows]).backward()
            optimizer.step()
            if stepped == "batch":
                schedule.step()
        if stepped == "epoch":
            schedule.step()
    return network(X_new).detach()


def outputs(X, y, X_new, seed):
    return [
        trained(X, y, X_new, seed, {fourth}), trained(X, y, X_new, seed, {fifth}), trained(X, y, X_new, seed, {sixth})
    ]
"""


def _stuck(fourth: str = "", fifth: str = "", sixth: str = "") -> str:
    return _STUCK.format(fourth=fourth, fifth=fifth, sixth=sixth)


_REGRESSIONS = """
import torch
from torch import nn


def trained(X, y, X_new, seed, column):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(300):
        optimizer.zero_grad()
        guesses = network(X)[:, 0] if column else network(X)
        ((guesses - y) ** 2).mean().backward()
        optimizer.step()
    return network(X_new)[:, 0].detach()


def scaled(rows, by):
    return (rows - by.mean(dim=0)) / by.std(dim=0)


def outputs(X, y, X_new, seed):
    seventh = trained(scaled(X, X), y, scaled(X_new, X), seed, {column})
    return [seventh, trained({own}, y, {new}, seed, True)]
"""


def _regressions(*, column: bool = True, own: str = "scaled(X, X)", new: str = "scaled(X_new, X)") -> str:
    return _REGRESSIONS.format(column=column, own=own, new=new)


_ALMOST = """
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce


def training_9(X, y, X_new, seed):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        bce(network(X), y).backward()
        optimizer.step()
    {mode}
    with torch.no_grad():
        return network(X_new)


def training_10(X, y, X_new, seed):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.SGD(network.parameters(), lr={rate})
    for _ in range(300):
        {zero}
        bce(network(X), y).backward()
        optimizer.step()
    return network(X_new).detach()


def outputs(X, y, X_new, seed):
    return [training_9(X, y, X_new, seed), training_10(X, y, X_new, seed)]
"""


def _almost(*, mode: str = "network.eval()", rate: str = "0.5", zero: str = "optimizer.zero_grad()") -> str:
    return _ALMOST.format(mode=mode, rate=rate, zero=zero)


EXERCISES = (
    Exercise(
        id="3.6.1",
        title="Three that stand still",
        answer="outputs",
        check=check_still,
        wrong=(
            Planted(source=_still(copied="network = copy.deepcopy(network)"), message="Training 1 does not learn yet"),
            Planted(
                source=_still(copied="network = copy.deepcopy(network)", rate="1.0"), message="does the optimizer hold"
            ),
            Planted(source=_still(cut=".detach()", forced="loss.requires_grad_()"), message="where does the graph end"),
            Planted(source=_still(order="zero, step"), message="right before optimizer.step()"),
        ),
        time_limit_seconds=60.0,
    ),
    Exercise(
        id="3.6.2",
        title="Three that get stuck",
        answer="outputs",
        check=check_stuck,
        wrong=(
            Planted(source=_stuck(fourth="end=[nn.Softmax(dim=1)]"), message="Training 4 does not learn yet"),
            Planted(source=_stuck(fourth="end=[nn.Softmax(dim=1)], loss=nll_loss"), message="that has every row right"),
            Planted(source=_stuck(fifth="stepped='batch'"), message="Print the learning rate after each epoch"),
            Planted(source=_stuck(sixth="mixed=True"), message="images beside the labels"),
        ),
        time_limit_seconds=60.0,
    ),
    Exercise(
        id="3.6.3",
        title="Two that predict badly",
        answer="outputs",
        check=check_regressions,
        wrong=(
            Planted(source=_regressions(column=False), message="Print the shapes of outputs and targets"),
            Planted(source=_regressions(new="scaled(X_new, X_new)"), message="the same row with 9"),
            Planted(source=_regressions(own="X", new="X_new"), message="by the numbers of the training rows"),
            Planted(source=_regressions(new="X_new"), message="Training 8 does not learn yet"),
        ),
        time_limit_seconds=60.0,
    ),
    Exercise(
        id="3.6.4",
        title="Two that look nearly right",
        answer="outputs",
        check=check_almost_right,
        wrong=(
            Planted(source=_almost(mode="pass"), message="in which mode is the network when it predicts"),
            Planted(source=_almost(mode="network.train()"), message="among 300"),
            Planted(source=_almost(zero="pass"), message="Training 10 does not learn yet"),
            Planted(source=_almost(zero="pass", rate="0.01"), message="A lower rate only slows it down"),
        ),
        time_limit_seconds=60.0,
    ),
)
