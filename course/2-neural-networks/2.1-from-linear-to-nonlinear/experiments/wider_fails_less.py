"""Failure rate on the moons against the width of the hidden layer."""

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 1000
FAILED = 0.15
WIDTHS = (8, 16, 32, 64)


def arm(width: int) -> Arm:
    """A network of this width, trained like the others."""
    return Arm(
        name=f"{width} units",
        model=lambda: mlp(2, [width], 1),
        dataset=lambda: load("moons"),
        recipe=Recipe(optimizer="adam", lr=0.05, steps=STEPS),
        record_every=STEPS,
        colour="#c4570a",
    )


experiment = Experiment(
    id="wider-fails-less",
    question="Does a wider hidden layer fail less often on the two moons?",
    claim="16 ReLU units fail less often than 8, and 32 less often than 8.",
    arms=tuple(arm(width) for width in WIDTHS),
    measure=measures.final_loss,
    measured="training loss after 1000 steps (nats)",
    verdict=(
        rules.exceeds_less_often("16 units", than="8 units", exceeds=FAILED),
        rules.exceeds_less_often("32 units", than="8 units", exceeds=FAILED),
    ),
    fails_above=FAILED,
)
