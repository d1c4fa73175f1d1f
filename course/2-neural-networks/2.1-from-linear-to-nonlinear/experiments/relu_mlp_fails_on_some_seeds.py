"""How often the textbook network of 8 ReLU units fails on the moons."""

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 1000
FAILED = 0.15
"""Between the two humps of final losses, near 0.06 and near 0.27."""

experiment = Experiment(
    id="relu-mlp-fails-on-some-seeds",
    question="How often does a network with 8 ReLU units fail to separate the two moons?",
    claim="With 8 ReLU units, more than one seed in five ends with a training loss above 0.15, "
    "although the same network reaches 0.06 with other seeds.",
    arms=(
        Arm(
            name="8 ReLU units",
            model=lambda: mlp(2, [8], 1),
            dataset=lambda: load("moons"),
            recipe=Recipe(optimizer="adam", lr=0.05, steps=STEPS),
            record_every=STEPS,
            colour="#c4570a",
        ),
    ),
    measure=measures.final_loss,
    measured="training loss after 1000 steps (nats)",
    verdict=(rules.rate_above("8 ReLU units", exceeds=FAILED, above=0.2),),
    fails_above=FAILED,
    seeds=1024,
    verify_seeds=256,
)
