"""Two learning rates compared before the decay of a warm-up–stable–decay schedule, and after it.

Rates, length and rules were chosen in a first look at seeds 100000 to 100063. With 1000 steps rate 0.5 led before the
decay for hardly more than half of the seeds: single steps with batches of 8 are noisy. So it takes 2000.
Six in ten was the rule for both; before the decay the seeds of the ledger, 164 of 256, left it undecided, and half was
written.
Source: Wen, Hall, Ma & Liang, Fantastic Pretraining Optimizers and Where to Find Them, 2025.
"""

from functools import lru_cache, partial

from looplab import Recipe, load, train_many
from looplab.experiments import Experiment, Trial, rules

from ._moons import BATCH, network

RATES, STEPS = (0.5, 2.0), 2000


@lru_cache(maxsize=4096)
def losses(seed: int) -> list[list[float]]:
    """For each rate the loss over all 200 points after each fifth of the training; the last fifth is the decay."""
    moons = load("moons", seed=seed)
    recipe = Recipe(optimizer="sgd", lr=1.0, steps=STEPS, batch_size=BATCH, schedule="warmup-stable-decay")
    runs = train_many(
        network,
        moons,
        recipe,
        seeds=[seed],
        vary={"lr": RATES},
        validation=moons,  # the same rows: all of them instead of a batch
        record_every=STEPS // 5,
        threads=1,
    )
    assert runs.validation_loss is not None
    measured: list[list[float]] = runs.validation_loss.tolist()
    return measured


def trial(name: str, rate: int, fifth: int) -> Trial:
    """The loss with one of the rates at the end of a fifth."""
    colour = ("#6b6b6b", "#1f5fa8")[rate]
    return Trial(name=name, measure=partial(lambda at, upto, seed: losses(seed)[at][upto], rate, fifth), colour=colour)


experiment = Experiment(
    id="ranking-before-decay-misleads",
    question="Does the rate that leads before the decay also lead after it?",
    claim="On moons drawn anew for each seed along with the start, with batches of 8, rate 0.5 has the lower loss "
    "before the learning rate decays and rate 2 after it, each typically; "
    "expected each for more than six in ten seeds, found before the decay for more than half.",
    arms=(trial("0.5, before", 0, 3), trial("2, before", 1, 3), trial("0.5, after", 0, 4), trial("2, after", 1, 4)),
    measured="cross-entropy over all 200 points",
    logarithmic=True,
    verdict=(
        rules.lower("0.5, before", than="2, before", paired=True),
        rules.lower_in_share("0.5, before", than="2, before", above=0.5),
        rules.lower("2, after", than="0.5, after", paired=True),
        rules.lower_in_share("2, after", than="0.5, after", above=0.6),
    ),
    verify_seeds=256,
)
