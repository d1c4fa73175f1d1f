"""Curves through one-dimensional data."""

from collections.abc import Mapping

import torch
from matplotlib.figure import Figure
from torch import nn

from looplab.data import Dataset
from looplab.errors import DataError
from looplab.figures.scatter import draw_targets
from looplab.figures.style import ACTIVATION_COLOURS, LINEAR, NETWORK, new_figure, with_alternative_text

__all__ = ["fit"]

_POINTS = 400
_DASHES = ("-", "--", "-.", ":")


def fit(models: nn.Module | Mapping[str, nn.Module], dataset: Dataset, *, title: str = "") -> Figure:
    """What models predict over the range of one input, with the data behind.

    Args:
        models: a model, or several by name; each maps inputs B×1 to outputs B×1. A name that is an activation's gets
            that activation's colour; curves also differ in their dashes, and are labelled at their right end.
        dataset: a regression with one feature and one target.
        title: above the figure.

    Raises:
        DataError: the dataset has more than one feature or target, or is not a regression.
    """
    if dataset.task != "regression" or dataset.features != 1 or dataset.outputs != 1 or dataset.is_categorical:
        raise DataError(
            "dataset",
            expected="a regression with one feature, a number, and one target",
            got=f"{dataset.features} features{' of categories' * dataset.is_categorical}, task '{dataset.task}' "
            f"with {dataset.outputs} outputs",
            fix="load('sine') and load('temperature') are such datasets.",
        )
    named = {"model": models} if isinstance(models, nn.Module) else dict(models)
    figure, [axes] = new_figure()
    draw_targets(axes, dataset)
    low, high = float(dataset.inputs.min()), float(dataset.inputs.max())
    x = torch.linspace(low, high, _POINTS, dtype=dataset.dtype)[:, None]
    losses = []
    for position, (name, model) in enumerate(named.items()):
        y = _predict(model, x)
        colour, dashes = _colour(name), _DASHES[position % len(_DASHES)]
        axes.plot(x[:, 0].numpy(), y[:, 0].numpy(), color=colour, linestyle=dashes)
        axes.annotate(
            name, (x[-1].item(), y[-1].item()), xytext=(6, 0), textcoords="offset points", color=colour, va="center"
        )
        loss = (_predict(model, dataset.inputs) - dataset.targets).square().mean().item()
        losses.append(f"{name} with mean squared error {loss:.3g}")
    axes.set_title(title or f"Fit to {dataset.name}")
    return with_alternative_text(figure, f"The points of {dataset.name} with the curve of {'; of '.join(losses)}.")


def _predict(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        y: torch.Tensor = model(x)
    model.train(was_training)
    return y


def _colour(name: str) -> str:
    return ACTIVATION_COLOURS.get(name.lower(), LINEAR if "linear" in name.lower() else NETWORK)
