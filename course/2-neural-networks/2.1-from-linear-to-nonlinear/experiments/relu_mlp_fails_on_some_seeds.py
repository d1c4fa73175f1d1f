"""How often the textbook network of 8 ReLU units fails on the moons.

With the lesson's points what varies is where training starts; the second arm draws points of its own for every seed.
"""

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Arm, Experiment, Trial, measures, rules

STEPS = 1000
FAILED = 0.15
"""Between the two humps of final losses, near 0.06 and near 0.27."""
RECIPE = Recipe(optimizer="adam", lr=0.05, steps=STEPS)


def loss_on_own_draw(seed: int) -> float:
    """The training loss on 200 points that no other seed has."""
    own = load("moons", seed=1_000_000 + seed)
    runs = train_many(lambda: mlp(2, [8], 1), own, RECIPE, seeds=[seed], record_every=STEPS)
    return float(runs.train_loss[0, -1])


experiment = Experiment(
    id="relu-mlp-fails-on-some-seeds",
    question="How often does a network with 8 ReLU units fail to separate the two moons?",
    claim="With 8 ReLU units, more than one seed in five ends with a training loss above 0.15, "
    "on the 200 points of the lesson and when each seed draws points of its own.",
    arms=(
        Arm(
            name="8 ReLU units",
            model=lambda: mlp(2, [8], 1),
            dataset=lambda: load("moons"),
            recipe=RECIPE,
            record_every=STEPS,
            colour="#c4570a",
        ),
        Trial(name="8 ReLU units, own points", measure=loss_on_own_draw, colour="#c4570a"),
    ),
    measure=measures.final_loss,
    measured="training loss after 1000 steps (nats)",
    verdict=(
        rules.rate_above("8 ReLU units", exceeds=FAILED, above=0.2),
        rules.rate_above("8 ReLU units, own points", exceeds=FAILED, above=0.2),
    ),
    fails_above=FAILED,
    seeds=1024,
    verify_seeds=512,
)
