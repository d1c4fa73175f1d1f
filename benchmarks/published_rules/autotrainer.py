"""AutoTrainer's five training problems.

Zhang, Zhai, Ma and Shen, "AUTOTRAINER: An Automatic DNN Training Problem Detection and Repair System", ICSE 2021. The
thresholds (the paper's Greek letters) are the defaults of the authors' published code (shiningrain/AUTOTRAINER, folder
AutoTrainer/utils); they could not be compared with the paper's text, which was not at hand. Problems are looked for
after each third epoch, and the training is stopped at the first one. The tool is meant for classification: what asks
for an accuracy is silent in regression.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from .seen import PublishedRule, Seen

__all__ = ["RULES", "converges_not", "dies", "explodes", "found", "oscillates", "stands_still", "vanishes"]

BETA_1, BETA_2, BETA_3, GAMMA = 1e-3, 1e-4, 70.0, 0.7
ZETA, ETA, DELTA, THETA = 0.03, 0.2, 0.01, 0.7
JUDGED_FROM, EVERY, HUGE_LOSS = 0.3, 3, 1e5
MONITOR, DEFAULTS = "monitor.py", "default_param in utils.py"


def found(seen: Seen) -> list[PublishedRule]:
    """The problem that ends the training, by its priority; none if it comes to its end."""
    checked = sorted({*range(1, len(seen.epochs) + 1, EVERY), len(seen.epochs)} - {0})
    for epochs in checked:
        problem = next((rule for rule in RULES if rule.look(seen.until(epochs))), None)
        if problem is not None:
            return [problem]
    return []


def converges_not(seen: Seen) -> bool:
    """Whether no accuracy has come to Θ, or none has risen by δ, once enough of the training is over."""
    training, validation = _accuracies(seen)
    if not training or len(seen.epochs) < JUDGED_FROM * seen.wished:
        return False
    return max(training) < THETA or (bool(validation) and max(validation) < THETA) or stands_still(seen)


def stands_still(seen: Seen) -> bool:
    """Whether no epoch so far has brought an accuracy up by δ."""
    training, validation = _accuracies(seen)
    if len(training) < 2 or len(seen.epochs) < JUDGED_FROM * seen.wished:
        return False
    return all(_highest_rise(each) < DELTA for each in (training, validation) if each)


def explodes(seen: Seen) -> bool:
    """Whether a number is none, or the gradient grows on its way to the first layer while accuracy stays low."""
    last = seen.epochs[-1]
    validation = 0.0 if last.validation_loss is None else last.validation_loss
    numbers = (last.loss, last.largest_weight, validation)
    if not last.gradient_is_number or not all(math.isfinite(each) for each in numbers) or validation >= HUGE_LOSS:
        return True
    return converges_not(seen) and _ratio(seen) > BETA_3


def vanishes(seen: Seen) -> bool:
    """Whether the gradient shrinks on its way to the first layer while accuracy stays low."""
    return converges_not(seen) and _ratio(seen) < BETA_1 and seen.epochs[-1].first_gradient < BETA_2


def dies(seen: Seen) -> bool:
    """Whether most gradients are zero while accuracy stays low."""
    return converges_not(seen) and seen.epochs[-1].zero_gradients >= GAMMA


def oscillates(seen: Seen) -> bool:
    """Whether the training accuracy goes up and down by ζ often enough, in a training that converges."""
    training, _ = _accuracies(seen)
    if not training or converges_not(seen) or len(seen.epochs) < JUDGED_FROM * seen.wished:
        return False
    threes = list(zip(training, training[1:], training[2:], strict=False))
    tops = [here for before, here, after in threes if before <= here >= after]
    bottoms = [here for before, here, after in threes if before >= here <= after]
    swings = sum(top - bottom >= ZETA for top, bottom in zip(tops, bottoms, strict=False))
    return swings > 0 and swings >= ETA * len(training)


def _accuracies(seen: Seen) -> tuple[list[float], list[float]]:
    training = [each.accuracy for each in seen.epochs if each.accuracy is not None]
    return training, [each.validation_accuracy for each in seen.epochs if each.validation_accuracy is not None]


def _highest_rise(values: Sequence[float]) -> float:
    return max((now - before for before, now in pairwise(values)), default=0.0)


def _ratio(seen: Seen) -> float:
    first, last = seen.epochs[-1].first_gradient, seen.epochs[-1].last_gradient
    return first / last if last > 0 else math.nan


RULES = (
    PublishedRule(
        name="dying ReLU",
        threshold="not converged, and at least γ = 0.7 of all gradients are 0",
        source=f"gradient_issue in {MONITOR}, {DEFAULTS}",
        faults=frozenset({"dead_relu"}),
        look=dies,
    ),
    PublishedRule(
        name="exploding gradient",
        threshold="NaN or infinity; or not converged, and the first layer's gradient over β₃ = 70 times the last one's",
        source=f"gradient_issue, weights_issue and loss_issue in {MONITOR}, {DEFAULTS}",
        faults=frozenset({"exploding_gradient", "nan_loss"}),
        look=explodes,
    ),
    PublishedRule(
        name="vanishing gradient",
        threshold="not converged, the first layer's gradient below β₁ = 1e-3 times the last one's and below β₂ = 1e-4",
        source=f"gradient_issue in {MONITOR}, {DEFAULTS}",
        faults=frozenset({"vanishing_gradient", "saturated_activation"}),
        look=vanishes,
    ),
    PublishedRule(
        name="slow convergence",
        threshold="after 0.3 of the epochs, none has raised an accuracy by δ = 0.01",
        source=f"loss_issue in {MONITOR}, {DEFAULTS}",
        faults=frozenset({"lr_too_low", "clip_too_tight", "scheduler_per_batch", "loss_scale_wrong"}),
        look=stands_still,
    ),
    PublishedRule(
        name="oscillating loss",
        threshold="converged (accuracy of Θ = 0.7), and in η = 0.2 of the epochs accuracy swings by ζ = 0.03",
        source=f"ol_judge in {MONITOR}, {DEFAULTS}",
        faults=frozenset({"lr_too_high", "momentum_too_large"}),
        look=oscillates,
    ),
)
