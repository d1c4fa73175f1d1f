"""From the arguments of `train_many` to the `Call` that they mean, or a sentence about what is wrong with them."""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ChoiceError, RecipeError, ReplicasError
from looplab.loop import Recipe
from looplab.loop.checks import check_arguments, check_steps, checked_dataset, checked_weights, whole_number
from looplab.replicas.call import Call

__all__ = ["VARIABLE_FIELDS", "make_call"]

VARIABLE_FIELDS = ("lr", "weight_decay", "momentum", "betas", "eps", "clip_norm", "batch_size")
_MOST_COMBINATIONS = 1_000_000


def make_call(
    make_model: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe,
    *,
    seeds: int | Iterable[int],
    vary: Mapping[str, Iterable[Any]] | None,
    validation: Dataset | None,
    row_weights: Tensor | None,
    record_every: int,
) -> Call:
    """The call that these arguments of `train_many` mean; they are described there.

    Raises:
        LooplabError: arguments that are none, or do not fit each other.
    """
    dataset = checked_dataset("dataset", dataset)
    check_arguments(dataset, recipe, validation)
    recipes, varied = _combinations(recipe, vary or {})
    known_seeds = _seeds(seeds)
    weights = None if row_weights is None else _weights(row_weights, len(known_seeds), len(dataset))
    steps = _steps(recipes, weights, len(dataset))
    check_steps(steps, record_every)
    return Call(
        make_model=make_model,
        dataset=dataset,
        validation=validation,
        seeds=known_seeds,
        recipes=recipes,
        varied=varied,
        weights=weights,
        folds_named=row_weights is not None and row_weights.ndim > 1,
        steps=steps,
        record_every=whole_number(record_every),
    )


def _seeds(seeds: int | Iterable[int]) -> Sequence[int]:
    """The seeds; a count or a range stays a range, so that a mistyped count fills no memory."""
    if isinstance(seeds, bool) or not isinstance(seeds, int | Iterable):
        raise ReplicasError("seeds", expected="whole numbers, or how many", got=repr(seeds), fix="Try seeds=256.")
    known: Sequence[int]
    if isinstance(seeds, int):
        known = range(seeds)
    elif isinstance(seeds, range):
        known = seeds
        for index in (0, -1) if seeds else ():
            _seed(index, seeds[index])
    else:
        known = tuple(_seed(index, seed) for index, seed in enumerate(seeds))
    if not known:
        raise ReplicasError("seeds", expected="at least one", got=repr(seeds), fix="seeds=256 means seeds 0 to 255.")
    if not isinstance(known, range) and len(set(known)) < len(known):
        raise ReplicasError(
            "seeds",
            expected="each seed once",
            got=f"{Counter(known).most_common(1)[0][0]} several times",
            fix="The same seed gives the same run again; drop the repetition.",
        )
    return known


def _seed(index: int, seed: object) -> int:
    try:
        if isinstance(seed, bool):
            raise TypeError
        value = operator.index(seed)  # type: ignore[arg-type]  # anything may come; what is no integer raises
    except TypeError:
        value = -1
    if not 0 <= value < 2**63:
        raise ReplicasError(f"seeds[{index}]", expected="a whole number from 0 to 2**63 - 1", got=repr(seed))
    return value


def _combinations(recipe: Recipe, vary: Mapping[str, Iterable[Any]]) -> tuple[tuple[Recipe, ...], tuple[str, ...]]:
    """A recipe for every combination of varied values, the last field's values varying fastest."""
    values = {field: _varied_values(recipe, field, given) for field, given in vary.items()}
    count = math.prod(len(listed) for listed in values.values())
    if count > _MOST_COMBINATIONS:
        raise ReplicasError("vary", expected=f"at most {_MOST_COMBINATIONS:,} combinations", got=f"{count:,}")
    recipes = []
    for combination in itertools.product(*values.values()):
        chosen = dict(zip(values, combination, strict=True))
        try:
            recipes.append(replace(recipe, **chosen))
        except RecipeError as error:
            raise RecipeError(f"vary, {_spoken(chosen)}: {error}") from None
    return tuple(recipes), tuple(values)


def _varied_values(recipe: Recipe, field: str, given: object) -> Sequence[Any]:
    if field not in VARIABLE_FIELDS:
        raise ChoiceError("vary", field, VARIABLE_FIELDS)
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise ReplicasError(
            f"vary['{field}']", expected="a list of values", got=repr(given), fix=f"Write {{'{field}': [{given!r}]}}."
        )
    values = [value.item() if isinstance(value, np.generic | Tensor) else value for value in given]
    if field == "betas":
        values = [tuple(value) if isinstance(value, list) else value for value in values]
    if not values:
        raise ReplicasError(f"vary['{field}']", expected="at least one value", got="none")
    repeated = [value for i, value in enumerate(values) if value in values[:i]]
    if repeated:
        raise ReplicasError(f"vary['{field}']", expected="each value once", got=f"{repeated[0]!r} several times")
    return values


def _weights(row_weights: Tensor, seeds: int, rows: int) -> Float[Tensor, "K S N"]:
    got = f"shape {tuple(row_weights.shape)}" if isinstance(row_weights, Tensor) else f"a {type(row_weights).__name__}"
    shape = tuple(row_weights.shape) if isinstance(row_weights, Tensor) else ()
    fits = 1 <= len(shape) <= 3 and shape[-1] == rows and 0 not in shape and (len(shape) < 3 or shape[1] == seeds)
    if not fits:
        raise ReplicasError(
            "row_weights",
            expected=f"a tensor of shape ({rows},), (folds, {rows}) or (folds, {seeds} seeds, {rows})",
            got=got,
            fix="One weight a row; a fold for each choice of rows.",
        )
    weights = checked_weights(row_weights, ReplicasError)
    return weights.reshape(-1, shape[1] if len(shape) == 3 else 1, rows)


def _steps(recipes: Sequence[Recipe], weights: Float[Tensor, "K S N"] | None, rows: int) -> int:
    """The number of updates, which must be one for all replicas."""
    counts = {rows} if weights is None else set((weights > 0).sum(dim=2).unique().tolist())
    steps = sorted({recipe.total_steps(count) for recipe in recipes for count in counts})
    if len(steps) > 1:
        raise ReplicasError(
            "epochs",
            expected="as many steps for every replica",
            got=f"{steps[0]} to {steps[-1]} steps for {recipes[0].epochs} epochs",
            fix="Batch sizes or numbers of rows differ between replicas: say steps= instead of epochs=.",
        )
    return steps[0]


def _spoken(chosen: Mapping[str, Any]) -> str:
    return ", ".join(f"{field}={value!r}" for field, value in chosen.items())
