"""Linear layers without activations, trained, and then multiplied into one layer."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import Recipe, Runs, load
from looplab.experiments import Arm, Experiment, rules

STEPS = 1000
ROUNDING = 1e-5
"""Of float32: some fifty times its spacing at 1."""


def accuracy_of_collapse(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """Minus log10 of the largest difference between the stack and its one layer, over the largest output."""
    inputs = arm.dataset().inputs
    outputs = runs.predict(inputs)
    collapsed = torch.stack([collapse(runs.model(replica), inputs) for replica in range(len(outputs))])
    difference = (outputs - collapsed).abs().amax(dim=(1, 2)) / outputs.abs().amax(dim=(1, 2))
    return -difference.clamp(min=1e-8).log10()


def collapse(model: nn.Module, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "N O"]:
    """The outputs of X @ W + b, where W and b are the product of the stack's layers."""
    weight, bias = torch.eye(inputs.shape[1]), torch.zeros(inputs.shape[1])
    for layer in model.children():
        assert isinstance(layer, nn.Linear)
        weight, bias = weight @ layer.weight.T, bias @ layer.weight.T + layer.bias
    return (inputs @ weight + bias).detach()


def arm(*widths: int) -> Arm:
    """A stack of linear layers with nothing between them."""
    sizes = [2, *widths, 1]
    return Arm(
        name=f"{len(widths) + 1} layers",
        model=lambda: nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes))),
        dataset=lambda: load("moons"),
        recipe=Recipe(optimizer="adam", lr=0.05, steps=STEPS),
        record_every=STEPS,
        colour="#6b6b6b",
    )


experiment = Experiment(
    id="linear-stack-collapses",
    question="What does a stack of linear layers compute when no activation stands between them?",
    claim="A trained stack of two or four linear layers gives, to the rounding of float32, the outputs of one "
    "linear layer whose weights are the product of theirs.",
    arms=(arm(8), arm(8, 8, 8)),
    measure=accuracy_of_collapse,
    measured="digits to which the stack equals its one layer",
    verdict=(rules.rate_above("2 layers", exceeds=5, above=0.9), rules.rate_above("4 layers", exceeds=5, above=0.9)),
)
