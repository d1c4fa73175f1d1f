"""How a training is carried out: the protocol of `looplab.doctor`, in plain PyTorch and without a doctor."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .registry import Loss, Training


class Record(NamedTuple):
    """The losses of all steps, and what the person saw after each epoch."""

    losses: list[float]
    reported: list[float]


def textbook_step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
    """The step that stands for `step=None`."""
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def carry_out(training: Training, after_epoch: Callable[[], None] = lambda: None) -> Record:
    """Trains all epochs; `after_epoch` is called behind each validation."""
    step = training.step or textbook_step
    losses, reported = [], []
    for _ in range(training.epochs):
        for x, y in training.batches():
            loss = step(training.model, training.optimizer, training.loss_fn, x, y)
            losses.append(float(torch.as_tensor(loss).detach()))
        if training.validation is not None and training.validate is not None:
            reported.append(float(training.validate(training.model, *training.validation)))
        after_epoch()
    return Record(losses, reported)
