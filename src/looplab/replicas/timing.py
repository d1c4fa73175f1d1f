"""Which is done sooner here, stacked steps or one model after the other: a few steps of each are timed.

Both give what `train` gives, so the clock decides about waiting alone. It is asked where waiting is long enough to
matter, and stacked steps are kept unless the loop is clearly quicker. The clock is that of the calling thread, which
stands still while another process has the core: how busy the machine is seldom changes the choice.
"""

import copy
import time
from dataclasses import dataclass, replace

import numpy as np

from looplab.loop import train
from looplab.loop.progress import reporting_to
from looplab.loop.surroundings import fresh_state, one_thread
from looplab.replicas.call import Call
from looplab.replicas.initial import FirstModel, InitialModels
from looplab.replicas.looped import planned_workers
from looplab.replicas.probe import Probe
from looplab.replicas.vmapped import first_steps

__all__ = ["Expected", "expect", "why_loop", "why_loop_for_few"]

_LEAST_STEPS = 30
"""Of fewer steps those that are timed would be too large a share."""
_SOON_SECONDS = 0.5
"""Stacked steps that take no longer in all are not compared with anything."""
_CLEARLY = 0.8
"""The loop must take less than this share of the time of stacked steps."""
_TIMED_STEPS = 3
_PLAIN_STEPS = 6
_TURNS = 2


@dataclass(frozen=True, kw_only=True)
class Expected:
    """How long a call will take.

    Attributes:
        stacked_seconds: with stacked steps.
        looped_seconds: one replica after the other, shared out among workers.
        workers: how many processes that would be.
    """

    stacked_seconds: float
    looped_seconds: float
    workers: int


def expect(call: Call, first: FirstModel, initial: InitialModels, probe: Probe, threads: int | None) -> Expected | None:
    """Time a few steps of a call, stacked and plain; models, random state and results stay as they are.

    Args:
        call: the data, and how to train each replica.
        first: the model of the first seed.
        initial: what all models start with.
        probe: what a training step of the model showed.
        threads: the largest number of worker processes; None for one a core.

    Returns:
        What is to be expected; None where it does not matter, as all is soon done, or the models lie on a GPU.
    """
    if call.steps < _LEAST_STEPS or initial.parameters.device.type != "cpu":
        return None
    stacked = _stacked_step(call, first, initial, probe) * call.steps * len(call)
    if stacked <= _SOON_SECONDS:
        return None
    alone = _plain_run(call, first) * len(call)
    workers, start_seconds = planned_workers(first, alone, len(call) - 1, threads)
    return Expected(stacked_seconds=stacked, looped_seconds=alone / workers + start_seconds, workers=workers)


def why_loop_for_few(call: Call) -> str | None:
    """Why so few replicas are trained one after the other, as a clause; None where there are more.

    benchmarks/vmapped_or_loop.py measures it, for modules of several kinds and sizes.
    """
    if len(call) == 1:
        return "a single replica is trained sooner by itself"
    if len(call) == 2 and call.steps >= _LEAST_STEPS:
        return "two replicas are trained sooner one after the other"
    return None


def why_loop(expected: Expected | None) -> str | None:
    """Why the loop is to be taken, as a clause with both figures; None for stacked steps."""
    if expected is None or expected.looped_seconds >= _CLEARLY * expected.stacked_seconds:
        return None
    where = f"in {expected.workers} worker processes" if expected.workers > 1 else "in a loop"
    return (
        f"a few steps of each, timed here, let expect {_spoken(expected.stacked_seconds)} for stacked steps "
        f"and {_spoken(expected.looped_seconds)} for one replica after the other {where}"
    )


def _stacked_step(call: Call, first: FirstModel, initial: InitialModels, probe: Probe) -> float:
    """Seconds of a stacked step, for each of the replicas that take it together."""
    seconds = []
    with fresh_state(0):
        replicas, steps = first_steps(first.model, call, initial, probe)
        next(steps)  # the first step allocates what the others use
        for _ in range(_TIMED_STEPS):
            started = time.thread_time()
            next(steps)
            seconds.append(time.thread_time() - started)
    return min(seconds) / replicas


def _plain_run(call: Call, first: FirstModel) -> float:
    """Seconds of a whole run of `train`, told from two short ones.

    They validate after each step or not at all, as the stacked steps do that are timed.
    """
    short, longer = (min(_seconds_of_train(call, first, steps) for _ in range(_TURNS)) for steps in (1, _PLAIN_STEPS))
    return short + max(0.0, longer - short) / (_PLAIN_STEPS - 1) * (call.steps - 1)


def _seconds_of_train(call: Call, first: FirstModel, steps: int) -> float:
    started = time.thread_time()
    with one_thread(), reporting_to(lambda _: None):
        train(
            lambda: copy.deepcopy(first.model),
            call.dataset,
            replace(call.recipe_of(0), steps=steps, epochs=None),
            validation=call.validation if call.record_every == 1 else None,
            loss=call.loss,
            row_weights=call.weights_of(0),
        )
    return time.thread_time() - started


def _spoken(seconds: float) -> str:
    return f"{np.format_float_positional(seconds, precision=2, fractional=False, trim='-')} s"
