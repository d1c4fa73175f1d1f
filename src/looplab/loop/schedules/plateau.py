"""A learning rate that falls where the loss no longer does: PyTorch's own `ReduceLROnPlateau`."""

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from looplab.loop.schedules.schedule import Number, Schedule
from looplab.registry import Cannot

__all__ = ["PLATEAU"]


def _factor(step: int, steps: int) -> float:
    return 1.0


def _follows(
    optimizer: torch.optim.Optimizer,
    *,
    factor: Number = 0.1,
    patience: int = 10,
    threshold: Number = 1e-4,
    threshold_mode: str = "rel",
    cooldown: int = 0,
    min_lr: Number = 0.0,
    eps: Number = 1e-8,
) -> ReduceLROnPlateau:
    return ReduceLROnPlateau(
        optimizer,
        factor=factor,
        patience=patience,
        threshold=threshold,
        threshold_mode=threshold_mode,  # type: ignore[arg-type]  # torch checks it
        cooldown=cooldown,
        min_lr=min_lr,
        eps=eps,
    )


PLATEAU = Schedule(
    name="plateau",
    description="times `factor` when more than `patience` recorded losses in a row were no better than the best",
    factor=_factor,
    follows=_follows,
    varies=False,
    unstacked=Cannot("what it does depends on the losses"),
)
