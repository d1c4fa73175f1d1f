"""Options by name: which there are, and of which kind a value must be."""

import math
from collections.abc import Mapping

from looplab.errors import RecipeError, shown
from looplab.numbers import real_number

__all__ = ["check_option_values"]


def check_option_values(field: str, given: object, of: str, defaults: Mapping[str, object], example: str) -> None:
    """Raise a `RecipeError` unless these are options that there are, each of the kind of its default.

    Args:
        field: the field of the recipe that holds them.
        given: what it holds.
        of: what has the options, in words, "the schedule 'step'".
        defaults: its options.
        example: how some are written, "{'warmup': 0.2}".
    """
    if not isinstance(given, Mapping):
        raise RecipeError(field, expected="values by names", got=shown(given), fix=f"Write {field}={example}.")
    for name, value in given.items():
        if name not in defaults:
            names = ", ".join(defaults) or "there are none"
            raise RecipeError(field, expected=f"options of {of}, {names}", got=shown(name))
        expected = _expected(defaults[name], value)
        if expected:
            raise RecipeError(f"{field}['{name}']", expected=expected, got=shown(value))


def _expected(default: object, value: object) -> str:
    """What the value should be by the kind of the option's default; nothing if it is."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "True or False"
    if isinstance(default, str):
        return "" if isinstance(value, str) else "a name"
    if isinstance(default, int):
        return "" if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "a whole number"
    return "" if 0 <= real_number(value) < math.inf else "a finite number, at least 0"
