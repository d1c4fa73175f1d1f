"""Is tanh good at sine because both lie between -1 and 1? Scale the targets, and the output layer with them.

With start and learning rate of the output layer scaled like the targets, Adam takes the same steps in the hidden layer
and scaled ones in the output layer: all is as before but the range. The rules were written after a look at 64 seeds.
"""

import torch
from torch import nn

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules


def network(activation: str, start: float) -> nn.Sequential:
    """Ten hidden units; the output layer's initial parameters are multiplied by `start`."""
    model = mlp(1, [10], 1, activation=activation)
    with torch.no_grad():
        for parameter in model[-1].parameters():
            parameter.mul_(start)
    return model


def arm(name: str, activation: str, scale: float, start: float = 1.0, rate: float = 1.0) -> Arm:
    """A sine between -scale and scale; start and learning rate of the output layer are multiplied."""
    groups = {} if rate == 1 else {"2.*": {"lr": 0.01 * rate}}
    return Arm(
        name=name,
        model=lambda: network(activation, start),
        dataset=lambda: load("sine", scale=scale),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=1000, groups=groups),
        record_every=1000,
        colour="#0b7d7d" if activation == "tanh" else "#c4570a",
    )


experiment = Experiment(
    id="tanh-range-explanation",
    question="Does tanh fit a sine better because the sine lies in the range of tanh?",
    claim="On a sine between -10 and 10 tanh was expected to lose its lead; found: with start and rate of the output "
    "layer scaled along it ends where it ended between -1 and 1, below ReLU; with the rate unscaled it ends higher.",
    arms=(
        arm("tanh, × 1", "tanh", 1.0),
        arm("tanh, × 10", "tanh", 10.0),
        arm("tanh, × 10, start too", "tanh", 10.0, start=10.0),
        arm("tanh, × 10, rate too", "tanh", 10.0, rate=10.0),
        arm("tanh, × 10, both too", "tanh", 10.0, start=10.0, rate=10.0),
        arm("ReLU, × 10, both too", "relu", 10.0, start=10.0, rate=10.0),
    ),
    measure=measures.scaled_final_loss,
    measured="training loss after 1000 steps over the mean square of the targets",
    verdict=(
        rules.differs_at_most("tanh, × 10, both too", "tanh, × 1", 0.001, paired=True),
        rules.lower_in_share("tanh, × 10, both too", than="ReLU, × 10, both too", above=0.9),
        rules.lower_in_share("tanh, × 10, both too", than="tanh, × 10", above=0.9),
        rules.lower_in_share("tanh, × 10, rate too", than="tanh, × 10, start too", above=0.9),
    ),
    logarithmic=True,
    verify_seeds=256,
)
