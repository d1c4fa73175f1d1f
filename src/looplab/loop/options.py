"""What a recipe's `options` and `groups` may hold, and how it is said what is wrong with them."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from looplab.errors import RecipeError, shown
from looplab.loop.optimizers import HOW_TO_COMPUTE, OPTIMIZERS, Optimizer, settings_by_field
from looplab.numbers import real_number, whole_number
from looplab.words import kind_in_words

__all__ = ["check_groups", "check_options"]


def check_options(recipe: Any) -> None:
    """Raise a `RecipeError` unless the options are arguments of the optimizer's class, which takes them."""
    options, optimizer = recipe.options, OPTIMIZERS[recipe.optimizer]
    if not isinstance(options, Mapping):
        fix = "Write options={'amsgrad': True}."
        raise RecipeError("options", expected="values by the optimizer's own names", got=shown(options), fix=fix)
    for name, value in options.items():
        _check_name(recipe.optimizer, name)
        _check_value(name, value, optimizer)
    if options:
        _require_taken(optimizer, recipe)


def check_groups(recipe: Any) -> None:
    """Raise a `RecipeError` unless each group is a pattern with settings that the recipe could have as well."""
    if not isinstance(recipe.groups, Mapping):
        fix = "Write groups={'*bias': {'weight_decay': 0}}."
        raise RecipeError("groups", expected="settings by patterns of names", got=shown(recipe.groups), fix=fix)
    for pattern, settings in recipe.groups.items():
        what = f"groups[{shown(pattern)}]"
        if not isinstance(pattern, str):
            raise RecipeError(what, expected="a pattern of names, such as '*bias'", got=kind_in_words(pattern))
        if not isinstance(settings, Mapping):
            fix = f"Write {{{pattern!r}: {{'weight_decay': 0}}}}."
            raise RecipeError(what, expected="settings by their names", got=shown(settings), fix=fix)
        known = [*settings_by_field(recipe.optimizer), *OPTIMIZERS[recipe.optimizer].options]
        for name in settings:
            if name not in known:
                raise RecipeError(what, expected=f"settings among {', '.join(known)}", got=shown(name))
        try:
            recipe.with_settings(settings)
        except RecipeError as error:
            raise RecipeError(f"{what}, {error}") from None


def _check_name(optimizer: str, name: object) -> None:
    entry = OPTIMIZERS[optimizer]
    if name in entry.options:
        return
    fix = f"Write {name}=… in the recipe itself." if name in settings_by_field(optimizer) else ""
    if name in HOW_TO_COMPUTE:
        fix = f"{name} says how an update is computed, not what is learned."
    expected = f"options of '{optimizer}', {', '.join(entry.options)}" if entry.options else f"none for '{optimizer}'"
    raise RecipeError("options", expected=expected, got=shown(name), fix=fix)


def _check_value(name: str, value: object, optimizer: Optimizer) -> None:
    """A truth for a truth, a finite number for a number, as many numbers for several; a name is torch's to check."""
    default = optimizer.options[name]
    if isinstance(default, bool):
        fits, expected = isinstance(value, bool), "True or False"
    elif inspect.signature(optimizer.torch_class).parameters[name].annotation is int:
        fits, expected = whole_number(value) >= 0, "a whole number"
    elif isinstance(default, int | float):
        fits, expected = _is_finite(value), "a finite number"
    elif isinstance(default, tuple):
        fits = isinstance(value, tuple) and len(value) == len(default) and all(map(_is_finite, value))
        expected = f"{len(default)} finite numbers"
    else:
        fits, expected = value is None or isinstance(value, str), "a name or None"
    if not fits:
        raise RecipeError(f"options['{name}']", expected=expected, got=shown(value))


def _is_finite(value: object) -> bool:
    return abs(real_number(value)) < float("inf")


def _require_taken(optimizer: Optimizer, recipe: Any) -> None:
    """Let torch's class check the values, in a step of a parameter of no matter."""
    parameter = torch.nn.Parameter(torch.zeros(1, 1))
    parameter.grad = torch.ones(1, 1)
    try:
        optimizer.make([parameter], recipe).step()
    except (ValueError, TypeError, RuntimeError) as error:
        raise RecipeError(
            "options", expected=f"values that torch.optim.{optimizer.torch_class.__name__} takes", got=str(error)
        ) from None
