"""A network against the linear model on the moons, judged on rows that neither has seen.

The first two arms learn from the 200 points of the lesson with every seed: what varies is where training starts. The
other two draw points of their own for every seed, to learn from and to measure on.
"""

from functools import partial

from looplab import linear, load, mlp
from looplab.experiments import Arm, Experiment, Trial, measures, rules

from ._own_points import LINEAR, NETWORK, NEW_ROWS, STEPS, loss_on_own_draw

experiment = Experiment(
    id="mlp-beats-linear-on-moons",
    question="Does a network with one hidden layer separate the two moons better than a straight line?",
    claim="On new rows of the moons, a network with 8 ReLU units has a lower loss than the linear model for more than "
    "nine in ten seeds, when all seeds learn from the same 200 points and when each draws points of its own.",
    arms=(
        Arm(
            name="linear model",
            model=lambda: linear(2, 1),
            dataset=lambda: load("moons"),
            validation=lambda: load("moons", rows=NEW_ROWS, seed=43),
            recipe=LINEAR,
            record_every=STEPS,
            colour="#6b6b6b",
        ),
        Arm(
            name="8 ReLU units",
            model=lambda: mlp(2, [8], 1),
            dataset=lambda: load("moons"),
            validation=lambda: load("moons", rows=NEW_ROWS, seed=43),
            recipe=NETWORK,
            record_every=STEPS,
        ),
        Trial(name="linear model, own points", measure=partial(loss_on_own_draw, False), colour="#6b6b6b"),
        Trial(name="8 ReLU units, own points", measure=partial(loss_on_own_draw, True)),
    ),
    measure=measures.final_validation_loss,
    measured="cross-entropy on 1000 new rows of the moons (nats)",
    verdict=(
        rules.lower("8 ReLU units", than="linear model"),
        rules.lower_in_share("8 ReLU units", than="linear model", above=0.9),
        rules.lower_in_share("8 ReLU units, own points", than="linear model, own points", above=0.9),
    ),
    seeds=1024,
    verify_seeds=3072,
)
