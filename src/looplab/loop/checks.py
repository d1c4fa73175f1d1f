"""What `train` and `train_many` ask of their arguments, and how they say what is wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.data.dataset import PRECISIONS, type_name
from looplab.errors import DataError, ModelError, RecipeError, ReplicasError, shown
from looplab.loop.losses import LossLike, Objective, objective_of
from looplab.loop.recipe import Recipe
from looplab.loop.surroundings import in_a_line, recording_gradients
from looplab.numbers import whole_number
from looplab.words import kind_in_words

__all__ = [
    "check_arguments",
    "check_steps",
    "checked_dataset",
    "checked_objective",
    "checked_weights",
    "included_rows",
    "made_model",
    "new_model",
]

_MOST_STEPS = 2**63 - 1
_WEIGHTS = {torch.float32: (1e-30, 1e30), torch.float64: (1e-240, 1e240)}


def included_rows(
    dataset: Dataset, row_weights: Float[Tensor, " N"] | None
) -> tuple[Dataset, Float[Tensor, " M"] | None]:
    """The rows with a weight above 0, and their weights; all rows and None without weights.

    Raises:
        DataError: no dataset, or weights that are not N numbers that `checked_weights` takes.
    """
    dataset = checked_dataset("dataset", dataset)
    if row_weights is None:
        return dataset, None
    shape = tuple(row_weights.shape) if isinstance(row_weights, Tensor) else None
    if shape != (len(dataset),):
        got = kind_in_words(row_weights) if shape is None else f"shape {shape}"
        raise DataError("row_weights", expected=f"a tensor of shape ({len(dataset)},)", got=got)
    with recording_gradients():  # rows that are chosen by weight are new tensors
        weights = checked_weights(row_weights, dataset.dtype, DataError)
        rows = weights.nonzero().squeeze(1)
        return dataset.subset(rows), weights[rows]


def checked_dataset(name: str, dataset: Dataset) -> Dataset:
    """The dataset, with plain tensors on the CPU.

    Raises:
        DataError: something else than a dataset.
    """
    if not isinstance(dataset, Dataset):
        raise DataError(
            name,
            expected="a looplab.Dataset",
            got=kind_in_words(dataset),
            fix="looplab.load('moons') or looplab.load('table.csv', target='y') gives one.",
        )
    tensors = (dataset.inputs, dataset.targets)
    if any(tensor.requires_grad or tensor.is_inference() or tensor.device.type != "cpu" for tensor in tensors):
        with recording_gradients():
            inputs, targets = (tensor.detach().clone().cpu() for tensor in tensors)
        return replace(dataset, inputs=inputs, targets=targets)
    return dataset


def checked_weights(
    weights: Float[Tensor, "*folds N"], dtype: torch.dtype, kind: type[DataError] | type[ReplicasError]
) -> Float[Tensor, "*folds N"]:
    """The weights in the type of the data, on the CPU.

    Raises:
        kind: weights that are no numbers, are negative, are all 0 in a fold, or that the type does not hold.
    """
    if weights.is_complex() or weights.is_quantized or weights.layout != torch.strided:
        got = f"{type_name(weights.dtype)} of layout {weights.layout}"
        raise kind("row_weights", expected="real numbers in a plain tensor", got=got)
    weights = weights.detach().cpu().double()
    if not torch.isfinite(weights).all() or (weights < 0).any():
        lowest = weights.min().item()
        raise kind("row_weights", expected="finite numbers, at least 0", got=f"a lowest of {lowest:g}")
    least, most = _WEIGHTS[dtype]
    beyond = weights[(weights > 0) & ((weights < least) | (weights > most))]
    if len(beyond):
        raise kind(
            "row_weights",
            expected=f"each 0 or between {least:g} and {most:g}, as {type_name(dtype)} needs it",
            got=f"{beyond[0].item():g}",
            fix="Only their ratios matter: scale them, and give rows that shall not count the weight 0.",
        )
    empty = (weights == 0).all(dim=-1).nonzero()
    if len(empty):
        where = f"row_weights[{empty[0, 0]}]" if weights.ndim > 1 else "row_weights"
        raise kind(where, expected="at least one weight above 0", got="all 0")
    return weights.to(dtype)


def checked_objective(loss: LossLike, dataset: Dataset, weights: Tensor | None) -> Objective:
    """What is minimized on a dataset.

    Raises:
        ChoiceError: an unknown loss, or one of another task.
        ModelError: a loss that does not fit the targets, or cannot weigh rows that have weights.
    """
    objective = objective_of(loss, dataset)
    if weights is not None and not objective.by_rows:
        raise ModelError(
            f"loss {objective.name}",
            expected="the loss of each row, since rows have weights",
            got="one number for the whole batch",
            fix="Let it return B losses, or leave row_weights out.",
        )
    return objective


def check_arguments(dataset: Dataset, recipe: Recipe, validation: Dataset | None) -> None:
    """Raise an error unless recipe and validation rows are such, and fit the dataset."""
    if not isinstance(recipe, Recipe):
        raise RecipeError(
            "recipe",
            expected="a looplab.Recipe",
            got=kind_in_words(recipe),
            fix="Write Recipe(optimizer='adam', lr=0.01, steps=1000).",
        )
    if validation is not None:
        _check_validation(dataset, checked_dataset("validation", validation))


def check_steps(steps: int, record_every: int) -> None:
    """Raise an error unless there are not too many steps, and at least one of them is recorded."""
    if steps > _MOST_STEPS:
        raise RecipeError("steps", expected="at most 2**63 - 1 steps", got=f"{steps:,}")
    if not 1 <= whole_number(record_every) <= steps:
        expected = f"a whole number from 1 to the {steps} steps"
        raise ReplicasError("record_every", expected=expected, got=shown(record_every))


def new_model(make_model: Callable[[], nn.Module], dtype: torch.dtype) -> nn.Module:
    """What `make_model` makes, checked.

    Args:
        make_model: the caller's function.
        dtype: what the data are, and the parameters must be.

    Raises:
        ModelError: no model, or one with no, lazy or scattered parameters, or parameters of another type than the data.
    """
    if isinstance(make_model, nn.Module) or not callable(make_model):
        raise ModelError(
            "make_model",
            expected="a function without arguments that returns a new model",
            got=kind_in_words(make_model),
            fix="Write lambda: mlp(2, [8], 1), or the name of your own function.",
        )
    model = made_model(make_model)
    if not isinstance(model, nn.Module):
        raise ModelError("make_model", expected="a function that returns an nn.Module", got=kind_in_words(model))
    _check_parameters(model, dtype)
    return model


def in_words(model: nn.Module) -> str:
    """A model as it prints itself, in one line."""
    return " ".join(repr(model).split())


def made_model(make_model: Callable[[], nn.Module]) -> Any:
    """What `make_model` makes, unchecked; what it raises becomes a `ModelError`."""
    try:
        return make_model()
    except Exception as error:  # the user's code, which may raise anything
        fix = "This machine has no such GPU." if "CUDA" in str(error) and not torch.cuda.is_available() else ""
        raise ModelError(
            "make_model",
            expected="a function without arguments that returns a new model",
            got=in_a_line(error),
            fix=fix,
        ) from error


def _check_parameters(model: nn.Module, dtype: torch.dtype) -> None:
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        if nn.parameter.is_lazy(parameter):
            raise ModelError(
                f"parameter {name} of the model",
                expected="a parameter with a shape",
                got="a lazy one",
                fix="Use nn.Linear(inputs, outputs) instead of nn.LazyLinear(outputs).",
            )
        if parameter.dtype != dtype:
            raise ModelError(
                f"parameter {name} of the model",
                expected=f"{type_name(dtype)}, as the data",
                got=type_name(parameter.dtype),
                fix=_other_type(parameter.dtype, dtype),
            )
        if parameter.device.type == "meta":
            raise ModelError(f"parameter {name} of the model", expected="a parameter with values", got="device meta")
    if not parameters:
        raise ModelError(
            "make_model", expected="a model with parameters to train", got=f"{in_words(model)} without any"
        )
    devices = {str(parameter.device) for parameter in parameters.values()}
    if len(devices) > 1:
        raise ReplicasError(
            "make_model", expected="a model on one device", got=f"parameters on {', '.join(sorted(devices))}"
        )


def _other_type(mine: torch.dtype, wanted: torch.dtype) -> str:
    """How a model with parameters of one type and data of another come together."""
    fix = f"Call {'.float()' if wanted == torch.float32 else '.double()'} on it"
    return f"{fix}, or train on dataset.to({mine})." if mine in PRECISIONS else f"{fix}."


def _check_validation(dataset: Dataset, validation: Dataset) -> None:
    mine = (dataset.task, dataset.features, dataset.outputs)
    theirs = (validation.task, validation.features, validation.outputs)
    if mine != theirs:
        raise DataError(
            "validation",
            expected=f"a {mine[0]} dataset with {mine[1]} features and {mine[2]} outputs, as '{dataset.name}'",
            got=f"a {theirs[0]} dataset with {theirs[1]} features and {theirs[2]} outputs",
            fix="Split one dataset with dataset.split(0.8, seed=0).",
        )
    if validation.is_categorical != dataset.is_categorical:
        kinds = ("numbers", "categories of type int64")
        raise DataError(
            "inputs of validation",
            expected=f"{kinds[dataset.is_categorical]}, as those of '{dataset.name}'",
            got=kinds[validation.is_categorical],
            fix="Split one dataset with dataset.split(0.8, seed=0).",
        )
    if validation.dtype != dataset.dtype:
        raise DataError(
            "validation",
            expected=f"{type_name(dataset.dtype)}, as '{dataset.name}'",
            got=type_name(validation.dtype),
            fix=f"Give validation.to({dataset.dtype}).",
        )
