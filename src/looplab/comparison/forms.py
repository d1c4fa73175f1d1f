"""Forms of the linear model: of the columns alone, or of products of two as well; of a target, or of its logarithm."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.baselines import linear_predictions
from looplab.comparison.examples import Matrix

__all__ = ["Form", "form_predictions", "limits_of", "pairs_of_strongest"]

_MOST_COLUMNS = 12  # whose products are tried
_FAR = 5.0  # standard deviations from the mean; a product takes what lies farther as this far
_BEYOND = 1.0  # how far a predicted logarithm may lie beyond those of training, in standard deviations


@dataclass(frozen=True)
class Form:
    """What a linear model is linear in.

    Attributes:
        pairs: columns of the matrix, by position, whose product is a further column.
        log: whether the weights give the logarithm of a positive target.
    """

    pairs: tuple[tuple[int, int], ...] = ()
    log: bool = False

    @property
    def words(self) -> str:
        """The form as an adjunct of "the linear model"; empty for the plain one."""
        parts = [
            *(["of the target's logarithm"] if self.log else []),
            *(["with products of columns"] if self.pairs else []),
        ]
        return " ".join(parts)

    def inputs(self, X: Matrix) -> Matrix:
        """The matrix N×(D+P): the columns, and the products of the P pairs."""
        if not self.pairs:
            return X
        near = np.clip(X, -_FAR, _FAR)
        first, second = np.array(self.pairs).T
        return np.concatenate([X, near[:, first] * near[:, second]], axis=1)


def pairs_of_strongest(weights: NDArray[Any]) -> tuple[tuple[int, int], ...]:
    """The pairs of columns of which products are tried: all, or those of the columns with the largest weights D×O."""
    strength = np.abs(weights).sum(axis=1)
    strongest = np.sort(np.argsort(-strength, kind="stable")[:_MOST_COLUMNS])
    return tuple(combinations(strongest.tolist(), 2))


def form_predictions(X: Matrix, tensors: Mapping[str, NDArray[Any]], form: Form, task: str) -> NDArray[np.float64]:
    """Predictions S×N×O of S linear models in scaled units, or their probabilities S×N×C.

    Args:
        X: N×D.
        tensors: `weights` S×(D+P)×O and `biases` S×O, and for a logarithm `limits` S×2×O of the predicted logarithms,
            `unit` S×2, the mean and deviation by which targets are scaled, and the `factors` S×O by which the mean of a
            target exceeds what its mean logarithm gives (Duan, Smearing Estimate, Journal of the American Statistical
            Association 78, 1983).
        form: what the models are linear in.
        task: "regression", "binary" or "multiclass".
    """
    found = linear_predictions(form.inputs(X), tensors["weights"], tensors["biases"], task)
    if not form.log:
        return found
    limits = tensors["limits"]
    own = np.exp(np.clip(found, limits[:, :1], limits[:, 1:])) * tensors["factors"][:, None]
    mean, deviation = tensors["unit"].T[:, :, None, None]
    return np.asarray((own - mean) / deviation)


def limits_of(logarithms: NDArray[np.float64]) -> NDArray[np.float64]:
    """How low and how high, 2×O, a predicted logarithm may be, from those of training N×O."""
    beyond = _BEYOND * logarithms.std(axis=0)
    return np.stack([logarithms.min(axis=0) - beyond, logarithms.max(axis=0) + beyond])
