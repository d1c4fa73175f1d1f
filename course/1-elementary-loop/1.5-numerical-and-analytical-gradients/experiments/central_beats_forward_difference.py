"""Error of forward and central differences, against autograd, with one step and with each one's best."""

import torch
from torch import Tensor

from looplab.experiments import Experiment, Trial, rules

STEPS = torch.logspace(-12, -1, 45).double().tolist()
ONE_STEP = [1e-4]


def random_loss() -> tuple[Tensor, Tensor, Tensor]:
    """20 rows x and y around a decay b·exp(-w·x), and a place (w, b), in float64."""
    x = 3 * torch.rand(20).double()
    w, b = 0.5 + torch.rand(2).double()
    y = b * torch.exp(-w * x) + 0.1 * torch.randn(20).double()
    return x, y, 0.5 + torch.rand(2).double()


def loss(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of the decay with w and b = theta."""
    return (theta[1] * torch.exp(-theta[0] * x) - y).square().mean()


def error(central: bool, h: float, place: Tensor, x: Tensor, y: Tensor) -> float:
    """Length of the difference between the numerical gradient and autograd's, over the length of the latter."""
    place = place.clone().requires_grad_()
    (exact,) = torch.autograd.grad(loss(place, x, y), place)
    with torch.no_grad():
        found = torch.empty_like(place)
        for i, direction in enumerate(torch.eye(2).double()):
            above = loss(place + h * direction, x, y)
            below = loss(place - h * direction if central else place, x, y)
            found[i] = (above - below) / (2 * h if central else h)
    return float((found - exact).norm() / exact.norm())


def lowest_error(central: bool, steps: list[float]) -> float:
    """The lowest error of these steps."""
    x, y, place = random_loss()
    return min(error(central, h, place, x, y) for h in steps)


experiment = Experiment(
    id="central-beats-forward-difference",
    question="Is a central difference nearer to the gradient than a forward one?",
    claim="In float64, central differences are nearer to the gradient than forward differences for more than nine in "
    "ten losses of decays drawn anew, with a step of 0.0001 and with each one's best step.",
    arms=(
        Trial(name="forward, h = 1e-4", measure=lambda seed: lowest_error(False, ONE_STEP), colour="#6b6b6b"),
        Trial(name="central, h = 1e-4", measure=lambda seed: lowest_error(True, ONE_STEP)),
        Trial(name="forward, best h", measure=lambda seed: lowest_error(False, STEPS), colour="#6b6b6b"),
        Trial(name="central, best h", measure=lambda seed: lowest_error(True, STEPS)),
    ),
    measured="error of the gradient, relative",
    verdict=(
        rules.lower_in_share("central, h = 1e-4", than="forward, h = 1e-4", above=0.9),
        rules.lower_in_share("central, best h", than="forward, best h", above=0.9),
    ),
    logarithmic=True,
    verify_seeds=64,
)
