"""What differs between the replicas of a call besides seeds and folds: recipes, and what `make_model` is given."""

import inspect
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor, nn

from looplab.errors import ChoiceError, RecipeError, ReplicasError, shown
from looplab.loop import Recipe
from looplab.replicas.plan import Int64

__all__ = [
    "COLUMNS",
    "VARIABLE_FIELDS",
    "Combinations",
    "changed",
    "combined",
    "has_no_rows",
    "listed_recipes",
    "row_counts",
    "steps_of",
]

VARIABLE_FIELDS = tuple(field.name for field in fields(Recipe) if field.name != "seed")
"""The fields of a recipe that `vary` takes; seeds have an argument of their own."""
_LENGTHS = {"steps": "epochs", "epochs": "steps"}
COLUMNS = ("seed", "fold", "train_loss", "validation_loss", "kept_step", "final_train_loss", "failed")
"""What a table of runs has besides what varies and metrics."""
_MOST_COMBINATIONS = 1_000_000
_NONE = object()


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """Recipes and settings, of which each combination of varied values has as many as the caller listed recipes.

    Attributes:
        recipes: one after the other, of each combination those that the caller listed.
        settings: of each recipe what `make_model` is given; empty if it is given nothing.
        varied: names of what differs.
    """

    recipes: tuple[Recipe, ...]
    settings: tuple[Mapping[str, Any], ...]
    varied: tuple[str, ...]


def combined(recipes: Sequence[Recipe], vary: object, make_model: Callable[..., nn.Module]) -> Combinations:
    """A recipe for every combination of varied values, the last name's values varying fastest.

    Args:
        recipes: what the values are put into: the caller's one recipe, or all that were listed.
        vary: lists of values by name: of a field of the recipe, or of an argument of `make_model`.
        make_model: is given what is no field of the recipe.

    Raises:
        ReplicasError: something else than lists by name, no value, one that comes twice, or too many combinations.
        ChoiceError: a name that is neither a field nor an argument.
        RecipeError: a value that the recipe refuses.
    """
    if not isinstance(vary, Mapping):
        fix = "Write vary={'lr': [0.01, 0.1]}."
        raise ReplicasError("vary", expected="lists of values by field", got=shown(vary), fix=fix)
    own = _arguments(make_model) if vary else frozenset()
    values = {name: _varied_values(name, given, own) for name, given in vary.items()}
    count = math.prod(map(len, values.values())) * len(recipes)
    if count > _MOST_COMBINATIONS:
        raise ReplicasError("vary", expected=f"at most {_MOST_COMBINATIONS:,} combinations", got=f"{count:,}")
    in_recipe = [name in VARIABLE_FIELDS for name in values]
    known: dict[tuple[int, ...], dict[str, Any]] = {}  # so that equal settings are one object
    made: list[Recipe] = []
    settings: list[Mapping[str, Any]] = []
    for places in itertools.product(*(range(len(listed)) for listed in values.values())):
        chosen = {name: listed[place] for (name, listed), place in zip(values.items(), places, strict=True)}
        outside = tuple(place for place, inside in zip(places, in_recipe, strict=True) if not inside)
        given = known.setdefault(
            outside, {name: value for name, value in chosen.items() if name not in VARIABLE_FIELDS}
        )
        made += _with(recipes, {name: value for name, value in chosen.items() if name in VARIABLE_FIELDS})
        settings += [given] * len(recipes)
    return Combinations(
        recipes=tuple(made),
        settings=() if all(in_recipe) else tuple(settings),
        varied=tuple(dict.fromkeys((*_differing(recipes), *values))),
    )


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """A recipe with other values; where steps are among them, its epochs go, and the other way round.

    Raises:
        RecipeError: a value that the recipe refuses.
    """
    return replace(recipe, **({_LENGTHS[name]: None for name in values if name in _LENGTHS} | dict(values)))


def listed_recipes(recipe: object, recipes: object) -> tuple[Recipe, ...]:
    """The recipes of a list, checked to be some.

    Raises:
        ReplicasError: no list of recipes, an empty one, or a single recipe beside it.
        RecipeError: something else in the list.
    """
    if recipe is not None:
        raise ReplicasError("recipe", expected="none beside recipes=", got="both", fix="Put it into the list.")
    if isinstance(recipes, str | bytes | Mapping) or not isinstance(recipes, Iterable) or has_no_rows(recipes):
        fix = "Write recipes=[Recipe(…), Recipe(…)]."
        raise ReplicasError("recipes", expected="a list of recipes", got=shown(recipes), fix=fix)
    listed = tuple(itertools.islice(recipes, _MOST_COMBINATIONS + 1))
    if not 1 <= len(listed) <= _MOST_COMBINATIONS:
        got = "more" if listed else "none"
        raise ReplicasError("recipes", expected=f"1 to {_MOST_COMBINATIONS:,} recipes", got=got)
    for place, each in enumerate(listed):
        if not isinstance(each, Recipe):
            raise RecipeError(f"recipes[{place}]", expected="a looplab.Recipe", got=shown(each))
    return listed


