"""The gradient of an L2 penalty against shrinking the weights, with SGD and with Adam."""

import torch
from torch import Tensor, nn

from looplab import load, mlp
from looplab.experiments import Experiment, Trial, rules

STRENGTH, STEPS = 0.01, 20


def parameters_after(optimizer: type[torch.optim.Optimizer], lr: float, seed: int, *, penalty: bool) -> Tensor:
    """All parameters of a network on the moons after 20 steps: penalty in the loss, or weights shrunk each step."""
    moons = load("moons")
    torch.manual_seed(seed)
    model = mlp(2, [8], 1, activation="tanh")
    update = optimizer(model.parameters(), lr=lr)  # type: ignore[call-arg]
    for _ in range(STEPS):
        update.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(moons.inputs), moons.targets)
        if penalty:
            loss = loss + STRENGTH / 2 * sum((parameter**2).sum() for parameter in model.parameters())
        loss.backward()
        if not penalty:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(1 - lr * STRENGTH)
        update.step()
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def difference(optimizer: type[torch.optim.Optimizer], lr: float, seed: int) -> float:
    """How far apart the two end, as a share of the parameters' length."""
    penalized, decayed = (parameters_after(optimizer, lr, seed, penalty=penalty) for penalty in (True, False))
    return float((penalized - decayed).norm() / decayed.norm())


experiment = Experiment(
    id="l2-is-not-weight-decay-under-adam",
    question="Are an L2 penalty and weight decay the same?",
    claim="With the same strength, an L2 penalty and weight decay lead to the same parameters under SGD, up to "
    "rounding, and to parameters more than a quarter of their length apart under Adam.",
    arms=(
        Trial(name="SGD", measure=lambda seed: difference(torch.optim.SGD, 0.1, seed), colour="#6b6b6b"),
        Trial(name="Adam", measure=lambda seed: difference(torch.optim.Adam, 0.05, seed), colour="#1f5fa8"),
    ),
    measured="distance between the parameters, relative to their length",
    logarithmic=True,
    verdict=(rules.typically_below("SGD", 1e-5), rules.typically_above("Adam", 0.25)),
    verify_seeds=24,
)
