"""The constant prediction, and fits of linear models: ridge and logistic regression, and their penalties."""

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.comparison.examples import Examples, Fitted, Matrix
from looplab.comparison.scores import mean_loss
from looplab.comparison.weights import part_of

__all__ = [
    "RIDGE_PENALTIES",
    "bootstraps",
    "fit_constant",
    "fit_weights",
    "linear_predictions",
    "logistic_penalty",
    "probabilities",
    "ridge_penalty",
]

RIDGE_PENALTIES = tuple(float(10.0**exponent) for exponent in np.arange(-4, 6.5, 0.5))
"""The penalties a ridge regression chooses from: from next to none, to enough for many more columns than rows."""

_LOGISTIC_PENALTIES = tuple(float(10.0**exponent) for exponent in np.arange(-4, 4.5, 0.5))
_CLEARLY = 0.99  # what is not lower than this share of a loss is not worth a weaker penalty
_PATIENCE = 3  # penalties in a row without a lower loss that end the search


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


def bootstraps(examples: Examples, members: int) -> list[NDArray[np.int64]]:
    """The rows that each member learns from: all, then bootstrap samples of which each has every class.

    Source: Efron, Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7, 1979.
    """
    random, rows = np.random.default_rng(examples.seed), len(examples)
    samples = [np.arange(rows)]
    for _ in range(members - 1):
        sample = random.integers(0, rows, rows)
        if examples.task != "regression":
            lacking = np.setdiff1d(examples.y, examples.y[sample])
            sample = np.append(sample, [int(np.argmax(examples.y == each)) for each in lacking])
        samples.append(sample.astype(np.int64))
    return samples


def ridge_penalty(examples: Examples) -> float:
    """The strongest penalty of a ridge regression whose leave-one-out error is within a hundredth of the lowest.

    That error has a closed form.
    """
    from sklearn.linear_model import RidgeCV

    ridge = RidgeCV(alphas=RIDGE_PENALTIES, store_cv_results=True)
    ridge.fit(examples.X.astype(np.float64), examples.y, examples.weights)
    errors = ridge.cv_results_.reshape(-1, len(RIDGE_PENALTIES)).mean(axis=0)
    return RIDGE_PENALTIES[int(np.flatnonzero(_CLEARLY * errors <= errors.min())[-1])]


def logistic_penalty(examples: Examples) -> tuple[float, NDArray[np.float64]]:
    """The penalty of a logistic regression, and its log loss on each of the inner splits.

    It is the strongest whose mean loss is within a hundredth of the lowest: the lowest of few rows is partly luck. The
    search goes from strong to weak: each fit starts where the last one ended, and the search ends when the loss
    keeps rising.
    """
    models = [_logistic() for _ in examples.inner]
    losses: list[NDArray[np.float64]] = []
    for penalty in reversed(_LOGISTIC_PENALTIES):
        losses.append(_logistic_losses(examples, penalty, models))
        means = np.mean(losses, axis=1)
        if len(means) - int(means.argmin()) > _PATIENCE:
            break
    place = int(np.argmax(_CLEARLY * means <= means.min()))
    return _LOGISTIC_PENALTIES[::-1][place], losses[place]


def _logistic_losses(examples: Examples, penalty: float, models: list[Any]) -> NDArray[np.float64]:
    losses = []
    for split, model in zip(examples.inner, models, strict=True):
        weights, bias = fit_weights(examples, split.train, penalty, model)
        predicted = linear_predictions(examples.X[split.test], weights[None], bias[None], examples.task)
        of_test = part_of(examples.weights, split.test)
        losses.append(mean_loss(predicted, examples.y[split.test], examples.task, of_test)[0])
    return np.array(losses)


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500, tol=1e-4, warm_start=True)


def fit_weights(
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
