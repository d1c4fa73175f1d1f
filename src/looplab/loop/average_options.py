"""What a recipe's `average_options` may hold, and how it is said what is wrong with them."""

from typing import Any

from looplab.errors import RecipeError, shown
from looplab.loop.averages import AVERAGES
from looplab.loop.option_values import check_option_values

__all__ = ["check_average_options"]

_STEPS_TRIED = 100


def check_average_options(recipe: Any) -> None:
    """Raise a `RecipeError` unless the average has these options and gives shares with them."""
    given, average = recipe.average_options, AVERAGES[recipe.average]
    kind = f"the average '{recipe.average}'"
    check_option_values("average_options", given, kind, average.options, "{'decay': 0.99}")
    if average.share is None:
        return
    steps = recipe.steps or 1000
    try:
        shares = [average.share(step, steps, **given) for step in range(0, steps, max(1, steps // _STEPS_TRIED))]
    except (ArithmeticError, ValueError, TypeError) as error:
        got = f"{shown(dict(given))}: {str(error).splitlines()[0]}"
        raise RecipeError("average_options", expected=f"values that '{recipe.average}' takes", got=got) from None
    bad = next((share for share in shares if not 0 <= share <= 1), None)
    if bad is not None:
        raise RecipeError(
            "average_options",
            expected="shares of the newest parameters from 0 to 1",
            got=f"{bad:g} with {shown(dict(given))}",
        )
