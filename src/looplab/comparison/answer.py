"""From losses on folds to the answer: enough, better, or cannot tell."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.boosting import BOOSTING
from looplab.comparison.metrics import Metric
from looplab.comparison.networks import NETWORKS
from looplab.comparison.result import Answer
from looplab.statistics import Interval, corrected_resampled_t, simultaneous_level

__all__ = ["MARGIN", "Evidence", "better_still", "decide", "relative_gain", "say", "share"]

MARGIN = 0.15
"""A network that lowers the linear model's loss by less than this share is not worth it.

For a squared error, that is 8 % of the typical error in the target's own unit. `benchmarks/compare_honesty.py` measures
how often a hundred rows suffice for an answer with a given margin.
"""

_FLAWLESS = 0.01  # a fold whose loss is below this share of the constant prediction's is predicted all but perfectly

_LITTLE = 0.1  # a winner that lowers the constant prediction's loss by less than this predicts little

Losses = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Mean losses of each fold by arm, and the fold sizes that the intervals need.

    Attributes:
        losses: F numbers by arm.
        train_rows, test_rows: mean rows of the folds.
        loss_name: what the answer calls the loss, such as "mean squared error" or "error rate".
        margin: see `MARGIN`.
        score: the metric behind the losses if it is a score, to be named beside the gain; None for a loss.
        by_difference: see `relative_gain`.
    """

    losses: Mapping[str, Losses]
    train_rows: float
    test_rows: float
    loss_name: str
    margin: float
    score: Metric | None = None
    by_difference: bool = False

    def gain(self, arm: str, over: str, level: float = 0.95) -> Interval:
        """By what share an arm's loss lies below that of `over`; see `relative_gain`.

        Losses below a hundredth of the constant prediction's count as a hundredth: otherwise a single all but perfect
        fold would outweigh all others.
        """
        return self._gain(arm, over, level, self._flawless)

    def true_gain(self, arm: str, over: str, level: float = 0.95) -> Interval:
        """The same, but between two arms that both predict all but perfectly, how nearly perfectly they do counts."""
        both = max(float(self.losses[name].mean()) for name in (arm, over)) < self._flawless
        return self._gain(arm, over, level, 0.0 if both else self._flawless)

    def left(self, arm: str) -> float:
        """The share of the constant prediction's mean loss that remains with an arm."""
        return float(self.losses[arm].mean() / self.losses["constant"].mean())

    def is_flawless(self, arm: str) -> bool:
        """Whether an arm predicts all but perfectly."""
        return self.left(arm) < _FLAWLESS

    @property
    def _flawless(self) -> float:
        return _FLAWLESS * float(self.losses["constant"].mean())

    def _gain(self, arm: str, over: str, level: float, least: float) -> Interval:
        return relative_gain(
            self.losses[arm],
            self.losses[over],
            self.train_rows,
            self.test_rows,
            level,
            least,
            by_difference=self.by_difference,
        )


def relative_gain(
    arm: Losses,
    over: Losses,
    train_rows: float,
    test_rows: float,
    level: float = 0.95,
    least: float = 0.0,
    *,
    by_difference: bool = False,
) -> Interval:
    """By what share an arm's loss lies below another's on a typical fold: 1 - exp(-mean log(over / arm)).

    The interval is the corrected resampled t interval of the mean log ratio over the folds that both share. It is the
    ratio rather than the difference because a few folds with outliers would otherwise drown out all others. Losses
    below `least`, or below a billionth of the means, count as that.

    With `by_difference` it is the mean difference as a share of the mean of `over`. Losses between 0 and 1, such as an
    error rate, have no such outliers, and often a 0, of which no ratio can be taken.
    """
    if by_difference:
        whole = max(float(over.mean()), least, 1e-9 * float(arm.mean()), 1e-300)
        lower = corrected_resampled_t((over - arm) / whole, train_rows=train_rows, test_rows=test_rows, level=level)
        high = max(float(lower.estimate), min(1.0, float(lower.high)))  # no loss falls by more than all of it
        return Interval(estimate=lower.estimate, low=lower.low, high=high, level=level)
    least = max(least, 1e-9 * float(over.mean()), 1e-9 * float(arm.mean()), 1e-300)
    ratios = np.log(np.maximum(over, least) / np.maximum(arm, least))
    log_ratio = corrected_resampled_t(ratios, train_rows=train_rows, test_rows=test_rows, level=level)
    estimate, low, high = (-math.expm1(-value) for value in (log_ratio.estimate, log_ratio.low, log_ratio.high))
    return Interval(estimate=estimate, low=low, high=high, level=level)


