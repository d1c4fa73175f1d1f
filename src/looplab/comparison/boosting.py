"""The gradient boosting arm: leaves, columns, smallest leaf, rate and iterations chosen on the inner splits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.baselines import bootstraps, fit_constant
from looplab.comparison.examples import Examples, Fitted, Matrix
from looplab.comparison.folds import Split
from looplab.comparison.threads import few_threads
from looplab.comparison.trees import tensors_of_trees
from looplab.comparison.weights import part_of

__all__ = ["BOOSTING", "BoostingSettings", "choose_boosting", "fit_boosting"]

BOOSTING = "gradient boosting"
"""The arm's name."""

_TREES = 1000  # at most, over all classes
_ITERATIONS = 500  # at most
_CLEARLY = 0.99  # what is not lower than this share of a loss is not worth more trees, or another setting


@dataclass(frozen=True, kw_only=True)
class BoostingSettings:
    """How trees are grown and added up: the fields are those of scikit-learn's histogram gradient boosting."""

    max_leaf_nodes: int = 8
    min_samples_leaf: int = 20
    max_features: float = 0.5
    l2_regularization: float = 1.0
    learning_rate: float = 0.1
    max_iter: int = 100


@dataclass(frozen=True, kw_only=True)
class _Search:
    """How settings are searched for.

    Attributes:
        first: the settings that the others have to be clearly better than.
        tried: what is tried in place of each, one setting after another: what is clearly better is kept.
        patience: iterations without a lower loss on the inner split before a fit is stopped.
    """

    first: BoostingSettings
    tried: Mapping[str, tuple[Any, ...]]
    patience: int


_MANY_ROWS = 500
_SEARCH_OF_FEW = _Search(
    first=BoostingSettings(max_leaf_nodes=4),
    tried={"max_features": (1.0,), "min_samples_leaf": (5,)},
    patience=10,
)
"""Of fewer rows than `_MANY_ROWS`, which have the most folds, fewer settings are tried. `benchmarks/compare_tables.py`
sets what comes of both searches beside a grid."""

_SEARCH = _Search(
    first=BoostingSettings(),
    tried={
        "max_leaf_nodes": (4, 31),
        "max_features": (1.0,),
        "min_samples_leaf": (5,),
        "learning_rate": (0.05,),
    },
    patience=15,
)


def fit_boosting(examples: Examples, *, members: int = 1) -> Fitted:
    """scikit-learn's histogram gradient boosting, with settings chosen inside the training rows.

    Each output of a regression has settings of its own. Where the training rows have one class alone, that class is
    predicted.

    Args:
        examples: the rows to learn from.
        members: 1 for the fit alone; with more, the others are refits on bootstrap samples, for the spread of
            predictions, and all trees can be saved.
    """
    if examples.task != "regression" and len(np.unique(examples.y)) < 2:
        return fit_constant(examples)
    with few_threads(len(examples)):
        chosen = [choose_boosting(examples, y) for y in _outputs(examples)]
        fits = [_fit(examples, rows, chosen) for rows in bootstraps(examples, members)]
    return Fitted(
        predict=lambda X: np.concatenate([_predictions(models, X, examples) for models in fits]),
        chosen=vars(chosen[0]) if len(chosen) == 1 else {"outputs": [vars(each) for each in chosen]},
        tensors=tensors_of_trees(fits) if members > 1 else {},
    )


def _fit(examples: Examples, rows: NDArray[np.int64], chosen: list[BoostingSettings]) -> list[Any]:
    """A model of each output."""
    pairs = zip(chosen, _outputs(examples), strict=True)
    return [
        _make(examples, settings).fit(examples.X[rows], y[rows], part_of(examples.weights, rows))
        for settings, y in pairs
    ]


def choose_boosting(examples: Examples, y: NDArray[Any]) -> BoostingSettings:
    """The settings with the lowest mean loss on a few inner splits, found one after another, and when to stop on all.

    The lowest loss of few rows is partly luck, and the luck grows with what is tried: more iterations, or another
    setting, are taken only for a loss that is lower by a hundredth.

    Args:
        examples: the rows to learn from.
        y: N targets of one output, or classes.
    """
    search = _SEARCH if len(examples) >= _MANY_ROWS else _SEARCH_OF_FEW
    best = search.first
    path = _losses(examples, y, best, examples.few_inner, search.patience)
    for name, values in search.tried.items():
        for value in values:
            other = replace(best, **{name: value})
            losses = _losses(examples, y, other, examples.few_inner, search.patience)
            if losses.min() < _CLEARLY * path.min():
                best, path = other, losses
    path = path + _losses(examples, y, best, examples.inner[len(examples.few_inner) :], search.patience)
    return replace(best, max_iter=int(np.argmax(_CLEARLY * path <= path.min())) + 1)


def _losses(
    examples: Examples, y: NDArray[Any], settings: BoostingSettings, splits: tuple[Split, ...], patience: int
) -> NDArray[np.float64]:
    """The sum of the losses on these splits after each iteration; a fit that was stopped stays where it ended."""
    most = min(_ITERATIONS, _TREES // max(1, examples.classes if examples.classes > 2 else 1))
    total = np.zeros(most)
    for split in splits:
        known, asked = y[split.train], split.test
        if examples.task != "regression":
            asked = asked[np.isin(y[asked], known)]
            if len(np.unique(known)) < 2:
                continue
        if len(asked) == 0:
            continue
        model = _make(examples, replace(settings, max_iter=most))
        model.set_params(early_stopping=True, n_iter_no_change=patience)
        model.fit(
            examples.X[split.train],
            known,
            part_of(examples.weights, split.train),
            X_val=examples.X[asked],
            y_val=y[asked],
            sample_weight_val=part_of(examples.weights, asked),
        )
        path = -model.validation_score_[1:]  # the first is that of no tree
        total += np.concatenate([path, np.full(most - len(path), path[-1])])
    return total


def _make(examples: Examples, settings: BoostingSettings) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if examples.task == "regression" else HistGradientBoostingClassifier
    return kind(**vars(settings), early_stopping=False, random_state=examples.seed)


def _outputs(examples: Examples) -> list[NDArray[Any]]:
    return list(examples.y.T) if examples.task == "regression" else [examples.y]


def _predictions(models: list[Any], X: Matrix, examples: Examples) -> NDArray[np.float64]:
    """1×N×O values of the models, or 1×N×C probabilities of the only one, 0 for a class that it has not seen."""
    if examples.task == "regression":
        return np.stack([model.predict(X) for model in models], axis=1)[None]
    return all_classes(models[0].predict_proba(X), models[0].classes_, examples.classes)[None]


def all_classes(probabilities: NDArray[Any], known: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Probabilities N×C of all classes from those of the known ones."""
    full = np.zeros((len(probabilities), classes))
    full[:, known] = probabilities
    return full
