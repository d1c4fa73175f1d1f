"""From the arguments of `train_many` to the `Call` that they mean, or a sentence about what is wrong with them."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ChoiceError, RecipeError, ReplicasError, shown
from looplab.loop import Recipe
from looplab.loop.checks import check_arguments, check_steps, checked_dataset, checked_objective, checked_weights
from looplab.loop.losses import LossLike
from looplab.loop.recording import Recording
from looplab.numbers import whole_number
from looplab.replicas.call import Call

__all__ = ["VARIABLE_FIELDS", "make_call"]

VARIABLE_FIELDS = ("lr", "weight_decay", "momentum", "betas", "eps", "clip_norm", "batch_size")
_MOST_COMBINATIONS = 1_000_000
_MOST_SEED = 2**63
_TORCH_SEEDS = 2**32
_NONE = object()


def make_call(
    make_model: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe,
    *,
    seeds: int | Iterable[int],
    vary: Mapping[str, Iterable[Any]] | None,
    row_weights: Tensor | None,
    recording: Recording,
    loss: LossLike = None,
) -> Call:
    """The call that these arguments of `train_many` mean; they are described there.

    Raises:
        LooplabError: arguments that are none, or do not fit each other.
    """
    validation = recording.validation
    check_arguments(dataset, recipe, validation)
    recipes, varied = _combinations(recipe, {} if vary is None else vary)
    known_seeds = _seeds(seeds)
    weights = None if row_weights is None else _weights(row_weights, len(known_seeds), len(dataset))
    steps = _steps(recipes, weights, len(dataset))
    check_steps(steps, recording.every)
    objective = checked_objective(loss, dataset, weights)
    return Call(
        make_model=make_model,
        dataset=dataset,
        seeds=known_seeds,
        recipes=recipes,
        varied=varied,
        weights=weights,
        folds_named=row_weights is not None and row_weights.ndim > 1,
        steps=steps,
        recording=replace(
            recording,
            validation=None if validation is None else checked_dataset("validation", validation),
            every=whole_number(recording.every),
        ),
        loss=objective,
    )


def _seeds(seeds: int | Iterable[int]) -> Sequence[int]:
    """The seeds; a count or a range stays a range, so that a mistyped count fills no memory."""
    count = whole_number(seeds)
    if isinstance(seeds, bool) or (count < 0 and not isinstance(seeds, int | Iterable)) or _has_no_rows(seeds):
        raise ReplicasError("seeds", expected="whole numbers, or how many", got=shown(seeds), fix="Try seeds=256.")
    if count >= _MOST_SEED:
        raise ReplicasError("seeds", expected="fewer than 2**63", got=shown(seeds), fix="Try seeds=256.")
    known: Sequence[int]
    if count >= 0 or isinstance(seeds, int):
        known = range(count)
    elif isinstance(seeds, range):
        known = seeds
        for index in (0, -1) if seeds else ():
            _seed(index, seeds[index])
    else:
        known = tuple(_seed(index, seed) for index, seed in enumerate(seeds))
    if not known:
        raise ReplicasError("seeds", expected="at least one", got=shown(seeds), fix="seeds=256 means seeds 0 to 255.")
    if not isinstance(known, range) and len(set(known)) < len(known):
        raise ReplicasError(
            "seeds",
            expected="each seed once",
            got=f"{Counter(known).most_common(1)[0][0]} several times",
            fix="The same seed gives the same run again; drop the repetition.",
        )
    _require_runs_apart(known)
    return known


def _require_runs_apart(seeds: Sequence[int]) -> None:
    """Raise an error where torch would take two seeds for one."""
    if max(seeds[0], seeds[-1]) < _TORCH_SEEDS and (isinstance(seeds, range) or max(seeds) < _TORCH_SEEDS):
        return
    if len(seeds) > _TORCH_SEEDS:
        return  # more than memory holds, which is said where memory is counted
    first: dict[int, int] = {}
    for seed in seeds:
        other = first.setdefault(seed % _TORCH_SEEDS, seed)
        if other != seed:
            raise ReplicasError(
                "seeds",
                expected="seeds that differ in their lowest 32 bits, which are all that torch's generator keeps",
                got=f"{other} and {seed}, which give the same run",
                fix="Take seeds below 2**32.",
            )


def _seed(index: int, seed: object) -> int:
    value = whole_number(seed.item() if isinstance(seed, Tensor) and seed.numel() == 1 else seed)
    if not 0 <= value < _MOST_SEED:
        raise ReplicasError(f"seeds[{index}]", expected="a whole number from 0 to 2**63 - 1", got=shown(seed))
    return value


def _combinations(recipe: Recipe, vary: object) -> tuple[tuple[Recipe, ...], tuple[str, ...]]:
    """A recipe for every combination of varied values, the last field's values varying fastest."""
    if not isinstance(vary, Mapping):
        fix = "Write vary={'lr': [0.01, 0.1]}."
        raise ReplicasError("vary", expected="lists of values by field", got=shown(vary), fix=fix)
    values = {field: _varied_values(field, given) for field, given in vary.items()}
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


def _varied_values(field: str, given: object) -> Sequence[Any]:
    if not isinstance(field, str) or field not in VARIABLE_FIELDS:
        raise ChoiceError("vary", field, VARIABLE_FIELDS)
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable) or _has_no_rows(given):
        fix = f"Write {{'{field}': [{shown(given)}]}}."
        raise ReplicasError(f"vary['{field}']", expected="a list of values", got=shown(given), fix=fix)
    values = [_plain_value(field, value) for value in itertools.islice(given, _MOST_COMBINATIONS + 1)]
    if not values:
        raise ReplicasError(f"vary['{field}']", expected="at least one value", got="none")
    counts = Counter(filter(_is_hashable, values))
    repeated = next((value for value, count in counts.items() if count > 1), _NONE)
    if repeated is not _NONE:
        raise ReplicasError(f"vary['{field}']", expected="each value once", got=f"{shown(repeated)} several times")
    return values


def _is_hashable(value: object) -> bool:
    try:
        return hash(value) is not None
    except TypeError:  # lists and what holds them, which no field takes
        return False


def _has_no_rows(given: object) -> bool:
    return isinstance(given, np.ndarray | Tensor) and given.ndim == 0


def _plain_value(field: str, value: object) -> object:
    """NumPy's and torch's numbers as Python's, and pairs as tuples; what is neither stays, for the recipe to refuse."""
    if isinstance(value, np.generic) or (isinstance(value, Tensor) and value.numel() == 1):
        return value.item()
    if isinstance(value, np.ndarray | Tensor) and value.ndim == 1:
        value = value.tolist()
    return tuple(value) if field == "betas" and isinstance(value, list) else value


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
    return ", ".join(f"{field}={shown(value)}" for field, value in chosen.items())
