"""The linear arm: ridge or logistic regression, in the form that predicts best inside the training rows.

Products of columns and the logarithm of a positive target are what a careful analyst tries before a network: only what
they leave to gain is worth one.
"""

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.comparison.baselines import bootstraps, fit_weights, logistic_penalty, ridge_penalty
from looplab.comparison.examples import Examples, Fitted
from looplab.comparison.folds import Split
from looplab.comparison.forms import Form, form_predictions, limits_of, pairs_of_strongest
from looplab.comparison.preparation import TargetScale
from looplab.comparison.scores import mean_loss
from looplab.comparison.threads import few_threads
from looplab.comparison.weights import part_of

__all__ = ["choose_form", "fit_linear"]

_CLEARLY = 0.98  # a form is taken in place of the plain one if it leaves at most this share of its loss
_ERRORS = 2.0  # standard errors by which it must be better
_LEAST = 1e-9  # of a loss
_RANKING_PENALTY = 10.0  # of the fit by whose weights columns are ranked

Tensors = dict[str, NDArray[np.float64]]


class _Tried(NamedTuple):
    """A form with its penalty, and its loss on each inner split."""

    form: Form
    penalty: float
    losses: NDArray[np.float64]


def fit_linear(examples: Examples, *, members: int = 1) -> Fitted:
    """Ridge or logistic regression, form and penalty chosen inside the training rows.

    Args:
        examples: the rows to learn from.
        members: 1 for the fit alone; with more, the others are refits on bootstrap samples, for the spread of
            predictions.
    """
    with few_threads(len(examples)):
        form, penalty = choose_form(examples)
        fits = [_fit(_part(examples, rows), form, penalty) for rows in bootstraps(examples, members)]
    tensors = {name: np.stack([fit[name] for fit in fits]) for name in fits[0]}
    return Fitted(
        predict=lambda X: form_predictions(X, tensors, form, examples.task),
        chosen={"penalty": penalty, "form": form},
        tensors={name: torch.from_numpy(tensor) for name, tensor in tensors.items()},
    )


def choose_form(examples: Examples) -> tuple[Form, float]:
    """The form with the lowest loss on the inner splits, the plain one unless another is clearly better; its penalty.

    Clearly: its loss is lower by a fiftieth or more, and by more than twice the standard error of the splits' log
    ratios, corrected for the rows that the splits share.
    """
    products = (False, True) if examples.X.shape[1] > 1 else (False,)
    kinds = list(product(products, _logs(examples)))
    tried = [_tried(examples, *kind) for kind in kinds]
    losses = np.maximum([each.losses for each in tried], _LEAST)
    ratios = np.log(losses[0] / losses)
    gains, errors = ratios.mean(axis=1), _standard_errors(ratios, examples.inner)
    clear = (gains > -np.log(_CLEARLY)) & (gains > _ERRORS * errors)
    best = tried[int(np.argmax(np.where(clear, gains, 0.0)))]
    return best.form, best.penalty


def _standard_errors(ratios: NDArray[np.float64], splits: tuple[Split, ...]) -> NDArray[np.float64]:
    """Those of the means of each row; of a single split nothing is known, and it is believed."""
    if len(splits) < 2:
        return np.zeros(len(ratios))
    shared = len(splits[0].test) / len(splits[0].train)
    return np.asarray(ratios.std(axis=1, ddof=1) * np.sqrt(1 / len(splits) + shared))


def _logs(examples: Examples) -> tuple[bool, ...]:
    return (False, True) if examples.own is not None and bool((examples.own > 0).all()) else (False,)


def _form(examples: Examples, products: bool, log: bool) -> Form:
    """The form for these rows: which columns are multiplied depends on them alone."""
    if not products:
        return Form(log=log)
    weights, _ = fit_weights(_shaped(examples, Form(log=log)), np.arange(len(examples)), _RANKING_PENALTY)
    return Form(pairs_of_strongest(weights), log)


def _tried(examples: Examples, products: bool, log: bool) -> _Tried:
    form = _form(examples, products, log)
    shaped = _shaped(examples, form)
    if examples.task != "regression":
        return _Tried(form, *logistic_penalty(shaped))
    losses = np.array([_split_loss(examples, split, products, log) for split in examples.inner])
    return _Tried(form, ridge_penalty(shaped), losses)


def _split_loss(examples: Examples, split: Split, products: bool, log: bool) -> float:
    part = _part(examples, split.train)
    form = _form(part, products, log)
    tensors = {name: each[None] for name, each in _fit(part, form, ridge_penalty(_shaped(part, form))).items()}
    predicted = form_predictions(examples.X[split.test], tensors, form, examples.task)
    of_test = part_of(examples.weights, split.test)
    return float(mean_loss(predicted, examples.y[split.test], examples.task, of_test)[0])


def _fit(examples: Examples, form: Form, penalty: float) -> Tensors:
    """What `form_predictions` takes, of one model."""
    shaped = _shaped(examples, form)
    weights, biases = fit_weights(shaped, np.arange(len(examples)), penalty)
    if not form.log:
        return {"weights": weights, "biases": biases}
    assert examples.own is not None
    assert examples.scale is not None
    logarithms = np.log(examples.own)
    scale = TargetScale.learn(logarithms)
    left = logarithms - scale.undo(shaped.X.astype(np.float64) @ weights + biases)
    return {
        "weights": weights * scale.deviation,
        "biases": biases * scale.deviation + scale.mean,
        "limits": limits_of(logarithms),
        "factors": np.average(np.exp(left), axis=0, weights=examples.weights),
        "unit": np.array([examples.scale.mean, examples.scale.deviation]),
    }


def _shaped(examples: Examples, form: Form) -> Examples:
    """The same rows as a linear model of this form sees them."""
    shaped = replace(examples, X=form.inputs(examples.X))
    if not form.log:
        return shaped
    assert examples.own is not None
    logarithms = np.log(examples.own)
    return replace(shaped, y=TargetScale.learn(logarithms).apply(logarithms))


def _part(examples: Examples, rows: NDArray[np.int64]) -> Examples:
    own = None if examples.own is None else examples.own[rows]
    return replace(
        examples, X=examples.X[rows], y=examples.y[rows], own=own, weights=part_of(examples.weights, rows), inner=()
    )
