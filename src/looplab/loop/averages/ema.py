"""The exponential moving average of the parameters, as `torch.optim.swa_utils.get_ema_multi_avg_fn` takes it."""

from looplab.loop.averages.average import Average
from looplab.loop.schedules.schedule import Number

__all__ = ["EMA"]


def _share(step: int, steps: int, *, decay: Number = 0.999) -> float:
    return 1.0 if step == 0 else 1.0 - decay


EMA = Average(
    name="ema",
    description="each step the average keeps `decay` of itself, 0.999, and takes the rest from the parameters",
    share=_share,
)
