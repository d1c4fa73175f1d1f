"""The arms without a network: the constant prediction, the linear model, gradient boosting."""

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.comparison.examples import Examples, Fitted, Matrix
from looplab.comparison.scores import mean_loss
from looplab.comparison.threads import few_threads
from looplab.comparison.weights import part_of

__all__ = ["fit_boosting", "fit_constant", "fit_linear"]

_PENALTIES = tuple(float(10.0**exponent) for exponent in range(-2, 3))
_MEMBERS = 16  # bootstrap refits of the saved linear model, for the spread of its predictions


def fit_constant(examples: Examples) -> Fitted:
    """The mean of the targets, or the share of each class."""
    if examples.task == "regression":
        value = np.average(examples.y, axis=0, weights=examples.weights)
    else:
        counts = np.bincount(examples.y, weights=examples.weights, minlength=examples.classes)
        value = counts / counts.sum()
    row = value.astype(np.float64)
    tensors = {"constant": torch.from_numpy(row)}
    return Fitted(predict=lambda X: np.broadcast_to(row, (1, len(X), len(row))), chosen={}, tensors=tensors)


def fit_linear(examples: Examples, *, members: int = 1) -> Fitted:
    """Ridge or logistic regression, the penalty chosen inside the training rows.

    Args:
        examples: the rows to learn from.
        members: 1 for the fit alone; with more, the others are refits on bootstrap samples, for the spread of
            predictions.
    """
    with few_threads(len(examples)):
        return _fit_linear(examples, members)


def _fit_linear(examples: Examples, members: int) -> Fitted:
    penalty = _choose_penalty(examples)
    random = np.random.default_rng(examples.seed)
    fits = [_fit(examples, np.arange(len(examples)), penalty)]
    fits += [_fit(examples, _bootstrap(examples, random), penalty) for _ in range(members - 1)]
    weights = np.stack([fit[0] for fit in fits])
    biases = np.stack([fit[1] for fit in fits])
    return Fitted(
        predict=lambda X: linear_predictions(X, weights, biases, examples.task),
        chosen={"penalty": penalty},
        tensors={"weights": torch.from_numpy(weights), "biases": torch.from_numpy(biases)},
    )


def fit_boosting(examples: Examples) -> Fitted:
    """scikit-learn's histogram gradient boosting with its default settings."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    with few_threads(len(examples)):
        if examples.task == "regression":
            models = [
                HistGradientBoostingRegressor(random_state=examples.seed).fit(examples.X, y, examples.weights)
                for y in examples.y.T
            ]
            return Fitted(
                predict=lambda X: np.stack([m.predict(X) for m in models], axis=1)[None], chosen={}, tensors={}
            )
        model = HistGradientBoostingClassifier(random_state=examples.seed)
        model.fit(examples.X, examples.y, examples.weights)
    return Fitted(predict=lambda X: _all_classes(model, X, examples.classes), chosen={}, tensors={})


def linear_predictions(
    X: Matrix, weights: NDArray[np.float64], biases: NDArray[np.float64], task: str
) -> NDArray[np.float64]:
    """Predictions S×N×O of S linear models with weights S×D×O, or their probabilities S×N×C."""
    outputs = np.einsum("nd,sdo->sno", X.astype(np.float64), weights) + biases[:, None, :]
    return outputs if task == "regression" else probabilities(outputs)


def probabilities(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities S×N×C from logits S×N×C, or from the single logit S×N×1 of two classes."""
    from scipy.special import expit, softmax

    if logits.shape[2] == 1:
        of_second = expit(logits.astype(np.float64))
        return np.concatenate([1 - of_second, of_second], axis=2)
    return np.asarray(softmax(logits.astype(np.float64), axis=2))


def _choose_penalty(examples: Examples) -> float:
    if examples.task == "regression":  # leave-one-out has a closed form
        from sklearn.linear_model import RidgeCV

        X = examples.X.astype(np.float64)
        return float(RidgeCV(alphas=_PENALTIES).fit(X, examples.y, examples.weights).alpha_)
    losses = np.zeros(len(_PENALTIES))
    for split in examples.inner:
        model = _logistic()
        for position in reversed(range(len(_PENALTIES))):  # from strong to weak: each fit starts where the last ended
            weights, bias = _fit(examples, split.train, _PENALTIES[position], model)
            predicted = linear_predictions(examples.X[split.test], weights[None], bias[None], examples.task)
            weights_of_test = part_of(examples.weights, split.test)
            losses[position] += mean_loss(predicted, examples.y[split.test], examples.task, weights_of_test)[0]
    return _PENALTIES[int(np.argmin(losses))]


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=300, tol=1e-3, warm_start=True)


def _fit(
    examples: Examples, rows: NDArray[np.int64], penalty: float, model: Any = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights D×O and biases O."""
    from sklearn.linear_model import Ridge

    X, y, of_rows = examples.X[rows].astype(np.float64), examples.y[rows], part_of(examples.weights, rows)
    if examples.task == "regression":
        ridge = Ridge(alpha=penalty).fit(X, y, of_rows)
        return ridge.coef_.reshape(y.shape[1], -1).T, np.atleast_1d(ridge.intercept_)
    present = np.unique(y)
    if len(present) == 1:  # an inner split of a rare class
        logits = np.where(np.arange(examples.classes) == present[0], 0.0, -16.0)
        flat = logits[1:] - logits[:1] if examples.classes == 2 else logits
        return np.zeros((X.shape[1], len(flat))), flat
    with warnings.catch_warnings():  # a fit that is still improving after this many steps is good enough to compare
        warnings.simplefilter("ignore")
        logistic = (model or _logistic()).set_params(C=1 / penalty).fit(X, y, of_rows)
    return _spread(logistic.coef_.T, logistic.intercept_, present, examples.classes)


def _spread(
    weights: NDArray[np.float64], bias: NDArray[np.float64], present: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns for all classes, when the rows had only some of them."""
    if classes == 2:
        return weights, bias
    if len(present) == 2:  # one logit for two of several classes
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.concatenate([[0.0], bias])
    full = np.zeros((len(weights), classes))
    full_bias = np.full(classes, -16.0)
    full[:, present], full_bias[present] = weights, bias
    return full, full_bias


def _bootstrap(examples: Examples, random: np.random.Generator) -> NDArray[np.int64]:
    rows = random.integers(0, len(examples), len(examples))
    return np.asarray(rows, dtype=np.int64)


def _all_classes(model: Any, X: Matrix, classes: int) -> NDArray[np.float64]:
    known = model.predict_proba(X)
    full = np.zeros((len(X), classes))
    full[:, model.classes_] = known
    return full[None]
