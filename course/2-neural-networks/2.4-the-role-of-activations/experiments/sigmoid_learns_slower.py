"""How many steps sigmoid and tanh need on sine."""

from functools import partial

from jaxtyping import Float
from torch import Tensor

from looplab import Recipe, Runs, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

RECORD_EVERY = 5


def steps_to_a_tenth(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The step at which the loss is first below 0.1, a fifth of that of the mean; 3005 if it never is."""
    return measures.steps_to_loss(runs, 0.1, arm.record_every)


def arm(name: str, activation: str, colour: str) -> Arm:
    """Ten hidden units; with one seed both arms start from the same parameters."""
    return Arm(
        name=name,
        model=partial(mlp, 1, [10], 1, activation=activation),
        dataset=partial(load, "sine"),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=3000),
        record_every=RECORD_EVERY,
        colour=colour,
    )


experiment = Experiment(
    id="sigmoid-learns-slower",
    question="Does a network of sigmoid units learn more slowly than one of tanh units?",
    claim="On sine, sigmoid needs more steps than tanh to reach a loss of 0.1 for more than nine in ten seeds.",
    arms=(arm("tanh", "tanh", "#0b7d7d"), arm("sigmoid", "sigmoid", "#6f3fa0")),
    measure=steps_to_a_tenth,
    measured="steps to a loss of 0.1 (3005: not within 3000)",
    verdict=(rules.probably_lower("tanh", than="sigmoid"), rules.lower_in_share("tanh", than="sigmoid", above=0.9)),
)
