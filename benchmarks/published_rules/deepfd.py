"""DeepFD's classifiers.

Cao et al., "DeepFD: Automated Fault Diagnosis and Localization for Deep Learning Programs", ICSE 2022. Not rules but
classifiers, fitted to broken programs, which tell five types of faults from numbers that are gathered while training.
The numbers, the eight statistics of each, the three classifiers whose answers are united and their settings are
those of the authors' published code (ArabelaTso/DeepFD). Their classifiers were fitted to mutants of Keras programs and
cannot be applied here; these are fitted to one of our catalogues, some hundred
trainings, and judged on the other. So the counts
tell what the approach finds of our faults with few examples, not how good the published tool is.
"""

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from .autotrainer import BETA_1, BETA_2, BETA_3, GAMMA, converges_not, oscillates, stands_still
from .seen import Seen

__all__ = ["TYPES", "DeepFD", "features", "types_of"]

TYPES: dict[str, frozenset[str]] = {
    "optimizer": frozenset({"momentum_too_large", "weight_decay_too_large", "clip_too_tight", "no_optimizer_step"})
    | {"optimizer_wrong_params", "no_zero_grad"},
    "learning rate": frozenset({"lr_too_high", "lr_too_low", "scheduler_per_batch"}),
    "activation": frozenset({"missing_nonlinearity", "output_activation_range", "saturated_activation", "dead_relu"})
    | {"softmax_before_ce", "sigmoid_twice", "softmax_wrong_dim", "vanishing_gradient"},
    "loss": frozenset({"wrong_loss", "loss_sign", "loss_scale_wrong", "target_shape_broadcast", "nan_loss"}),
    "epochs": frozenset({"too_few_epochs"}),
}
"""The paper's five types, and those of our faults that lie in the statement such a type points to."""
LARGE_WEIGHT, LARGEST = 5.0, 1e30


def types_of(faults: Sequence[str]) -> list[bool]:
    """Which of the types a training's faults belong to."""
    return [bool(set(faults) & names) for names in TYPES.values()]


def features(seen: Seen) -> list[float]:
    """Eight statistics over the epochs of each number that is gathered."""
    by_epoch = [_numbers(seen.until(count)) for count in range(1, len(seen.epochs) + 1)] or [[0.0] * 19]
    columns = np.nan_to_num(np.array(by_epoch, dtype=float), nan=0.0, posinf=LARGEST, neginf=-LARGEST)
    columns = np.cumsum(columns, axis=0) * _IS_COUNT + columns * ~_IS_COUNT
    return [value for column in columns.T for value in _statistics(column)]


class DeepFD:
    """The union of three classifiers over the five types.

    Args:
        seen: trainings to learn from.
        faults: those of each; trainings whose faults belong to none of the types are left out.
    """

    def __init__(self, seen: Sequence[Seen], faults: Sequence[Sequence[str]]) -> None:
        known = [index for index, each in enumerate(faults) if not each or any(types_of(each))]
        numbers = np.array([features(seen[index]) for index in known])
        self._low, high = numbers.min(axis=0), numbers.max(axis=0)
        self._width = np.where(high > self._low, high - self._low, 1.0)
        labels = np.array([types_of(faults[index]) for index in known], dtype=int)
        self.classifiers: list[Any] = [
            KNeighborsClassifier(n_neighbors=min(len(TYPES), len(known))),
            DecisionTreeClassifier(max_depth=5, random_state=0),
            RandomForestClassifier(max_depth=10, n_estimators=32, max_features=60, random_state=0),
        ]
        for classifier in self.classifiers:
            classifier.fit(self._scaled(numbers), labels)

    def found(self, seen: Seen) -> list[str]:
        """The types that any of the classifiers names."""
        numbers = self._scaled(np.array([features(seen)]))
        named = np.any([classifier.predict(numbers)[0] > 0 for classifier in self.classifiers], axis=0)
        return [name for name, is_named in zip(TYPES, named, strict=True) if is_named]

    def _scaled(self, numbers: Any) -> Any:
        return np.clip((numbers - self._low) / self._width, -1e6, 1e6)


_IS_COUNT = np.array([False] * 4 + [True] * 15)
"""Of the numbers of an epoch: the first are as they are, the others how often something was so."""


def _numbers(seen: Seen) -> list[float]:
    """Losses and accuracies of the last epoch, and which of 15 symptoms it shows."""
    last = seen.epochs[-1]
    before = seen.epochs[-2] if len(seen.epochs) > 1 else last
    ratio = last.first_gradient / last.last_gradient if last.last_gradient > 0 else math.nan
    accuracy, checked = last.accuracy or 0.0, last.validation_accuracy
    gap = 0.0 if checked is None else accuracy - checked
    pairs = list(pairwise(seen.epochs))
    symptoms = [
        converges_not(seen),
        oscillates(seen),
        not math.isfinite(last.loss),
        gap >= (0.07 if accuracy > 0.9 else 0.1),
        bool(pairs) and _turned_bad(seen),
        stands_still(seen),
        last.zero_gradients >= GAMMA,
        ratio < BETA_1 and last.first_gradient < BETA_2,
        ratio > BETA_3,
        not last.gradient_is_number,
        last.largest_weight > LARGE_WEIGHT,
        not math.isfinite(last.largest_weight),
        last.loss > before.loss,
        accuracy < (before.accuracy or 0.0),
        last is not before and last.weight_means == before.weight_means,
    ]
    values = (last.loss, accuracy, last.validation_loss or 0.0, checked or 0.0)
    return [*values, *(float(each) for each in symptoms)]


def _turned_bad(seen: Seen) -> bool:
    """Whether the training loss fell and the validation loss rose, each by more than 0.01."""
    before, now = seen.epochs[-2:]
    if now.validation_loss is None or before.validation_loss is None:
        return False
    return now.loss < before.loss - 0.01 and now.validation_loss > before.validation_loss + 0.01


def _statistics(values: Any) -> list[float]:
    several = len(values) > 1
    spread = float(np.std(values, ddof=1)) if several else 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that hardly differ
        skew = float(np.nan_to_num(stats.skew(values))) if spread > 0 else 0.0
    mean, median = float(np.mean(values)), float(np.median(values))
    error = spread / math.sqrt(len(values))
    return [mean, spread, skew, median, spread**2, error, float(np.max(values)), float(np.min(values))]
