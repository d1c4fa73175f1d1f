"""ReLU units that are silent on every row, before training and after it."""

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules


def arm(name: str, lr: float, steps: int) -> Arm:
    """The textbook network on the moons."""
    return Arm(
        name=name,
        model=lambda: mlp(2, [8], 1),
        dataset=lambda: load("moons"),
        recipe=Recipe(optimizer="adam", lr=lr, steps=steps),
        record_every=steps,
        colour="#c4570a",
    )


experiment = Experiment(
    id="dead-relu-rate",
    question="Do ReLU units die in training?",
    claim="Training 8 ReLU units on the same 200 moons kills some: after it, more than three networks in four have a "
    "unit that is 0 on every row, and more networks have one than at the start.",
    arms=(arm("at the start", 0.0, 1), arm("after 1000 steps", 0.05, 1000)),
    measure=measures.share_of_dead_units,
    measured="share of the 8 units that are 0 on every row",
    verdict=(
        rules.rate_above("after 1000 steps", exceeds=0, above=0.75),
        rules.exceeds_less_often("at the start", than="after 1000 steps", exceeds=0),
    ),
)
