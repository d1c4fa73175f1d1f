"""A line on the thermometer's readings, as they are and divided by ten, with the same learning rate."""

from jaxtyping import Float
from torch import Tensor

from looplab import Recipe, Runs, linear, load
from looplab.experiments import Arm, Experiment, rules

STEPS = 6
"""The last recorded loss is the one after five updates; soon afterwards float32 has no number large enough."""


def growth(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The logarithm, to base 10, of the loss after the updates over the loss before them."""
    del arm
    return (runs.train_loss[:, -1].double() / runs.train_loss[:, 0].double()).log10()


def arm(name: str, *, raw: bool, lr: float, colour: str) -> Arm:
    """Gradient descent on all eleven rows."""
    return Arm(
        name=name,
        model=lambda: linear(1, 1),
        dataset=lambda: load("temperature", raw=raw),
        recipe=Recipe(optimizer="sgd", lr=lr, steps=STEPS),
        colour=colour,
    )


experiment = Experiment(
    id="unscaled-inputs-diverge",
    question="What happens when the inputs are not scaled?",
    claim="On the eleven readings, from random starts and with learning rate 0.01, the loss falls when they are "
    "divided by ten, and grows more than a thousandfold in five updates when they are not; with 0.0001 it falls "
    "there, too.",
    arms=(
        arm("reading / 10, lr 0.01", raw=False, lr=1e-2, colour="#6b6b6b"),
        arm("reading, lr 0.01", raw=True, lr=1e-2, colour="#b84f00"),
        arm("reading, lr 0.0001", raw=True, lr=1e-4, colour="#6b6b6b"),
    ),
    measure=growth,
    measured="loss after five updates over the loss before them (logarithm to base 10)",
    verdict=(
        rules.typically_below("reading / 10, lr 0.01", 0),
        rules.rate_above("reading, lr 0.01", exceeds=3, above=0.9),
        rules.typically_below("reading, lr 0.0001", 0),
    ),
)
