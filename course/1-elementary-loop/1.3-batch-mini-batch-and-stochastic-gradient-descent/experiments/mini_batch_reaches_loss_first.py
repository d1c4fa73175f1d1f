"""What mini-batches of 64 pay, in rows and in time, for a loss of 1.1 times the lowest, against what other sizes pay.

The learning rates are the best of 0.64, 0.32, 0.16, … for each, found on one table with seeds that the ledger does not
use; each seed has another table, and another start.
"""

from functools import cache, partial

import torch

from looplab.experiments import Experiment, Trial, rules

from ._batch_race import FEATURES, ROWS, relative_seconds, updates_to_target

LR = {ROWS: 0.08, 64: 0.08, 1: 0.01}
"""The learning rate for each batch size."""


@cache
def updates(seed: int) -> dict[int, int]:
    """How many updates each batch size needs from the same random start, on a table of the seed's own.

    All arms ask for the same; the first one computes it, with torch's generator seeded.
    """
    start = torch.randn(FEATURES + 1, 1)
    return {size: updates_to_target(start, size, lr, number=seed + 1) for size, lr in LR.items()}


def relative_cost(seed: int, *, what: str, other: int) -> float:
    """What mini-batches of 64 pay over what the other batch size pays."""
    needed = updates(seed)
    of_an_update = 64 / other if what == "rows" else relative_seconds((64, other))
    return of_an_update * needed[64] / needed[other]


def trial(what: str, name: str, other: int, colour: str) -> Trial:
    """The arm for one ratio."""
    measure = partial(relative_cost, what=what, other=other)
    return Trial(name=f"{what}, over {name}", measure=measure, colour=colour)


experiment = Experiment(
    id="mini-batch-reaches-loss-first",
    question="Which reaches a loss first: batch, mini-batch or stochastic gradient descent?",
    claim="To reach 1.1 times the lowest loss, on new tables of 100,000 rows and with one thread, mini-batches of 64 "
    "need less than a hundredth of the rows and less than half of the time of batch gradient descent; against "
    "stochastic gradient descent they need more rows, but less than half of the time.",
    arms=(
        trial("rows", "batch", ROWS, "#6b6b6b"),
        trial("time", "batch", ROWS, "#6b6b6b"),
        trial("rows", "stochastic", 1, "#7a6a00"),
        trial("time", "stochastic", 1, "#7a6a00"),
    ),
    measured="what mini-batches of 64 pay over what the other pays; below 1, they are first",
    verdict=(
        rules.typically_below("rows, over batch", 0.01),
        rules.typically_below("time, over batch", 0.5),
        rules.typically_above("rows, over stochastic", 1),
        rules.typically_below("time, over stochastic", 0.5),
    ),
    logarithmic=True,
    verify_seeds=64,
)
