"""Parameter groups: which parameters have settings of their own, by patterns of their names."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from looplab.errors import RecipeError, shown
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["group_of_each", "torch_groups"]


def group_of_each(names: list[str], recipe: Any) -> dict[str, str | None]:
    """The pattern of each parameter: the first of the recipe's groups that its name matches, or None.

    Raises:
        RecipeError: a pattern that no parameter is left for.
    """
    found = {name: next((pattern for pattern in recipe.groups if fnmatchcase(name, pattern)), None) for name in names}
    for pattern in recipe.groups:
        if pattern not in found.values():
            matching = [name for name in names if fnmatchcase(name, pattern)]
            raise RecipeError(
                f"groups[{shown(pattern)}]",
                expected="a pattern that matches a parameter of the model, such as '*.bias'",
                got=f"one that only matches {_listed(matching)}, which an earlier pattern has"
                if matching
                else f"one for the parameters {_listed(names)}",
                fix="The first pattern that matches counts: put this one before the other." if matching else "",
            )
    return found


def torch_groups(named: Mapping[str, nn.Parameter], entry: Optimizer, recipe: Any, every: list[str]) -> list[Any]:
    """Parameters as an optimizer of PyTorch takes them: one group, or one more for each of the recipe's patterns.

    Args:
        named: the parameters of this optimizer.
        entry: the optimizer.
        recipe: whose groups are meant.
        every: the names of all of the model's parameters.
    """
    if not recipe.groups:
        return list(named.values())
    patterns = group_of_each(every, recipe)
    groups = []
    for pattern in (None, *recipe.groups):
        parameters = [parameter for name, parameter in named.items() if patterns[name] == pattern]
        if parameters:
            own = recipe if pattern is None else recipe.with_settings(recipe.groups[pattern])
            groups.append({"params": parameters, **entry.arguments(own)})
    return groups


def _listed(names: list[str]) -> str:
    most = 6
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
