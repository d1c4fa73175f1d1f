"""What `train` and `train_many` ask of their arguments, and how they say what is wrong with them."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import DataError, ModelError, ReplicasError

__all__ = ["check_count", "check_record_every", "check_validation", "included_rows", "new_model"]


def included_rows(
    dataset: Dataset, row_weights: Float[Tensor, " N"] | None
) -> tuple[Dataset, Float[Tensor, " M"] | None]:
    """The rows with a weight above 0, and their weights; all rows and None without weights.

    Raises:
        DataError: weights that are not N finite numbers, at least 0, one of them above 0.
    """
    if row_weights is None:
        return dataset, None
    if row_weights.shape != (len(dataset),):
        raise DataError(
            "row_weights",
            expected=f"{len(dataset)} numbers, one a row",
            got=f"a tensor of shape {tuple(row_weights.shape)}",
        )
    check_weights(row_weights, DataError)
    rows = row_weights.nonzero().squeeze(1)
    return dataset.subset(rows), row_weights[rows].float()


def check_weights(weights: Float[Tensor, "*folds N"], kind: type[DataError] | type[ReplicasError]) -> None:
    """Raise an error of that kind unless all weights are finite and at least 0, and each fold has one above 0."""
    if not torch.isfinite(weights).all() or (weights < 0).any():
        lowest = weights.min().item()
        raise kind("row_weights", expected="finite numbers, at least 0", got=f"a lowest of {lowest:g}")
    empty = (weights == 0).all(dim=-1).nonzero()
    if len(empty):
        where = f"row_weights[{empty[0, 0]}]" if weights.ndim > 1 else "row_weights"
        raise kind(where, expected="at least one weight above 0", got="all 0")


def check_validation(dataset: Dataset, validation: Dataset | None) -> None:
    """Raise a `DataError` unless a model of the dataset can be judged by the validation rows."""
    if validation is None:
        return
    mine = (dataset.task, dataset.features, dataset.outputs)
    theirs = (validation.task, validation.features, validation.outputs)
    if mine != theirs:
        raise DataError(
            "validation",
            expected=f"a {mine[0]} dataset with {mine[1]} features and {mine[2]} outputs, as '{dataset.name}'",
            got=f"a {theirs[0]} dataset with {theirs[1]} features and {theirs[2]} outputs",
            fix="Split one dataset with dataset.split(0.8, seed=0).",
        )


def check_record_every(record_every: object, steps: int) -> None:
    """Raise a `ReplicasError` unless at least one of so many steps is recorded."""
    if not _is_whole(record_every) or not 1 <= record_every <= steps:  # type: ignore[operator]  # a whole number
        raise ReplicasError(
            "record_every", expected=f"a whole number from 1 to the {steps} steps", got=repr(record_every)
        )


def check_count(name: str, count: object, fix: str) -> None:
    """Raise a `ReplicasError` unless a count is None or at least 1."""
    if count is not None and (not _is_whole(count) or count < 1):  # type: ignore[operator]  # a whole number
        raise ReplicasError(name, expected="a whole number, at least 1", got=repr(count), fix=fix)


def new_model(make_model: Callable[[], nn.Module]) -> nn.Module:
    """What `make_model` makes, checked.

    Raises:
        ModelError: no model, or one with no, lazy, non-float32 or scattered parameters.
    """
    if isinstance(make_model, nn.Module) or not callable(make_model):
        raise ModelError(
            "make_model",
            expected="a function without arguments that returns a new model",
            got=f"a {type(make_model).__name__}",
            fix="Write lambda: mlp(2, [8], 1), or the name of your own function.",
        )
    model = make_model()
    if not isinstance(model, nn.Module):
        raise ModelError("make_model", expected="a function that returns an nn.Module", got=f"a {type(model).__name__}")
    _check_parameters(model)
    return model


def _check_parameters(model: nn.Module) -> None:
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        if nn.parameter.is_lazy(parameter):
            raise ModelError(
                f"parameter {name} of the model",
                expected="a parameter with a shape",
                got="a lazy one",
                fix="Use nn.Linear(inputs, outputs) instead of nn.LazyLinear(outputs).",
            )
        if parameter.dtype != torch.float32:
            got = str(parameter.dtype).removeprefix("torch.")
            raise ModelError(
                f"parameter {name} of the model", expected="float32, as the data", got=got, fix="Call .float() on it."
            )
        if parameter.device.type == "meta":
            raise ModelError(f"parameter {name} of the model", expected="a parameter with values", got="device meta")
    if not parameters:
        raise ModelError(
            "make_model", expected="a model with parameters to train", got=f"{in_a_line(model)} without any"
        )
    devices = {str(parameter.device) for parameter in parameters.values()}
    if len(devices) > 1:
        raise ReplicasError(
            "make_model", expected="a model on one device", got=f"parameters on {', '.join(sorted(devices))}"
        )


def in_a_line(model: object) -> str:
    """A model as it prints itself, in one line; anything else by its type."""
    text = repr(model) if isinstance(model, nn.Module) else f"a {type(model).__name__}"
    return " ".join(text.split())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
