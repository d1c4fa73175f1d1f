"""How the noise of a batch's gradient falls with the number of its rows: new rows and a random point for each seed."""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import load, mlp
from looplab.experiments import Experiment, Trial, rules

from ._batch_race import FEATURES

SIZES, DRAWS = torch.tensor([1, 4, 16, 64, 256]), 200
Gradients = Float[Tensor, "N P"]  # of each row's own loss, one row each


def of_linear_model(seed: int) -> Gradients:
    """2 (ŷ − y) x for 10,000 rows of 20 features that correlate by a half, and a bias, at random weights."""
    del seed  # torch's generator has it
    features = (torch.randn(10_000, 1) + torch.randn(10_000, FEATURES)) / 2**0.5
    y = features @ torch.randn(FEATURES, 1) + 1 + torch.randn(10_000, 1)
    X = torch.hstack([features, torch.ones(len(features), 1)])
    return 2 * (X @ torch.randn(X.shape[1], 1) - y) * X


def of_network(seed: int) -> Gradients:
    """Those of a new network with 8 ReLU units on new moons, by autograd row by row."""
    data, model = load("moons", seed=seed), mlp(2, [8], 1)
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(torch.func.functional_call(model, parameters, (x,)), y)

    gradients = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(parameters, data.inputs, data.targets)
    return torch.hstack([gradient.flatten(start_dim=1) for gradient in gradients.values()])


def exponent(seed: int, *, of_rows: Callable[[int], Gradients]) -> float:
    """The p in noise ∝ B^p: the slope of log noise over log B, by least squares."""
    gradients = of_rows(seed).double()
    batches = [gradients[torch.randint(len(gradients), (DRAWS, size))].mean(dim=1) for size in SIZES.tolist()]
    mean = gradients.mean(dim=0)
    noise = torch.stack([(batch - mean).square().sum(dim=1).mean().sqrt() for batch in batches])
    x = SIZES.double().log() - SIZES.double().log().mean()
    return float((x * noise.log()).sum() / x.square().sum())


experiment = Experiment(
    id="gradient-noise-falls-with-root-batch",
    question="How does the noise of the gradient depend on the batch size?",
    claim="At random parameters and on rows drawn anew, the standard deviation of a batch's gradient falls in "
    "proportion to one over the root of the batch size, for a linear model and for a network.",
    arms=(
        Trial(name="linear model", measure=partial(exponent, of_rows=of_linear_model), colour="#6b6b6b"),
        Trial(name="network", measure=partial(exponent, of_rows=of_network)),
    ),
    measured="exponent p of the standard deviation ∝ Bᵖ, over batch sizes from 1 to 256",
    verdict=(rules.typically_within("linear model", -0.52, -0.48), rules.typically_within("network", -0.52, -0.48)),
    verify_seeds=64,
)
