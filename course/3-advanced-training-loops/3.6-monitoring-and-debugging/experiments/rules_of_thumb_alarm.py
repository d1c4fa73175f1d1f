"""The learning rate that a tuning of Adam picks, held against a published upper limit for it.

UMLAUT (Schoop, Huang and Hartmann, 2021) calls a learning rate above 0.01 too high. Each seed draws its rows, tries 13
rates from four starts each, as in lesson 3.1, and takes the one with the lowest mean. In a first look at seeds 2000 to
2023 the rate was above 0.01 in all 24 studies on moons; the rules were written then.
"""

from functools import partial

import torch

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules

RATES: tuple[float, ...] = tuple(0.002 * 2**k for k in range(13))
LIMIT = 0.01


def picked_on_moons(seed: int) -> float:
    """The rate with the lowest mean training loss after 1000 steps on 200 moons."""
    recipe = Recipe(optimizer="adam", lr=RATES[0], steps=1000)
    runs = train_many(
        partial(mlp, 2, [8], 1), load("moons", seed=seed), recipe, seeds=range(100 * seed, 100 * seed + 4),
        vary={"lr": RATES}, record_every=1000,
    )  # fmt: skip
    losses = runs.final_train_loss.reshape(len(RATES), -1).nan_to_num(0.693)
    return RATES[int(losses.mean(dim=1).argmin())]


def picked_on_digits(seed: int) -> float:
    """The rate with the fewest errors on new digits after 20 epochs on 359."""
    training, new = load("digits").split(0.2, seed=seed)
    recipe = Recipe(optimizer="adam", lr=RATES[0], epochs=20, batch_size=32)
    runs = train_many(
        partial(mlp, 64, [32], 10), training, recipe, seeds=range(100 * seed, 100 * seed + 4), vary={"lr": RATES},
        record_every=240, validation=new, metrics=["accuracy"],
    )  # fmt: skip
    accuracy = runs.validation_metrics["accuracy"][:, -1].reshape(len(RATES), -1)
    return RATES[int(torch.nan_to_num(accuracy).mean(dim=1).argmax())]


experiment = Experiment(
    id="rules-of-thumb-alarm",
    question="Is a learning rate above 0.01 too high for Adam?",
    claim="In more than nine in ten studies on moons drawn anew, the best of 13 rates for Adam is above 0.01, the "
    "limit of a published debugging tool.",
    arms=(
        Trial(name="moons", measure=picked_on_moons),
        Trial(name="digits", measure=picked_on_digits, colour="#6b6b6b"),
    ),
    measured="the best of 13 learning rates for Adam",
    logarithmic=True,
    verdict=(rules.rate_above("moons", exceeds=LIMIT, above=0.9),),
    verify_seeds=40,
)
