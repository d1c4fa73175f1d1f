"""The step at which a difference quotient errs least, over a power of the machine precision."""

from collections.abc import Callable

import torch
from torch import Tensor

from looplab.experiments import Trial

SHARES = torch.logspace(-2, 2, 33).tolist()


def loss(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of the decay exp(-w·x): one number a row of x."""
    return (torch.exp(-w[:, None] * x) - y).square().mean(dim=1)


def best_step_over_theory(power: float, dtype: torch.dtype) -> Callable[[int], float]:
    """Seed -> the step with the least error, over ε^power; central differences if it is 1/3, forward if 1/2.

    The error is the geometric mean over 50 losses, each with its own 20 rows and its own w, computed in this type.
    """
    central = power < 0.5

    def measure(seed: int) -> float:
        del seed  # torch's generator has it
        x = (3 * torch.rand(50, 20)).to(dtype)
        y = (torch.exp(-x) + 0.1 * torch.randn(50, 20)).to(dtype)
        w = (0.5 + torch.rand(50)).to(dtype)
        place = w.detach().clone().double().requires_grad_()
        (exact,) = torch.autograd.grad(loss(place, x.double(), y.double()).sum(), place)
        errors = []
        for h in [share * torch.finfo(dtype).eps ** power for share in SHARES]:
            below = loss(w - h if central else w, x, y)
            found = (loss(w + h, x, y) - below) / (2 * h if central else h)
            errors.append(float((found.double() - exact).abs().clamp(min=1e-18).log().mean()))
        return float(SHARES[errors.index(min(errors))])

    return measure


ARMS = (
    Trial(name="central, float32", measure=best_step_over_theory(1 / 3, torch.float32)),
    Trial(name="central, float64", measure=best_step_over_theory(1 / 3, torch.float64)),
    Trial(name="forward, float32", measure=best_step_over_theory(1 / 2, torch.float32), colour="#6b6b6b"),
    Trial(name="forward, float64", measure=best_step_over_theory(1 / 2, torch.float64), colour="#6b6b6b"),
)
NAMES = tuple(arm.name for arm in ARMS)
MEASURED = "best step, over ε^(1/3) for central and ε^(1/2) for forward differences"
