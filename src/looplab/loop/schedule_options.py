"""What a recipe's `schedule_options` may hold, and how it is said what is wrong with them."""

import math
from typing import Any

import torch

from looplab.errors import RecipeError, shown
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.option_values import check_option_values
from looplab.loop.schedules import SCHEDULES, Schedule

__all__ = ["check_schedule_options"]

_STEPS_TRIED = 100


def check_schedule_options(recipe: Any) -> None:
    """Raise a `RecipeError` unless the schedule has these options and gives learning rates with them."""
    given, schedule = recipe.schedule_options, SCHEDULES[recipe.schedule]
    kind = f"the schedule '{recipe.schedule}'"
    check_option_values("schedule_options", given, kind, schedule.options, "{'warmup': 0.2}")
    if given:
        _require_learning_rates(schedule, recipe)
        _require_momentum(schedule, recipe)


def _require_learning_rates(schedule: Schedule, recipe: Any) -> None:
    """Try the options on a training of as many steps, at some of them."""
    steps, options = recipe.steps or 1000, recipe.schedule_options
    tried = range(0, steps, max(1, steps // _STEPS_TRIED))
    try:
        if schedule.follows is not None:
            schedule.follows(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=recipe.lr), **options)
            return
        factors = [schedule.factor(step, steps, **options) for step in tried]
    except (ArithmeticError, ValueError, TypeError) as error:
        got = f"{shown(dict(options))}: {str(error).splitlines()[0]}"
        raise RecipeError("schedule_options", expected=f"values that '{recipe.schedule}' takes", got=got) from None
    bad = next((factor for factor in factors if not 0 <= factor < math.inf), None)
    if bad is not None:
        raise RecipeError(
            "schedule_options",
            expected="factors of the learning rate that are finite and at least 0",
            got=f"{bad:g} with {shown(dict(options))}",
        )


def _require_momentum(schedule: Schedule, recipe: Any) -> None:
    """A schedule may change the momentum only where there is one."""
    if schedule.momentum is None:
        return
    if schedule.momentum(0, 1, **{**schedule.options, **recipe.schedule_options}) is None:
        return
    defaults = OPTIMIZERS[recipe.optimizer].defaults
    if not {"momentum", "betas"} & defaults.keys():
        raise RecipeError(
            "schedule_options",
            expected=f"none that changes the momentum, which '{recipe.optimizer}' does not have",
            got=shown(dict(recipe.schedule_options)),
        )
