"""Error: the share of rows whose class is not predicted."""

from jaxtyping import Float
from torch import Tensor

from looplab.loop.metrics.accuracy import accuracy_of
from looplab.loop.metrics.metric import Metric

__all__ = ["ERROR"]


def _error(outputs: Float[Tensor, "B O"], targets: Tensor) -> Float[Tensor, ""]:
    return 1.0 - accuracy_of(outputs, targets)


ERROR = Metric(name="error", title="error rate", tasks=frozenset({"binary", "multiclass"}), function=_error)
