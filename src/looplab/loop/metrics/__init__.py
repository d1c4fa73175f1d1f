"""Metrics, recorded beside the loss: one file each in this folder; nothing else names them."""

from collections.abc import Iterable, Mapping

from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset
from looplab.errors import ModelError, RecipeError, require_choice, shown
from looplab.loop.metrics.metric import Metric, MetricFunction
from looplab.numbers import real_number
from looplab.registry import Registry

__all__ = ["METRICS", "Metric", "MetricFunction", "Metrics", "checked_metrics", "measure"]

METRICS = Registry("metric", Metric)
"""The metrics by name."""

METRICS.register_folder(__name__, __path__)

Metrics = Iterable[str] | Mapping[str, MetricFunction]
"""What a caller asks for: names, or functions of (outputs, targets) under names of the caller's."""


def checked_metrics(metrics: Metrics, dataset: Dataset) -> dict[str, MetricFunction]:
    """The functions that are asked for, by name.

    Raises:
        ChoiceError: an unknown name.
        RecipeError: a metric that means nothing for the dataset's task, or is no function.
    """
    if isinstance(metrics, Mapping):
        for name, function in metrics.items():
            if not isinstance(name, str) or not callable(function):
                got = f"{shown(name)}: {shown(function)}"
                raise RecipeError("metrics", expected="functions of (outputs, targets) by name", got=got)
        return dict(metrics)
    if isinstance(metrics, str) or not isinstance(metrics, Iterable):
        raise RecipeError(
            "metrics",
            expected=f"a list of names ({', '.join(METRICS)}), or functions by name",
            got=shown(metrics),
            fix='Write metrics=["accuracy"], or metrics={"largest": lambda outputs, targets: outputs.max()}.',
        )
    return {name: _named(name, dataset) for name in metrics}


def _named(name: str, dataset: Dataset) -> MetricFunction:
    require_choice("metric", name, METRICS)
    metric = METRICS[name]
    if dataset.task not in metric.tasks:
        fitting = [other.name for other in METRICS.values() if dataset.task in other.tasks]
        raise RecipeError(
            "metrics",
            expected=f"one that has a meaning for a {dataset.task} task: {', '.join(fitting) or 'none has'}",
            got=f"'{name}'",
        )
    return metric.function


def measure(name: str, function: MetricFunction, outputs: Float[Tensor, "B O"], targets: Tensor) -> float:
    """What a metric says of outputs and targets, as a number of Python; it may be infinite or NaN.

    Raises:
        ModelError: the function fails, or gives something else than one number.
    """
    try:
        value = function(outputs.detach(), targets)
    except Exception as error:  # the user's function, which may raise anything
        got = f"{type(error).__name__}: {error}"
        raise ModelError(f"metric '{name}'", expected="a function of (outputs, targets)", got=got) from error
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        return float(value)
    number = real_number(value)
    if isinstance(value, float) or number == number:  # a NaN of the user's is a number, too
        return float(number)
    got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else shown(value)
    raise ModelError(
        f"metric '{name}'", expected="one number", got=got, fix="Take a mean over the rows, as in errors.mean()."
    )
