"""Where the best learning rate of Adam goes when a network becomes eight times as wide, with and without muP.

A first look at seeds 1000 to 1005, with widths 32 and 256, gave best rates of 2^-5 for the narrow one, and for the wide
one of 2^-5 with muP and of 2^-7 or 2^-6 without; rules and claim were written then, and held for 40 seeds. Widths
16 and 128 leave time for more: seeds 1000 to 1011 gave 2^-5 or 2^-4, 2^-4, and 2^-7 or 2^-6.
"""

import torch

from looplab.experiments import Experiment, Trial, rules

from ._widths import RATES, losses_by_rate


def best_rate(width: int, *, mup: bool) -> float:
    """The base-2 logarithm of the rate with the lowest loss, by a parabola through it and its neighbours."""
    losses = losses_by_rate(width, mup=mup).log()
    lowest = int(losses.argmin().clamp(1, len(RATES) - 2))
    before, at, after = losses[lowest - 1 : lowest + 2].tolist()
    offset = (before - after) / (2 * (before + after - 2 * at))
    return float(RATES[lowest]) + float(max(-1.0, min(1.0, offset)))


def shift(seed: int, *, mup: bool) -> float:
    """By how many factors of two the best rate is larger at width 128 than at width 16."""
    wide = best_rate(128, mup=mup)
    torch.manual_seed(seed)
    return wide - best_rate(16, mup=mup)


experiment = Experiment(
    id="mup-transfers-lr",
    question="Does the best learning rate of a narrow network serve a wide one?",
    claim="In 30 steps of Adam on digits, three hidden layers of 128 ReLU units have their best rate more than a "
    "factor of two below that of layers of 16, typically; scaled by muP, within a factor of two of it.",
    arms=(
        Trial(name="standard", measure=lambda seed: shift(seed, mup=False), colour="#6b6b6b"),
        Trial(name="muP", measure=lambda seed: shift(seed, mup=True), colour="#1f5fa8"),
    ),
    measured="best rate at width 128 over best rate at width 16, in factors of two (base-2 logarithm)",
    verdict=(rules.typically_below("standard", -1), rules.typically_within("muP", -1, 1)),
    verify_seeds=12,
)
