"""The same curve with a small penalty on the weights: is there still a peak where features and rows are as many?

A first look at seeds 1000 to 1039 gave medians of 0.37, 0.17 and 0.06 at 20, 40 and 100 features with ridge 0.01; rules
and claim were written then.
"""

from functools import partial

from looplab.experiments import Experiment, Trial, rules

from ._random_features import error_on_new_rows


def error(features: int, ridge: float, seed: int) -> float:
    """With this ridge; 0 for the smallest norm."""
    del seed  # torch's generator is seeded by it
    return error_on_new_rows(features, ridge)


experiment = Experiment(
    id="ridge-removes-double-descent",
    question="Does a small penalty remove the peak of double descent?",
    claim="With ridge 0.01, 40 random features predict new rows better than 20 and worse than 100, each for more than "
    "four in five seeds, and better than 40 without ridge for more than nine in ten.",
    arms=(
        Trial(name="40, no ridge", measure=partial(error, 40, 0), colour="#6b6b6b"),
        *(Trial(name=f"{p}, ridge", measure=partial(error, p, 0.01), colour="#1f5fa8") for p in (20, 40, 100)),
    ),
    measured="mean squared error on new rows",
    logarithmic=True,
    verdict=(
        rules.lower_in_share("40, ridge", than="20, ridge", above=0.8),
        rules.lower_in_share("100, ridge", than="40, ridge", above=0.8),
        rules.lower_in_share("40, ridge", than="40, no ridge", above=0.9),
    ),
    verify_seeds=128,
)
