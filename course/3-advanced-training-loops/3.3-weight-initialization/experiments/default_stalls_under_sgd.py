"""Whether a network of ten hidden layers learns the moons from PyTorch's default start.

A first look at seeds 1000 to 1015 tried SGD at rates from 0.01 to 1. The default start did not leave the loss of a
coin, ln 2 = 0.693, at 0.01 and 0.1, and left it for some seeds at 0.3 and 1; He's start learned at 0.01 and 0.1.
"""

from torch import nn

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 1000


def from_he() -> nn.Sequential:
    """The network with He's start: normal weights, biases 0."""
    network = mlp(2, [16] * 10, 1)
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return network


def arm(name: str, optimizer: str, lr: float, *, he: bool = False) -> Arm:
    """A training of 1000 steps on all 200 moons."""
    return Arm(
        name=name,
        model=from_he if he else lambda: mlp(2, [16] * 10, 1),
        dataset=lambda: load("moons"),
        recipe=Recipe(optimizer=optimizer, lr=lr, steps=STEPS),
        record_every=STEPS,
        colour="#c4570a" if he else "#6b6b6b",
    )


experiment = Experiment(
    id="default-stalls-under-sgd",
    question="Does a network of ten hidden layers learn from PyTorch's default start?",
    claim="On the 200 moons of the lessons, 1000 steps of SGD at rate 0.1 leave ten hidden layers of 16 ReLU units at "
    "the loss of a coin, typically, when they start from PyTorch's default, and take them below 0.1 from He's start; "
    "Adam at 0.001 takes them below 0.1 from the default as well.",
    arms=(
        arm("default, SGD", "sgd", 0.1),
        arm("He, SGD", "sgd", 0.1, he=True),
        arm("default, Adam", "adam", 1e-3),
    ),
    measure=measures.final_loss,
    measured="training loss after 1000 steps (nats)",
    verdict=(
        rules.typically_above("default, SGD", 0.69),
        rules.typically_below("He, SGD", 0.1),
        rules.typically_below("default, Adam", 0.1),
    ),
    verify_seeds=24,
)
