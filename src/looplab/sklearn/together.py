"""A search in which all fits are trained ahead, before scikit-learn's own asks for them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, check_cv
from sklearn.utils import indexable
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params

from looplab.errors import EstimatorError, shown
from looplab.sklearn.job import Job
from looplab.sklearn.training import Planned, planned_only, trained_ahead, trained_together

__all__ = ["searched"]

_SHARED = ("scoring", "refit", "verbose", "error_score", "return_train_score")


def searched(
    search: Any, candidates: Iterable[Mapping[str, Any]], X: Any, y: Any, params: dict[str, Any]
) -> GridSearchCV:
    """scikit-learn's grid search over these candidates, fitted, its networks trained at once.

    First each fit says what it would train; then everything is trained; then scikit-learn's search runs, whose fits
    find their networks trained. A fit that asks for anything else trains it, so that what is found is never another.

    Args:
        search: whose estimator, folds and settings are meant.
        candidates: parameters to try.
        X: the rows.
        y: the targets.
        params: what else is given to `fit`.
    """
    X, y = indexable(X, y)
    listed = [dict(each) for each in candidates]
    own = GridSearchCV(
        search.estimator,
        [{name: [value] for name, value in each.items()} for each in listed],
        n_jobs=1,
        **{name: getattr(search, name) for name in _SHARED},
    )
    routed = own._get_routed_params_for_fit(_check_method_params(X, params=params))
    folds = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    own.cv = list(folds.split(X, y, **routed.splitter.split))
    places, jobs = _planned(own, listed, X, y, routed.estimator.fit)
    members = trained_together(jobs)
    seconds = np.zeros((len(listed), len(own.cv)))
    for place, each in zip(places, members, strict=True):
        seconds[place] = each.seconds
    with trained_ahead(jobs, members):
        own.fit(X, y, **params)
    own.cv_results_["mean_fit_time"] += seconds.mean(axis=1)
    own.cv_results_["std_fit_time"] += seconds.std(axis=1)
    return own


def _planned(
    own: GridSearchCV, candidates: list[dict[str, Any]], X: Any, y: Any, params: dict[str, Any]
) -> tuple[list[tuple[int, int]], list[Job]]:
    """What each candidate would train on each fold, in the order in which it will be asked for.

    NumPy's global random state is put back, so that estimators which draw from it draw the same again.
    """
    places, jobs = [], []
    of_fold: list[list[Job]] = [[] for _ in own.cv]  # those with rows of their own
    state = np.random.get_state()
    for number, candidate in enumerate(candidates):
        for fold, (train, _) in enumerate(own.cv):
            job = _plan(clone(own.estimator), candidate, X, y, train, params)
            if job is None:
                continue
            shared = job.sharing(of_fold[fold])
            if shared is job:
                of_fold[fold].append(job)
            places.append((number, fold))
            jobs.append(shared)
    np.random.set_state(state)
    return places, jobs


def _plan(estimator: Any, candidate: dict[str, Any], X: Any, y: Any, train: Any, params: dict[str, Any]) -> Job | None:
    """What a fit would train; None for one that fails, as it will again when it is asked for and dealt with."""
    try:
        estimator.set_params(**clone(candidate, safe=False))
        rows, targets = _safe_split(estimator, X, y, train)
        with planned_only():
            estimator.fit(rows, targets, **_check_method_params(X, params=params, indices=train))
    except Planned as plan:
        return plan.job
    except Exception:  # noqa: BLE001 - whatever it is, scikit-learn's search meets it, and does as error_score says
        return None
    raise EstimatorError(
        "estimator",
        expected="one whose fit trains an MLPClassifier or MLPRegressor of looplab.sklearn",
        got=shown(estimator),
        fix="Use scikit-learn's own search for others.",
    )
