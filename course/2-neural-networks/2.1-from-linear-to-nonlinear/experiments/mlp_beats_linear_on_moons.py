"""A network against the linear model on the moons, judged on rows that neither has seen."""

from looplab import Recipe, linear, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 1000

experiment = Experiment(
    id="mlp-beats-linear-on-moons",
    question="Does a network with one hidden layer separate the two moons better than a straight line?",
    claim="On new rows of the moons, a network with 8 ReLU units has a lower loss than the linear model "
    "for more than nine in ten seeds.",
    arms=(
        Arm(
            name="linear model",
            model=lambda: linear(2, 1),
            dataset=lambda: load("moons"),
            validation=lambda: load("moons", rows=1000, seed=43),
            recipe=Recipe(optimizer="sgd", lr=0.1, steps=STEPS),
            record_every=STEPS,
            colour="#6b6b6b",
        ),
        Arm(
            name="8 ReLU units",
            model=lambda: mlp(2, [8], 1),
            dataset=lambda: load("moons"),
            validation=lambda: load("moons", rows=1000, seed=43),
            recipe=Recipe(optimizer="adam", lr=0.05, steps=STEPS),
            record_every=STEPS,
        ),
    ),
    measure=measures.final_validation_loss,
    measured="cross-entropy on 1000 new rows of the moons (nats)",
    verdict=(
        rules.lower("8 ReLU units", than="linear model"),
        rules.lower_in_share("8 ReLU units", than="linear model", above=0.9),
    ),
    seeds=1024,
    verify_seeds=256,
)
