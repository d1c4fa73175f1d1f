"""Arms of the user's own: any scikit-learn estimator, on the rows, columns and folds of every other arm."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.boosting import all_classes
from looplab.comparison.examples import Examples, Fitted, Matrix
from looplab.data import Task
from looplab.data.words import printable
from looplab.errors import CompareError, shown

__all__ = ["check_own", "fit_own"]

_NEEDED = ("fit", "predict", "get_params")


def check_own(name: str, estimator: object, task: Task, taken: tuple[str, ...]) -> None:
    """Refuse what cannot be an arm, before anything is learnt.

    Raises:
        CompareError: a name that another arm has, no estimator, one without probabilities for classes, or a classifier
            for a regression.
    """
    from sklearn.base import is_classifier

    what = f"arm '{printable(name)}'"
    if name in taken:
        raise CompareError(what, expected="a name that no other arm has", got=f"one of {', '.join(taken)}")
    if isinstance(estimator, type):
        fix = f"Make one: {estimator.__name__}()."
        raise CompareError(what, expected="a scikit-learn estimator", got=f"the class {estimator.__name__}", fix=fix)
    lacking = [each for each in _NEEDED if not callable(getattr(estimator, each, None))]
    if lacking:
        expected = "a scikit-learn estimator, with fit, predict and get_params"
        raise CompareError(what, expected=expected, got=f"{shown(estimator)}, without {lacking[0]}")
    if task == "regression" and is_classifier(estimator):
        raise CompareError(what, expected="a regressor: the target is a number", got=shown(estimator))
    if task != "regression" and not hasattr(estimator, "predict_proba"):
        raise CompareError(
            what,
            expected="predict_proba: arms are compared by the probabilities that they give to classes",
            got=f"{shown(estimator)}, without it",
            fix="Wrap it in sklearn.calibration.CalibratedClassifierCV, or take another estimator.",
        )


def fit_own(name: str, estimator: Any, examples: Examples) -> Fitted:
    """A copy of the estimator, fitted to the matrix that every arm is given.

    A regressor gets the target in its own unit, a classifier the classes as 0 to C-1 in the order of their names.

    Raises:
        CompareError: the estimator raises, takes no weights where rows have some, or predicts what is no prediction.
    """
    from sklearn.base import clone
    from sklearn.utils.validation import has_fit_parameter

    if examples.own is None:
        y: NDArray[Any] = examples.y
    else:
        y = examples.own[:, 0] if examples.own.shape[1] == 1 else examples.own
    weighted = {} if examples.weights is None else {"sample_weight": examples.weights}
    if weighted and not has_fit_parameter(estimator, "sample_weight"):
        raise CompareError(
            f"arm '{printable(name)}'",
            expected="fit to take sample_weight: the rows have weights",
            got=f"{shown(estimator)}, which does not",
            fix="Compare without weights, or without this arm.",
        )
    model = _tried(name, "fit", lambda: clone(estimator).fit(examples.X.astype(np.float64), y, **weighted))
    return Fitted(predict=lambda X: _predicted(name, model, X, examples)[None], chosen={}, tensors={})


def _predicted(name: str, model: Any, X: Matrix, examples: Examples) -> NDArray[np.float64]:
    rows = X.astype(np.float64)
    if examples.scale is None:
        found = _checked(name, "predict_proba", model, rows, len(model.classes_))
        return all_classes(found, np.asarray(model.classes_, dtype=np.int64), examples.classes)
    found = _checked(name, "predict", model, rows, examples.y.shape[1])
    return np.asarray((found - examples.scale.mean) / examples.scale.deviation)


def _checked(name: str, method: str, model: Any, X: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """What a method gives for N rows, N×columns of finite numbers."""
    found = np.asarray(_tried(name, method, lambda: getattr(model, method)(X)), dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    wrong = f"shape {found.shape}" if found.shape != (len(X), columns) else ""
    if not wrong and not np.isfinite(found).all():
        wrong = "some that are not finite"
    if wrong:
        raise CompareError(
            f"arm '{printable(name)}'", expected=f"{method} to give {len(X)}×{columns} numbers", got=wrong
        )
    return found


def _tried(name: str, method: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        said = printable(f"{type(error).__name__}: {error}".splitlines()[0])
        raise CompareError(
            f"arm '{printable(name)}'",
            expected=f"{method} to work on a matrix of numbers without gaps",
            got=said,
            fix="Try the estimator alone on such a matrix.",
        ) from error
