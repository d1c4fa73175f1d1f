"""From losses on folds to the answer: enough, better, or cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.networks import NETWORKS
from looplab.comparison.result import Answer
from looplab.statistics import Interval, corrected_resampled_t, simultaneous_level

__all__ = ["MARGIN", "Evidence", "decide", "relative_gain", "say"]

MARGIN = 0.10
"""A network that lowers the linear model's loss by less than this share is not worth it."""

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
        """By what share of `over`'s mean loss an arm lowers it."""
        return relative_gain(self.losses[arm], self.losses[over], self.train_rows, self.test_rows, level)


def relative_gain(arm: Losses, over: Losses, train_rows: float, test_rows: float, level: float = 0.95) -> Interval:
    """By what share of its mean one arm's loss lies below another's, over the same folds."""
    scale = max(float(over.mean()), 1e-12)
    return corrected_resampled_t((over - arm) / scale, train_rows=train_rows, test_rows=test_rows, level=level)


def decide(evidence: Evidence) -> tuple[Answer, str]:
    """The answer, and the arm that it recommends.

    A network is better if, at a level that holds for all networks at once, the interval of its gain over the linear
    model lies above 0 and reaches the margin, and it beats the constant prediction. The linear model is enough if it
    beats the constant prediction and no network's gain can be as large as the margin. Anything else is undecided.
    """
    level = simultaneous_level(0.95, len(NETWORKS))
    gains = {name: evidence.gain(name, "linear", level) for name in NETWORKS}
    best = min(NETWORKS, key=lambda name: float(evidence.losses[name].mean()))
    for name in (best, *(other for other in NETWORKS if other != best)):
        over_constant = evidence.gain(name, "constant", level)
        if gains[name].low > 0 and gains[name].high >= evidence.margin and over_constant.low > 0:
            return "network", name
    if evidence.gain("linear", "constant").low <= 0:
        return "undecided", "constant"
    if all(gain.high < evidence.margin for gain in gains.values()):
        return "linear", "linear"
    return "undecided", "linear"


def say(answer: Answer, winner: str, evidence: Evidence) -> str:
    """The answer in a sentence, with its numbers."""
    loss = evidence.loss_name
    best = min(NETWORKS, key=lambda name: float(evidence.losses[name].mean()))
    if answer == "network":
        gain = evidence.gain(winner, "linear")
        sentence = (
            f"A neural network predicts better: the {winner} lowers the linear model's {loss} "
            f"by {_share(gain.estimate)} (95 % interval {_share(gain.low)} to {_share(gain.high)})."
        )
    elif answer == "linear":
        gain = evidence.gain(best, "linear")
        change = "lowers" if gain.estimate >= 0 else "raises"
        sentence = (
            f"A linear model is enough: the better network {change} its {loss} by {_share(abs(gain.estimate))} "
            f"(95 % interval of the gain {_share(gain.low)} to {_share(gain.high)})."
        )
    elif winner == "constant":
        sentence = "These data cannot tell: no model reliably predicts better than the constant prediction."
    else:
        gain = evidence.gain(best, "linear")
        sentence = (
            f"These data cannot tell: the better network's gain over the linear model lies between "
            f"{_share(gain.low)} and {_share(gain.high)} of its {loss}."
        )
    return sentence + _rival(winner, evidence)


def _rival(winner: str, evidence: Evidence) -> str:
    gain = evidence.gain("gradient boosting", winner)
    if gain.low <= 0 or evidence.gain("gradient boosting", "constant").low <= 0:
        return ""
    return f" Gradient boosting is better still, by {_share(gain.estimate)} of the {winner}'s {evidence.loss_name}."


def _share(value: float) -> str:
    if value < -9.99:
        return "less than -999 %"
    return f"{100 * value:.0f} %" if abs(value) >= 0.095 else f"{100 * value:.1f} %"
