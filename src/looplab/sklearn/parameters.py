"""An estimator's parameters, checked when it is fitted, and the recipe that they mean."""

import math
from collections.abc import Iterable
from typing import Any

from looplab.errors import EstimatorError, require_choice, shown
from looplab.loop import OPTIMIZERS, Recipe
from looplab.loop.schedules import SCHEDULES
from looplab.models import ACTIVATIONS
from looplab.numbers import real_number, whole_number

__all__ = ["activation_of", "check_parameters", "recipe_of", "widths_of"]

_LEAST_WHOLE = {"max_iter": 1, "n_members": 1, "n_iter_no_change": 1}
_LEAST_REAL = {"alpha": 0.0, "tol": 0.0}
_TRUTHS = ("standardize", "early_stopping", "nesterovs_momentum")

_FULL_BATCH = 128  # up to this many rows, each step takes all of them
_FEW_ROWS = 10_000


def check_parameters(estimator: Any) -> None:
    """Raise an error in a sentence for the first parameter that is impossible.

    Raises:
        EstimatorError: a number out of range, or no number.
        ChoiceError: an unknown solver, activation or learning rate schedule.
    """
    require_choice("solver", estimator.solver, OPTIMIZERS)
    require_choice("activation", activation_of(estimator), ACTIVATIONS)
    require_choice("learning_rate", estimator.learning_rate, SCHEDULES)
    widths_of(estimator)
    for name, least in _LEAST_WHOLE.items():
        _require(name, getattr(estimator, name), whole_number(getattr(estimator, name)) >= least, _whole(least))
    for name, low in _LEAST_REAL.items():
        value = getattr(estimator, name)
        _require(name, value, low <= real_number(value) < math.inf, f"a finite number, at least {low:g}")
    for name in _TRUTHS:
        value = getattr(estimator, name)
        _require(name, value, value in (True, False), "True or False")
    rate, size, norm = estimator.learning_rate_init, estimator.batch_size, estimator.clip_norm
    above = "a finite number above 0"
    _require("learning_rate_init", rate, 0 < real_number(rate) < math.inf, above, "Try 0.01.")
    is_size = size == "auto" if isinstance(size, str) else whole_number(size) >= 1
    _require("batch_size", size, is_size, f"'auto' or {_whole(1)}")
    _require("clip_norm", norm, norm is None or 0 < real_number(norm) < math.inf, f"None or {above}")
    momentum, share = estimator.momentum, estimator.validation_fraction
    _require("momentum", momentum, 0 <= real_number(momentum) < 1, "a number from 0 to below 1")
    _require("validation_fraction", share, 0 < real_number(share) < 1, "a number between 0 and 1", "Try 0.1.")


def recipe_of(estimator: Any, rows: int) -> Recipe:
    """The recipe of the members on so many rows."""
    fields = OPTIMIZERS[estimator.solver].fields
    momentum = estimator.momentum if "momentum" in fields else None
    nesterov = estimator.nesterovs_momentum and bool(momentum) if "nesterov" in fields else None
    return Recipe(
        optimizer=estimator.solver,
        lr=float(estimator.learning_rate_init),
        epochs=whole_number(estimator.max_iter),
        batch_size=_batch_size(estimator.batch_size, rows),
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=float(estimator.alpha),
        clip_norm=estimator.clip_norm,
        schedule=estimator.learning_rate,
    )


def activation_of(estimator: Any) -> Any:
    """The activation by looplab's name; scikit-learn calls the sigmoid "logistic"."""
    return "sigmoid" if estimator.activation == "logistic" else estimator.activation


def widths_of(estimator: Any) -> tuple[int, ...]:
    """The widths of the hidden layers: one number means one layer.

    Raises:
        EstimatorError: anything but whole numbers of at least 1.
    """
    given = estimator.hidden_layer_sizes
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    widths = tuple(map(whole_number, listed))
    is_right = all(width >= 1 for width in widths)
    _require("hidden_layer_sizes", given, is_right, "whole numbers, each at least 1", "Write (64,) for one layer.")
    return widths


def _batch_size(given: Any, rows: int) -> int | None:
    """Rows in a step; None for all of them."""
    if isinstance(given, str):
        return None if rows <= _FULL_BATCH else 64 if rows < _FEW_ROWS else 256
    size = whole_number(given)
    return None if size >= rows else size


def _require(name: str, value: object, is_right: bool, expected: str, fix: str = "") -> None:
    if not is_right:
        raise EstimatorError(name, expected=expected, got=shown(value), fix=fix)


def _whole(least: int) -> str:
    return f"a whole number, at least {least}"
