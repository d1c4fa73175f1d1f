"""`train_many` against `train`, seed by seed: the losses of the first 100 steps."""

from dataclasses import replace
from functools import cache

from looplab import Recipe, Runs, load, mlp, train, train_many
from looplab.experiments import Experiment, Trial, rules

TOGETHER = 64
RECIPES = {
    "SGD": Recipe(optimizer="sgd", lr=0.5, steps=100),
    "Adam": Recipe(optimizer="adam", lr=0.05, steps=100),
    "Adam, batches of 32": Recipe(optimizer="adam", lr=0.05, steps=100, batch_size=32),
}


@cache
def replicas(name: str, block: int) -> Runs:
    """The runs of 64 seeds, trained at once."""
    seeds = range(block * TOGETHER, (block + 1) * TOGETHER)
    return train_many(lambda: mlp(2, [8], 1), load("moons"), RECIPES[name], seeds=seeds)


def digits_of_agreement(name: str, seed: int) -> float:
    """Minus log10 of the largest relative difference of the losses, over all steps."""
    one = train(lambda: mlp(2, [8], 1), load("moons"), replace(RECIPES[name], seed=seed)).train_loss
    many = replicas(name, seed // TOGETHER).train_loss[seed % TOGETHER]
    return -((many - one).abs() / one).max().clamp(min=1e-8).log10().item()


experiment = Experiment(
    id="replicas-equal-loop",
    question="Is a replica that is trained with many others the run that the loop gives alone?",
    claim="Over the first 100 steps on the moons, the losses of a replica equal those of the loop with the same seed "
    "to four digits, for more than nine in ten seeds, with SGD, with Adam, and with Adam on mini-batches.",
    arms=(
        Trial(name="SGD", measure=lambda seed: digits_of_agreement("SGD", seed)),
        Trial(name="Adam", measure=lambda seed: digits_of_agreement("Adam", seed)),
        Trial(name="Adam, batches of 32", measure=lambda seed: digits_of_agreement("Adam, batches of 32", seed)),
    ),
    measured="digits to which the losses of 100 steps equal the loop's",
    verdict=tuple(rules.rate_above(name, exceeds=4, above=0.9) for name in RECIPES),
    verify_seeds=128,
)
