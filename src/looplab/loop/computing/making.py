"""From what a caller asked for to what computes the training."""

import torch
from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset
from looplab.errors import RecipeError
from looplab.loop.checkpoints.asked import dataset_digest
from looplab.loop.checkpoints.digest import digest_of
from looplab.loop.computing.computation import Computation
from looplab.loop.computing.plain import Computing
from looplab.loop.computing.shares import require_exact
from looplab.loop.losses import Objective
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording
from looplab.words import kind_in_words

__all__ = ["computing_for"]


def computing_for(
    computation: Computation | None,
    dataset: Dataset,
    recipe: Recipe,
    weights: Float[Tensor, " N"] | None,
    objective: Objective,
    recording: Recording,
) -> Computing:
    """What computes a training; with several processes, this one has joined them then.

    Raises:
        RecipeError: no computation, or one that does not fit the data, the recipe or what is recorded.
        ModelError: a loss that is no mean over rows.
        ProcessesError: no processes, or some that cannot be reached.
    """
    if computation is None:
        return Computing(objective)
    if not isinstance(computation, Computation):
        raise RecipeError(
            "computation",
            expected="a looplab.Computation",
            got=kind_in_words(computation),
            fix="Write Computation(parallel='ddp') or Computation(micro_batch_size=16).",
        )
    if computation.precision == "bfloat16" and dataset.dtype != torch.float32:
        got = f"'{dataset.name}' in float64"
        raise RecipeError("precision='bfloat16'", expected="data in float32", got=got, fix="Leave one of them out.")
    if computation.parallel == "fsdp":
        _require_shardable(recipe, recording)
    if computation.parallel is not None or computation.micro_batch_size is not None:
        require_exact(objective, dataset)
    from looplab.loop.computing.in_parts import InParts  # most trainings need none of it
    from looplab.loop.computing.processes import joined

    processes = None if computation.parallel is None else joined(f"parallel='{computation.parallel}'")
    described = _described(dataset, recipe, weights, recording) if processes is not None else {}
    return InParts(computation, processes, dataset, recipe, objective, {"computation": repr(computation), **described})


def _described(
    dataset: Dataset, recipe: Recipe, weights: Float[Tensor, " N"] | None, recording: Recording
) -> dict[str, object]:
    """What all processes must have been given alike, in texts and hashes."""
    return {
        "dataset": dataset_digest(dataset),
        "row_weights": None if weights is None else digest_of({"weights": weights}),
        "validation": dataset_digest(recording.validation),
        "recipe": repr(recipe),
        "recording": repr([recording.every, *recording.metrics, recording.keep, recording.patience]),
    }


def _require_shardable(recipe: Recipe, recording: Recording) -> None:
    fix = "Use parallel='ddp', with which each process has the whole model."
    if OPTIMIZERS[recipe.optimizer].selects is not None:
        expected, got = "an optimizer that updates each number by itself", f"'{recipe.optimizer}', of whole matrices"
        raise RecipeError("optimizer with parallel='fsdp'", expected=expected, got=got, fix=fix)
    if recording.trajectory_every is not None:
        got = f"trajectory_every={recording.trajectory_every}"
        raise RecipeError("parallel='fsdp'", expected="no record of all parameters", got=got, fix=fix)
