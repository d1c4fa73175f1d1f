"""When one copy has come clearly further than another."""

import math

from looplab.doctor.trials import Outcome

__all__ = ["CLEAR_SHARE", "helps", "helps_much"]

CLEAR_SHARE, MUCH_SHARE = 0.7, 0.5
"""A change helps where it leaves at most this share of the loss that was left without it."""
CLEAR_DIFFERENCE, MUCH_DIFFERENCE = 0.05, 0.1
"""And at least so much less of the constant answer's loss: below it, a training that is done would look mended."""

LEARNED, CLEAR_GAIN = 0.9, 0.9
"""Where less than the first of a constant answer's loss is left on validation rows, a change must leave less of it."""


def helps(before: Outcome | None, after: Outcome | None) -> bool:
    """Whether a change made a clear difference on the rows that were trained with."""
    return _less(before, after, CLEAR_SHARE, CLEAR_DIFFERENCE)


def helps_much(before: Outcome | None, after: Outcome | None) -> bool:
    """Whether it made so large a difference that it may be called the cause by this alone."""
    return _less(before, after, MUCH_SHARE, MUCH_DIFFERENCE)


def _less(before: Outcome | None, after: Outcome | None, share: float, difference: float) -> bool:
    if before is None or after is None or not math.isfinite(after.unexplained):
        return False
    was = min(before.unexplained, 1.0)  # of what is worse than a constant answer, only what is better than that counts
    less = after.unexplained <= share * was and was - after.unexplained >= difference
    return less and not _only_by_heart(before, after)


def _only_by_heart(before: Outcome, after: Outcome) -> bool:
    """Whether the rows kept aside, of which something had been learned, gain nothing.

    Decay, dropout, few epochs and narrow layers cost training loss by intention.
    """
    if before.validation is None or after.validation is None:
        return False
    was, now = before.validation.unexplained, after.validation.unexplained
    return was < LEARNED and not now < CLEAR_GAIN * was
