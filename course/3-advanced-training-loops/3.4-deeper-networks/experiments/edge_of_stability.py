"""Where the sharpness of the loss goes when full-batch gradient descent runs on.

Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, 2021. A first look at
seeds 1000 to 1005 gave 0.88 to 1.05 at rate 0.1 after 10,000 steps; the rules were written then.
"""

from functools import partial

import torch
from torch import Tensor

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules

STEPS = 10_000


def sharpness(model: torch.nn.Module) -> float:
    """The largest eigenvalue of the Hessian of the mean squared error on all 100 points of sine."""
    sine, parameters = load("sine"), dict(model.named_parameters())
    sizes = [parameter.numel() for parameter in parameters.values()]

    def loss(vector: Tensor) -> Tensor:
        parts = zip(parameters.items(), vector.split(sizes), strict=True)
        named = {name: part.reshape(parameter.shape) for (name, parameter), part in parts}
        outputs = torch.as_tensor(torch.func.functional_call(model, named, (sine.inputs,)))
        return (outputs - sine.targets).square().mean()

    vector = torch.cat([parameter.detach().reshape(-1) for parameter in parameters.values()])
    return float(torch.linalg.eigvalsh(torch.func.hessian(loss)(vector))[-1])


def share_of_edge(lr: float, seed: int) -> float:
    """Sharpness × rate / 2 after the training: 1 where a parabola would begin to throw gradient descent out."""
    recipe = Recipe(optimizer="sgd", lr=lr, steps=STEPS)
    network = partial(mlp, 1, [8, 8], 1, activation="tanh")
    runs = train_many(network, load("sine"), recipe, seeds=[seed], record_every=STEPS, threads=1)
    return sharpness(runs.model(0)) * lr / 2


experiment = Experiment(
    id="edge-of-stability",
    question="How sharp is the valley that gradient descent ends in?",
    claim="After 10,000 steps of gradient descent with all rows on sine, the network 1→8→8→1 with tanh stands where "
    "sharpness × rate / 2 is between 0.9 and 1.1, typically, at a rate of 0.1 and at 0.2.",
    arms=tuple(
        Trial(name=f"rate {lr:g}", measure=partial(share_of_edge, lr), colour=colour)
        for lr, colour in ((0.1, "#0b7d7d"), (0.2, "#1f5fa8"))
    ),
    measured="sharpness × rate / 2",
    verdict=(rules.typically_within("rate 0.1", 0.9, 1.1), rules.typically_within("rate 0.2", 0.9, 1.1)),
    verify_seeds=32,
)
