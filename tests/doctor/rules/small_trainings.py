"""Small trainings that a test puts a fault into: classes, two classes and numbers from the same kind of rows."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import looplab.doctor
from looplab.doctor import Diagnosis, Finding

CLASSES = 4


def rows(number: int = 256, features: int = 6) -> Tensor:
    return torch.randn(number, features, generator=torch.Generator().manual_seed(1))


def quarters(x: Tensor) -> Tensor:
    """Which quarter of the plane the first two features are in: classes that a linear model tells apart in part."""
    return (x[:, 0] > 0).long() * 2 + (x[:, 1] > 0).long()


def opposite(x: Tensor) -> Tensor:
    """Whether the first two features have opposite signs, (N, 1): what no linear model can tell."""
    return ((x[:, 0] > 0) ^ (x[:, 1] > 0)).float()[:, None]


def product(x: Tensor) -> Tensor:
    """A number at unit scale, (N, 1)."""
    return (x[:, 0] * x[:, 1] + x[:, 2])[:, None] / 2**0.5


def series(number: int = 192, length: int = 8) -> tuple[Tensor, Tensor]:
    """Series (N, T, C) whose first step shows the class, and the class."""
    random = torch.Generator().manual_seed(2)
    y = torch.randint(0, CLASSES, (number,), generator=random)
    x = 0.1 * torch.randn(number, length, CLASSES, generator=random)
    x[torch.arange(number), 0, y] += 1
    return x, y


def net(inputs: int, outputs: int, hidden: int = 32) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def diagnosed(
    model: nn.Module,
    loss_fn: Callable[..., Any],
    x: Tensor,
    y: Tensor,
    *,
    lr: float = 0.02,
    epochs: int = 10,
    size: int = 32,
    step: Any = None,
    method: type[torch.optim.Adam | torch.optim.SGD] = torch.optim.Adam,
) -> Diagnosis:
    """The diagnosis of a training."""
    optimizer = method([each for each in model.parameters() if each.requires_grad], lr=lr)
    batches = list(zip(x.split(size), y.split(size), strict=True))
    return looplab.doctor.examine(model, optimizer, loss_fn, batches, step=step, epochs=epochs)


def found(diagnosis: Diagnosis, fault: str) -> Finding:
    """The finding of a fault, which must be first or second."""
    names = [each.fault for each in diagnosis.findings[:2]]
    assert fault in names, str(diagnosis)
    finding = diagnosis.findings[names.index(fault)]
    assert finding.level == "fault", str(diagnosis)
    return finding


def is_silent(diagnosis: Diagnosis, fault: str) -> bool:
    """Whether a fault is not called one."""
    return all(each.fault != fault or each.level != "fault" for each in diagnosis.findings)
