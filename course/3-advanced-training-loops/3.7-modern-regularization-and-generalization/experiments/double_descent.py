"""The error on new rows as the number of random features grows beyond that of the rows.

Belkin et al. (2019) found the second descent. A first look at seeds 1000 to 1039 gave medians of 0.42, 2.99 and 0.02
at 20, 40 and 1000 features, and one at seeds 10000 to 10015 the peak in 14 of 16; rules and claim were written then.
"""

from functools import partial

from looplab.experiments import Experiment, Trial, rules

from ._random_features import error_on_new_rows


def error(features: int, seed: int) -> float:
    """Of the solution with the smallest norm."""
    del seed  # torch's generator is seeded by it
    return error_on_new_rows(features, ridge=0)


experiment = Experiment(
    id="double-descent",
    question="Does a model with more parameters than rows predict worse?",
    claim="With 40 rows and the smallest-norm solution, 40 random features predict new rows worse than 20 for more "
    "than four in five seeds, and 1000 predict better than 20 for more than nine in ten.",
    arms=tuple(Trial(name=f"{p} features", measure=partial(error, p), colour="#1f5fa8") for p in (20, 40, 1000)),
    measured="mean squared error on new rows",
    logarithmic=True,
    verdict=(
        rules.lower_in_share("20 features", than="40 features", above=0.8),
        rules.lower_in_share("1000 features", than="20 features", above=0.9),
    ),
    verify_seeds=64,
)
