"""Stochastic weight averaging, as `torch.optim.swa_utils.AveragedModel` takes it (Izmailov et al. 2018)."""

from looplab.loop.averages.average import Average
from looplab.loop.schedules.schedule import Number, whole_steps

__all__ = ["SWA"]


def _share(step: int, steps: int, *, start: Number = 0.75, every: int = 1) -> float:
    since = step + 1 - max(1, whole_steps(start, steps))
    if since <= 0:
        return 1.0
    return 1.0 / (since // every + 1) if since % every == 0 else 0.0


SWA = Average(
    name="swa",
    description="the plain mean of the parameters after every `every` steps from `start` on, 0.75 of the training",
    share=_share,
)