def decide(evidence: Evidence) -> tuple[Answer, str]:
    """The answer, and the arm that it recommends.

    A network is better if, at a level that holds for all networks at once, the interval of its gain over the linear
    model lies above 0 and reaches the margin, and it beats the constant prediction. The linear model is enough if it
    beats the constant prediction and the gain of each network is below the margin with 95 % confidence: one-sided, and
    without a correction, since the gains of all of them have to be (an intersection-union test; Berger, Technometrics
    24, 1982). Anything else is undecided.
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
    best = min(NETWORKS, key=lambda name: float(evidence.losses[name].mean()))
    if answer == "network":
        sentence = f"A neural network predicts better: the {winner} {_against_linear(winner, evidence)}."
    elif answer == "linear" and evidence.is_flawless("linear"):
        sentence = _both_flawless(best, evidence)
    elif answer == "linear":
        sentence = f"A linear model is enough: the better network {_against_linear(best, evidence)}."
    elif winner == "constant":
        sentence = "These data cannot tell: no model reliably predicts better than the constant prediction."
    else:
        gain, doubtful = max(
            ((evidence.gain(name, "linear"), name) for name in NETWORKS), key=lambda found: found[0].high
        )
        sentence = (
            f"These data cannot tell: the {doubtful} {change(gain.estimate, evidence.loss_name)}, but the gain may be "
            f"anything from {share(gain.low)} to {share(gain.high)}."
        )
    return sentence + _how_little(winner, evidence) + _rival(winner, evidence)


def _against_linear(network: str, evidence: Evidence) -> str:
    """What a network does to the linear model's loss, with its interval."""
    gain = evidence.gain(network, "linear")
    interval = f"(95 % interval of the gain: {share(gain.low)} to {share(gain.high)}{_scores(network, evidence)})"
    more = " or more" if evidence.is_flawless(network) and gain.estimate > 0 else ""
    return f"{change(gain.estimate, evidence.loss_name)}{more} {interval}"


def _scores(network: str, evidence: Evidence) -> str:
    """Where a score decides, the scores themselves: "; AUC 0.93 instead of 0.87"."""
    if (score := evidence.score) is None:
        return ""
    of_network, of_linear = (score.shown(float(evidence.losses[name].mean())) for name in (network, "linear"))
    return f"; {score.heading} {of_network:.3g} instead of {of_linear:.3g}"


def _both_flawless(network: str, evidence: Evidence) -> str:
    """The linear model leaves next to nothing to gain; what a network does with that is stated as it is."""
    left = f"it leaves {share(evidence.left('linear'))} of the constant prediction's {evidence.loss_name}"
    gain, then = evidence.true_gain(network, "linear"), share(evidence.left(network))
    if gain.estimate <= 0:
        return f"A linear model is enough: {left}, the better network {then}."
    interval = f"(95 % interval of the gain: {share(gain.low)} to {share(gain.high)})"
    lowered = f"lowers that by {share(gain.estimate)} {interval}, to {then}"
    return f"A linear model is enough: {left}; the better network {lowered}."


def _how_little(winner: str, evidence: Evidence) -> str:
    """A clause for a winner that hardly predicts better than the constant prediction."""
    if winner == "constant":
        return ""
    gain = evidence.gain(winner, "constant").estimate
    if not 0 < gain < _LITTLE:
        return ""
    of = f"the {winner} model's" if winner == "linear" else f"the {winner}'s"
    below = f"{share(gain)} below the constant prediction's"
    return f" Little can be predicted, though: {of} {evidence.loss_name} is {below}."


def change(gain: float, loss: str) -> str:
    """A gain over the linear model in words: "lowers the linear model's log loss by 12 %"."""
    if gain < -1:
        return f"has {1 - gain:.3g} times the linear model's {loss}"
    return f"{'lowers' if gain >= 0 else 'raises'} the linear model's {loss} by {share(abs(gain))}"


def share(value: float) -> str:
    """A share in per cent, with as many digits as are meaningful."""
    if value < -9.99:
        return "below −999 %"
    if 0 < abs(value) < 0.0005:
        return f"{100 * value:.2g} %".replace("-", "−")
    digits = 0 if abs(value) >= 0.095 else 1
    return f"{100 * value:.{digits}f} %".replace("-", "−")


def better_still(winner: str, evidence: Evidence) -> str | None:
    """The best of the arms that no answer recommends (gradient boosting, the user's own), if it is clearly better."""
    others = [name for name in evidence.losses if name not in ("constant", "linear", *NETWORKS)]
    clear = [name for name in others if evidence.gain(name, winner).low > 0 and evidence.gain(name, "constant").low > 0]
    return min(clear, key=lambda name: float(evidence.losses[name].mean()), default=None)


def _rival(winner: str, evidence: Evidence) -> str:
    rival = better_still(winner, evidence)
    if rival is None:
        return ""
    gain = evidence.gain(rival, winner)
    named = "Gradient boosting" if rival == BOOSTING else f"The arm '{rival}'"
    of = "constant prediction" if winner == "constant" else f"{winner} model" if winner == "linear" else winner
    return f" {named} is better still: its {evidence.loss_name} is {share(gain.estimate)} below the {of}'s."
