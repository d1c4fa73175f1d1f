"""The gradient set to zero at three places of the loop, and at none, from the same start on the same new rows."""

from collections.abc import Callable
from functools import cache, partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import load, mlp
from looplab.experiments import Experiment, Trial, rules

STEPS = 10


def trained(zero_at: str, seed: int) -> Float[Tensor, " P"]:
    """All weights and biases of a small network after a few steps; start and rows both come from the seed."""
    data = load("moons", seed=seed)
    torch.manual_seed(seed)
    model = mlp(2, [8], 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, fused=True)
    for _ in range(STEPS):
        if zero_at == "before the forward pass":
            optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(data.inputs), data.targets)
        if zero_at == "before backward":
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if zero_at == "after step":
            optimizer.zero_grad()
    return nn.utils.parameters_to_vector(model.parameters()).detach()


reference: Callable[[int], Float[Tensor, " P"]] = cache(partial(trained, "before the forward pass"))


def share_identical(zero_at: str, seed: int) -> float:
    """The share of parameters that equal, to the bit, those of zeroing before the forward pass."""
    return (trained(zero_at, seed) == reference(seed)).double().mean().item()


experiment = Experiment(
    id="zero-grad-order",
    question="Where in the loop does zero_grad go?",
    claim="With another start and other rows for each seed, zeroing the gradient before backward or after step ends "
    "with weights identical, to the bit, to those of zeroing it before the forward pass; never zeroing it leaves "
    "fewer than a fifth of them equal.",
    arms=tuple(
        Trial(name=place, measure=partial(share_identical, place), colour=colour)
        for place, colour in (("before backward", "#1f5fa8"), ("after step", "#1f5fa8"), ("never", "#b84f00"))
    ),
    measured="share of parameters identical to those of zeroing before the forward pass",
    verdict=(
        rules.rate_above("before backward", exceeds=0.999, above=0.95),
        rules.rate_above("after step", exceeds=0.999, above=0.95),
        rules.typically_below("never", 0.2),
    ),
    verify_seeds=128,
)
