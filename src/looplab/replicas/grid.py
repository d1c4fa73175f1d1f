"""Which replicas a call asks for: seeds × combinations of varied fields × row weights, validated."""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from looplab.errors import ChoiceError, RecipeError, ReplicasError
from looplab.loop import Recipe
from looplab.loop.optimizers import resolved_eps, resolved_weight_decay
from looplab.replicas.plan import Float64, Settings

__all__ = ["VARIABLE_FIELDS", "Grid", "make_grid", "settings_of"]

VARIABLE_FIELDS = ("lr", "weight_decay", "momentum", "betas", "eps", "clip_norm", "batch_size")
_MOST_COMBINATIONS = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """The replicas of one call. Seeds vary fastest, then the combinations of varied fields, then the folds.

    Attributes:
        seeds: the S seeds.
        recipes: one for each of the C combinations; their `seed` is the caller's and means nothing here.
        varied: the fields that differ between combinations.
        weights: what each fold weighs each row, K×S×N or K×1×N; None for all rows alike (then K is 1).
        folds_named: whether the caller gave several folds, so that a table should name them.
        steps: updates of each replica, T.
    """

    seeds: Sequence[int]
    recipes: tuple[Recipe, ...]
    varied: tuple[str, ...]
    weights: Float[Tensor, "K S N"] | None
    folds_named: bool
    steps: int

    def __len__(self) -> int:
        return self.folds * len(self.recipes) * len(self.seeds)

    @property
    def folds(self) -> int:
        """Number of folds, K."""
        return 1 if self.weights is None else len(self.weights)

    @property
    def seed_index(self) -> Int[ndarray, " R"]:
        """Which of the S seeds each replica has."""
        return np.arange(len(self)) % len(self.seeds)

    @property
    def recipe_index(self) -> Int[ndarray, " R"]:
        """Which of the C combinations each replica has."""
        return np.arange(len(self)) // len(self.seeds) % len(self.recipes)

    @property
    def fold_index(self) -> Int[ndarray, " R"]:
        """Which of the K folds each replica has."""
        folds: Int[ndarray, " R"] = np.arange(len(self)) // (len(self.seeds) * len(self.recipes))
        return folds

    @property
    def weightings(self) -> Float[Tensor, "M N"] | None:
        """The M = K·S (or K) different row weights; None for all rows alike."""
        return None if self.weights is None else self.weights.flatten(0, 1)

    @property
    def weighting(self) -> Int[ndarray, " R"]:
        """Which of the M weightings each replica has."""
        if self.weights is None or self.weights.shape[1] == 1:
            return self.fold_index
        chosen: Int[ndarray, " R"] = self.fold_index * len(self.seeds) + self.seed_index
        return chosen

    def columns(self) -> dict[str, list[Any]]:
        """What sets each replica apart: seed, varied fields and fold, one value a replica."""
        which = self.recipe_index
        columns: dict[str, list[Any]] = {"seed": [self.seeds[s] for s in self.seed_index]}
        for field in self.varied:
            values = [getattr(recipe, field) for recipe in self.recipes]
            columns[field] = [values[c] for c in which]
        if self.folds_named:
            columns["fold"] = self.fold_index.tolist()
        return columns


def make_grid(
    recipe: Recipe,
    *,
    seeds: int | Iterable[int],
    vary: Mapping[str, Iterable[Any]] | None,
    row_weights: Tensor | None,
    rows: int,
) -> Grid:
    """Validate the arguments of `train_many` that say which replicas to train; the arguments are described there."""
    recipes, varied = _combinations(recipe, vary or {})
    known_seeds = _seeds(seeds)
    weights = None if row_weights is None else _weights(row_weights, len(known_seeds), rows)
    return Grid(
        seeds=known_seeds,
        recipes=recipes,
        varied=varied,
        weights=weights,
        folds_named=row_weights is not None and row_weights.ndim > 1,
        steps=_steps(recipes, weights, rows),
    )


def settings_of(grid: Grid, record_every: int) -> Settings:
    """The grid as arrays, one number a replica, with every default filled in."""
    recipe, which = grid.recipes[0], grid.recipe_index

    def numbers(value: Callable[[Recipe], float]) -> Float64:
        values: Float64 = np.array([value(recipe) for recipe in grid.recipes], dtype=np.float64)
        of_replicas: Float64 = values[which]
        return of_replicas

    return Settings(
        optimizer=recipe.optimizer,
        steps=grid.steps,
        seeds=np.array(grid.seeds, dtype=np.int64)[grid.seed_index],
        batch_size=numbers(lambda recipe: recipe.batch_size or 0).astype(np.int64),
        lr=numbers(lambda recipe: recipe.lr),
        momentum=numbers(lambda recipe: recipe.momentum),
        beta1=numbers(lambda recipe: recipe.betas[0]),
        beta2=numbers(lambda recipe: recipe.betas[1]),
        eps=numbers(resolved_eps),
        weight_decay=numbers(resolved_weight_decay),
        clip_norm=numbers(lambda recipe: recipe.clip_norm or math.inf),
        nesterov=recipe.nesterov,
        schedule=recipe.schedule,
        record_every=record_every,
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
    weights = row_weights.float().reshape(-1, shape[1] if len(shape) == 3 else 1, rows)
    if not torch.isfinite(weights).all() or (weights < 0).any():
        lowest = weights.min().item()
        raise ReplicasError("row_weights", expected="finite numbers, at least 0", got=f"a lowest of {lowest:g}")
    empty = (weights == 0).all(dim=2).nonzero()
    if len(empty):
        where = f"row_weights[{empty[0, 0]}]" if len(shape) > 1 else "row_weights"
        raise ReplicasError(where, expected="at least one weight above 0", got="all 0")
    return weights


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
