"""From the arguments of `train_many` to the `Call` that they mean, or a sentence about what is wrong with them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ReplicasError, shown
from looplab.loop import Recipe
from looplab.loop.checks import check_arguments, check_steps, checked_dataset, checked_objective, checked_weights
from looplab.loop.losses import LossLike
from looplab.loop.recording import Recording
from looplab.numbers import whole_number
from looplab.replicas.call import Call
from looplab.replicas.plan import Int64
from looplab.replicas.varying import COLUMNS, combined, has_no_rows, listed_recipes, row_counts, steps_of
from looplab.words import kind_in_words

__all__ = ["make_call"]

_MOST_SEED = 2**63
_TORCH_SEEDS = 2**32


def make_call(
    make_model: Callable[..., nn.Module],
    dataset: Dataset,
    recipe: Recipe | None,
    *,
    recipes: Iterable[Recipe] | None = None,
    seeds: int | Iterable[int] | None,
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
    if recipes is None:
        only = cast(Recipe, recipe)  # as the next line finds, or says
        check_arguments(dataset, only, validation)
        listed: tuple[Recipe, ...] = (only,)
        known_seeds, paired, members = (known := _seeds(seeds)), None, len(known)
    else:
        listed = listed_recipes(recipe, recipes)
        check_arguments(dataset, listed[0], validation)
        known_seeds, paired = _pairs(listed, seeds)
        members = len(listed)
    combinations = combined(listed, {} if vary is None else vary, make_model)
    _require_names_apart(combinations.varied, recording.metrics)
    weights = None if row_weights is None else _weights(row_weights, members, dataset)
    steps = steps_of(combinations.recipes, row_counts(weights, len(dataset)))
    most = max(map(max, steps))
    for each in (min(map(min, steps)), most):
        check_steps(each, recording.every)
    objective = checked_objective(loss, dataset, weights)
    return Call(
        make_model=make_model,
        dataset=dataset,
        seeds=known_seeds,
        recipes=combinations.recipes,
        varied=combinations.varied,
        weights=weights,
        folds_named=row_weights is not None and row_weights.ndim > 1,
        recording=replace(
            recording,
            validation=None if validation is None else checked_dataset("validation", validation),
            every=whole_number(recording.every),
        ),
        loss=objective,
        steps=most,
        settings=combinations.settings,
        paired=paired,
    )


def _pairs(recipes: Sequence[Recipe], seeds: int | Iterable[int] | None) -> tuple[Sequence[int], Int64]:
    """The different seeds, and which of them each recipe has."""
    if seeds is None:
        each: Sequence[int] = [recipe.seed for recipe in recipes]
    else:
        count = whole_number(seeds)
        each = range(count) if count > 0 else _listed_seeds(seeds)
        if len(each) != len(recipes):
            raise ReplicasError(
                "seeds",
                expected=f"one for each of the {len(recipes):,} recipes",
                got=f"{len(each):,}",
                fix="Leave it out for the recipes' own seeds; list a recipe once for each seed that it is to have.",
            )
    known = list(dict.fromkeys(each))
    _require_runs_apart(known)
    place = {seed: index for index, seed in enumerate(known)}
    return known, np.array([place[seed] for seed in each], dtype=np.int64)


def _seeds(seeds: int | Iterable[int] | None) -> Sequence[int]:
    """The seeds, each once."""
    known = _listed_seeds(seeds)
    if not isinstance(known, range) and len(set(known)) < len(known):
        raise ReplicasError(
            "seeds",
            expected="each seed once",
            got=f"{Counter(known).most_common(1)[0][0]} several times",
            fix="The same seed gives the same run again; drop the repetition.",
        )
    _require_runs_apart(known)
    return known


def _listed_seeds(seeds: int | Iterable[int] | None) -> Sequence[int]:
    """The seeds; a count or a range stays a range, so that a mistyped count fills no memory."""
    count = whole_number(seeds)
    if isinstance(seeds, bool) or (count < 0 and not isinstance(seeds, int | Iterable)) or has_no_rows(seeds):
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
        known = tuple(_seed(index, seed) for index, seed in enumerate(cast(Iterable[int], seeds)))
    if not known:
        raise ReplicasError("seeds", expected="at least one", got=shown(seeds), fix="seeds=256 means seeds 0 to 255.")
    return known


def _require_names_apart(varied: Iterable[str], metrics: Iterable[str]) -> None:
    """Raise an error where a metric has the name of another column of `runs.table()`."""
    taken = {*varied, *COLUMNS}
    for name in metrics:
        if name in taken:
            raise ReplicasError(
                "metrics",
                expected="names that no other column of runs.table() has",
                got=f"'{name}'",
                fix="Give the metric another name.",
            )


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


def _weights(row_weights: Tensor, seeds: int, dataset: Dataset) -> Float[Tensor, "K S N"]:
    rows = len(dataset)
    got = f"shape {tuple(row_weights.shape)}" if isinstance(row_weights, Tensor) else kind_in_words(row_weights)
    shape = tuple(row_weights.shape) if isinstance(row_weights, Tensor) else ()
    fits = 1 <= len(shape) <= 3 and shape[-1] == rows and 0 not in shape and (len(shape) < 3 or shape[1] == seeds)
    if not fits:
        raise ReplicasError(
            "row_weights",
            expected=f"a tensor of shape ({rows},), (folds, {rows}) or (folds, {seeds} seeds, {rows})",
            got=got,
            fix="One weight a row; a fold for each choice of rows.",
        )
    weights = checked_weights(row_weights, dataset.dtype, ReplicasError)
    return weights.reshape(-1, shape[1] if len(shape) == 3 else 1, rows)