def row_counts(weights: Float[Tensor, "K S N"] | None, rows: int) -> Int[ndarray, " M"]:
    """How many rows count in each of the M = K·S weightings; in all where none is given."""
    if weights is None:
        return np.array([rows])
    counts: Int64 = (weights > 0).sum(dim=2).flatten().numpy()
    return counts


def steps_of(recipes: Sequence[Recipe], counts: Int[ndarray, " M"]) -> list[list[int]]:
    """The number of updates with each recipe and each different number of rows, in ascending order of these."""
    different = np.unique(counts).tolist()
    return [[recipe.total_steps(count) for count in different] for recipe in recipes]


def has_no_rows(given: object) -> bool:
    """Whether this is a single number in an array's clothes."""
    return isinstance(given, np.ndarray | Tensor) and given.ndim == 0


def _with(recipes: Sequence[Recipe], chosen: dict[str, Any]) -> Iterator[Recipe]:
    for recipe in recipes:
        try:
            yield changed(recipe, chosen) if chosen else recipe
        except RecipeError as error:
            raise RecipeError(f"vary, {_spoken(chosen)}: {error}") from None


def _differing(recipes: Sequence[Recipe]) -> list[str]:
    first = recipes[0]
    return [name for name in VARIABLE_FIELDS if any(getattr(each, name) != getattr(first, name) for each in recipes)]


def _arguments(make_model: Callable[..., nn.Module]) -> frozenset[str]:
    """The names that `make_model` takes; and, as "**", whether it takes any."""
    try:
        parameters = inspect.signature(make_model).parameters.values()
    except (TypeError, ValueError):  # nothing that can be called, or nothing that tells
        return frozenset()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return frozenset(
        "**" if each.kind is inspect.Parameter.VAR_KEYWORD else each.name
        for each in parameters
        if each.kind in (*named, inspect.Parameter.VAR_KEYWORD)
    )


def _varied_values(name: str, given: object, own: frozenset[str]) -> Sequence[Any]:
    if name == "seed":
        fix = "Write seeds=[…]."
        raise ReplicasError("vary['seed']", expected="seeds as an argument of their own", got=shown(given), fix=fix)
    if name in COLUMNS:
        raise ReplicasError(
            f"vary['{name}']",
            expected="a name that is no column of runs.table()",
            got=f"'{name}'",
            fix="Give the argument of make_model another name.",
        )
    if name in VARIABLE_FIELDS and name in own:
        raise ReplicasError(
            f"vary['{name}']",
            expected="a field of the recipe or an argument of make_model",
            got="a name that is both",
            fix="Give the argument of make_model another name.",
        )
    if not isinstance(name, str) or (name not in VARIABLE_FIELDS and name not in own and "**" not in own):
        raise ChoiceError("vary", name, (*VARIABLE_FIELDS, *sorted(own)))
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable) or has_no_rows(given):
        fix = f"Write {{'{name}': [{shown(given)}]}}."
        raise ReplicasError(f"vary['{name}']", expected="a list of values", got=shown(given), fix=fix)
    values = [_plain_value(name, value) for value in itertools.islice(given, _MOST_COMBINATIONS + 1)]
    if not values:
        raise ReplicasError(f"vary['{name}']", expected="at least one value", got="none")
    counts = Counter(filter(_is_hashable, values))
    repeated = next((value for value, count in counts.items() if count > 1), _NONE)
    if repeated is not _NONE:
        raise ReplicasError(f"vary['{name}']", expected="each value once", got=f"{shown(repeated)} several times")
    return values


def _is_hashable(value: object) -> bool:
    try:
        return hash(value) is not None
    except TypeError:  # lists and what holds them
        return False


def _plain_value(name: str, value: object) -> object:
    """NumPy's and torch's numbers as Python's, and pairs as tuples; what is neither stays, for others to refuse."""
    if isinstance(value, np.generic) or (name in VARIABLE_FIELDS and isinstance(value, Tensor) and value.numel() == 1):
        return value.item()
    if name in VARIABLE_FIELDS and isinstance(value, np.ndarray | Tensor) and value.ndim == 1:
        value = value.tolist()
    return tuple(value) if name == "betas" and isinstance(value, list) else value


def _spoken(chosen: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in chosen.items())
