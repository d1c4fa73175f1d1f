"""Accuracy: the share of rows whose class is predicted."""

from jaxtyping import Float
from torch import Tensor

from looplab.loop.metrics.metric import Metric

__all__ = ["ACCURACY", "accuracy_of"]


def accuracy_of(outputs: Float[Tensor, "B O"], targets: Tensor) -> Float[Tensor, ""]:
    """The share of B rows that are right: the largest logit's class, or for one of two classes a logit above 0."""
    if targets.ndim == 2:  # a column of 0 and 1, with one logit each
        return ((outputs > 0) == (targets > 0.5)).to(outputs.dtype).mean()
    return (outputs.argmax(dim=1) == targets).to(outputs.dtype).mean()


ACCURACY = Metric(
    name="accuracy", title="accuracy", tasks=frozenset({"binary", "multiclass"}), function=accuracy_of
)  # fmt: skip
