"""Fitting a sine with ReLU, tanh and sigmoid."""

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 1000
COLOURS = {"relu": "#c4570a", "tanh": "#0b7d7d", "sigmoid": "#6f3fa0"}


def arm(name: str, activation: str) -> Arm:
    """Ten hidden units; with one seed all arms start from the same parameters."""
    return Arm(
        name=name,
        model=lambda: mlp(1, [10], 1, activation=activation),
        dataset=lambda: load("sine"),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=STEPS),
        record_every=STEPS,
        colour=COLOURS[activation],
    )


experiment = Experiment(
    id="activation-on-sine",
    question="Which activation fits a sine best with ten hidden units and 1000 steps?",
    claim="On sine, tanh ends with a lower loss than ReLU, with the same initial parameters for more than nine in ten "
    "seeds.",
    arms=(arm("ReLU", "relu"), arm("tanh", "tanh"), arm("sigmoid", "sigmoid")),
    measure=measures.final_loss,
    measured="training loss after 1000 steps (mean squared error)",
    verdict=(rules.lower("tanh", than="ReLU", paired=True), rules.lower_in_share("tanh", than="ReLU", above=0.9)),
    logarithmic=True,
    verify_seeds=256,
)
