"""From losses on folds to the answer: enough, better, or cannot tell."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.networks import NETWORKS
from looplab.comparison.result import Answer
from looplab.statistics import Interval, corrected_resampled_t, simultaneous_level

__all__ = ["MARGIN", "Evidence", "decide", "relative_gain", "say", "share"]

MARGIN = 0.15
"""A network that lowers the linear model's loss by less than this share is not worth it.

Of a squared error that is 8 % of the usual error in the target's own unit. How often a margin lets a hundred rows
answer is measured in `benchmarks/compare_honesty.py`.
"""

_FLAWLESS = 0.01  # a fold whose loss is below this share of the constant prediction's is predicted as good as perfectly

Losses = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Mean losses of each fold by arm, and the fold sizes that the intervals need.

    Attributes:
        losses: F numbers by arm.
        train_rows, test_rows: mean rows of the folds.
        loss_name: "mean squared error" or "log loss".
        margin: see `MARGIN`.
    """

    losses: Mapping[str, Losses]
    train_rows: float
    test_rows: float
    loss_name: str
    margin: float

    def gain(self, arm: str, over: str, level: float = 0.95) -> Interval:
        """By what share an arm's loss lies below that of `over`; see `relative_gain`.

        Losses below a hundredth of the constant prediction's count as that: how perfect an all but perfect fold is
        would otherwise outweigh every other.
        """
        least = _FLAWLESS * float(self.losses["constant"].mean())
        return relative_gain(self.losses[arm], self.losses[over], self.train_rows, self.test_rows, level, least)


def relative_gain(
    arm: Losses, over: Losses, train_rows: float, test_rows: float, level: float = 0.95, least: float = 0.0
) -> Interval:
    """By what share an arm's loss lies below another's on a typical fold: 1 - exp(-mean log(over / arm)).

    The interval is the corrected resampled t interval of the mean log ratio over the folds that both share. The ratio,
    and not the difference, because a few folds with outliers would otherwise drown all others. Losses below
    `least`, or below a billionth of the means, count as that.
    """
    least = max(least, 1e-9 * float(over.mean()), 1e-9 * float(arm.mean()), 1e-300)
    ratios = np.log(np.maximum(over, least) / np.maximum(arm, least))
    log_ratio = corrected_resampled_t(ratios, train_rows=train_rows, test_rows=test_rows, level=level)
    estimate, low, high = (-math.expm1(-value) for value in (log_ratio.estimate, log_ratio.low, log_ratio.high))
    return Interval(estimate=estimate, low=low, high=high, level=level)


def decide(evidence: Evidence) -> tuple[Answer, str]:
    """The answer, and the arm that it recommends.

    A network is better if, at a level that holds for all networks at once, the interval of its gain over the linear
    model lies above 0 and reaches the margin, and it beats the constant prediction. The linear model is enough if it
    beats the constant prediction and the gain of each network is below the margin with 95 % confidence: one-sided,
    and without a correction, since all of them have to be (an intersection-union test; Berger, Technometrics 24,
    1982). Anything else is undecided.
    """
    level = simultaneous_level(0.95, len(NETWORKS))
    gains = {name: evidence.gain(name, "linear", level) for name in NETWORKS}
    at_most = {name: evidence.gain(name, "linear", 0.90).high for name in NETWORKS}  # one-sided 95 %
    best = min(NETWORKS, key=lambda name: float(evidence.losses[name].mean()))
    for name in (best, *(other for other in NETWORKS if other != best)):
        over_constant = evidence.gain(name, "constant", level)
        if gains[name].low > 0 and gains[name].high >= evidence.margin and over_constant.low > 0:
            return "network", name
    if evidence.gain("linear", "constant").low <= 0:
        return "undecided", "constant"
    if all(gain < evidence.margin for gain in at_most.values()):
        return "linear", "linear"
    return "undecided", "linear"


def say(answer: Answer, winner: str, evidence: Evidence) -> str:
    """The answer in a sentence, with its numbers."""
    loss = evidence.loss_name
    best = min(NETWORKS, key=lambda name: float(evidence.losses[name].mean()))
    gain = evidence.gain(winner if answer == "network" else best, "linear")
    interval = f"(95 % interval of the gain: {share(gain.low)} to {share(gain.high)})"
    if answer == "network":
        sentence = f"A neural network predicts better: the {winner} {change(gain.estimate, loss)} {interval}."
    elif answer == "linear":
        sentence = f"A linear model is enough: the better network {change(gain.estimate, loss)} {interval}."
    elif winner == "constant":
        sentence = "These data cannot tell: no model reliably predicts better than the constant prediction."
    else:
        gain, doubtful = max(
            ((evidence.gain(name, "linear"), name) for name in NETWORKS), key=lambda found: found[0].high
        )
        sentence = (
            f"These data cannot tell: the {doubtful} {change(gain.estimate, loss)}, but the gain may be anything "
            f"from {share(gain.low)} to {share(gain.high)}."
        )
    return sentence + _rival(winner, evidence)


def change(gain: float, loss: str) -> str:
    """A gain over the linear model in words: "lowers the linear model's log loss by 12 %"."""
    if gain < -1:
        return f"has {1 - gain:.3g} times the linear model's {loss}"
    return f"{'lowers' if gain >= 0 else 'raises'} the linear model's {loss} by {share(abs(gain))}"


def share(value: float) -> str:
    """A share in per cent, with as many digits as matter."""
    if value < -9.99:
        return "below −999 %"
    digits = 0 if abs(value) >= 0.095 else 1
    return f"{100 * value:.{digits}f} %".replace("-", "−")


def _rival(winner: str, evidence: Evidence) -> str:
    gain = evidence.gain("gradient boosting", winner)
    if gain.low <= 0 or evidence.gain("gradient boosting", "constant").low <= 0:
        return ""
    of = "constant prediction" if winner == "constant" else f"{winner} model" if winner == "linear" else winner
    return f" Gradient boosting is better still: its {evidence.loss_name} is {share(gain.estimate)} below the {of}'s."
