"""What only a training by itself can follow, not one of many replicas that are trained together."""

from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.recipe import Recipe
from looplab.loop.schedules import SCHEDULES

__all__ = ["why_not_stacked"]


def why_not_stacked(recipe: Recipe) -> str | None:
    """Why replicas with this recipe cannot be updated together, as a clause; None if they can."""
    for each in (recipe, *map(recipe.with_settings, recipe.groups.values())):
        reason = OPTIMIZERS[recipe.optimizer].not_in_formula(each)
        if reason:
            return reason
    return SCHEDULES[recipe.schedule].why_not_stacked(recipe.schedule_options)
