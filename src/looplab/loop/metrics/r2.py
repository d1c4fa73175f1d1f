"""R²: the share of the targets' variance that is explained, the coefficient of determination."""

from jaxtyping import Float
from torch import Tensor

from looplab.loop.metrics.metric import Metric

__all__ = ["R2"]


def _r2(outputs: Float[Tensor, "B O"], targets: Float[Tensor, "B O"]) -> Float[Tensor, ""]:
    """1 - Σ(y - ŷ)² / Σ(y - ȳ)² of each output, then their mean; NaN where a target does not vary over the rows."""
    residual = (targets - outputs).double().square().sum(dim=0)
    spread = (targets.double() - targets.double().mean(dim=0)).square().sum(dim=0)
    return (1.0 - residual / spread.masked_fill(spread == 0, float("nan"))).mean().to(outputs.dtype)


R2 = Metric(name="r2", title="R²", tasks=frozenset({"regression"}), function=_r2)
