"""A learning rate that rises once and falls once (Smith & Topin, 2018), with the numbers of `OneCycleLR`."""

from looplab.loop.schedules.cosine import half_cosine
from looplab.loop.schedules.schedule import Number, Schedule
from looplab.registry import Cannot

__all__ = ["ONE_CYCLE"]


def _factor(
    step: int,
    steps: int,
    *,
    pct_start: Number = 0.3,
    anneal_strategy: str = "cos",
    cycle_momentum: bool = False,
    base_momentum: Number = 0.85,
    max_momentum: Number = 0.95,
    div_factor: Number = 25.0,
    final_div_factor: Number = 1e4,
    three_phase: bool = False,
) -> float:
    low, end = 1 / div_factor, 1 / div_factor / final_div_factor
    return _annealed(step, steps, (low, 1.0, *([low] * three_phase), end), pct_start, anneal_strategy)


def _momentum(
    step: int,
    steps: int,
    *,
    pct_start: Number,
    anneal_strategy: str,
    cycle_momentum: bool,
    base_momentum: Number,
    max_momentum: Number,
    three_phase: bool,
    **_: Number,
) -> float | None:
    if not cycle_momentum:
        return None
    values = (max_momentum, base_momentum, max_momentum, *([max_momentum] * three_phase))
    return _annealed(step, steps, values, pct_start, anneal_strategy)


def _annealed(step: int, steps: int, values: tuple[Number, ...], pct_start: Number, anneal_strategy: str) -> float:
    """Through the values, one after the other: the way up, in three phases the same way down, and the rest."""
    if anneal_strategy not in ("cos", "linear"):
        raise ValueError(f"anneal_strategy is 'cos' or 'linear', not {anneal_strategy!r}")
    up = pct_start * steps - 1
    ends = [up, 2 * up, steps - 1] if len(values) == 4 else [up, steps - 1]
    begin = 0.0
    for end, first, last in zip(ends, values, values[1:], strict=False):
        if step <= end or end == ends[-1]:
            done = (step - begin) / (end - begin) if end != begin else 1.0
            return first + (last - first) * (1 - half_cosine(done) if anneal_strategy == "cos" else done)
        begin = end
    raise AssertionError("the last phase is open")


ONE_CYCLE = Schedule(
    name="one-cycle",
    description="up from 1 / `div_factor` to 1 over the first `pct_start`, then down to the start's "
    "1 / `final_div_factor`; with `cycle_momentum` the momentum goes the other way",
    factor=_factor,
    momentum=_momentum,
    unstacked={
        "cycle_momentum": Cannot("the formulas of the optimizers take the momentum to be the same in all steps")
    },
)
