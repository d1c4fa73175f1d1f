"""How a classifier divides the plane: the decision boundary, or the regions of several classes."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from looplab.data import Dataset
from looplab.errors import DataError
from looplab.figures.scatter import draw_classes
from looplab.figures.style import CLASS_COLOURS, INK, new_figure, with_alternative_text

__all__ = ["decision_boundary"]

_GRID = 200


def decision_boundary(model: nn.Module, dataset: Dataset, *, title: str = "") -> Figure:
    """Where in the plane a model predicts which class.

    Two classes: the background fades from one class to the other with the predicted probability, and a line marks where
    it is 0.5. More classes: a background for each, with lines between them.

    Args:
        model: maps points B×2 to logits, B×1 for two classes, else B×C. Its parameters are not changed.
        dataset: "binary" or "multiclass" with two features; its points are drawn.
        title: above the figure.

    Raises:
        DataError: the dataset does not have two features that are numbers, or is a regression.
    """
    if dataset.features != 2 or dataset.task == "regression" or dataset.is_categorical:
        raise DataError(
            "dataset",
            expected="classes in the plane: two features that are numbers, task 'binary' or 'multiclass'",
            got=f"{dataset.features} features{' of categories' * dataset.is_categorical}, task '{dataset.task}'",
            fix="load('moons'), load('circles') and load('spirals') are such datasets.",
        )
    figure, [axes] = new_figure(width=5.5, height=4.5)
    x1, x2, logits = _logits_on_grid(model, dataset)
    draw = _draw_binary if dataset.task == "binary" else _draw_regions
    draw(axes, x1, x2, logits)
    draw_classes(axes, dataset)
    axes.set_title(title or f"Decision boundary on {dataset.name}")
    accuracy = _accuracy(model, dataset)
    return with_alternative_text(
        figure,
        f"Scatter plot of the {len(dataset)} points of {dataset.name} over the regions that the model assigns to "
        f"{' and '.join(dataset.target_names)}; {accuracy:.0%} of the points lie in the region of their own class.",
    )


def _logits_on_grid(model: nn.Module, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
    low, high = dataset.inputs.min(dim=0).values, dataset.inputs.max(dim=0).values
    margin = 0.1 * (high - low)
    ends = zip(low - margin, high + margin, strict=True)
    axis = [torch.linspace(float(a), float(b), _GRID, dtype=dataset.dtype) for a, b in ends]
    x1, x2 = torch.meshgrid(*axis, indexing="xy")
    logits = _evaluated(model, torch.stack([x1.flatten(), x2.flatten()], dim=1))
    return x1.numpy(), x2.numpy(), logits


def _evaluated(model: nn.Module, points: torch.Tensor) -> torch.Tensor:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits: torch.Tensor = model(points)
    model.train(was_training)
    return logits


def _draw_binary(axes: Axes, x1: np.ndarray, x2: np.ndarray, logits: torch.Tensor) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    probability = torch.sigmoid(logits).numpy().reshape(x1.shape)
    colours = LinearSegmentedColormap.from_list("classes", [CLASS_COLOURS[0], "white", CLASS_COLOURS[1]])
    extent = (x1.min(), x1.max(), x2.min(), x2.max())
    axes.imshow(probability, extent=extent, origin="lower", aspect="auto", cmap=colours, vmin=0, vmax=1, alpha=0.35)
    axes.contour(x1, x2, probability, levels=[0.5], colors=INK, linewidths=2)


def _draw_regions(axes: Axes, x1: np.ndarray, x2: np.ndarray, logits: torch.Tensor) -> None:
    classes = logits.shape[1]
    winner = logits.argmax(dim=1).numpy().reshape(x1.shape)
    edges = np.arange(classes + 1) - 0.5
    axes.contourf(x1, x2, winner, levels=edges, colors=list(CLASS_COLOURS[:classes]), alpha=0.3)
    for each in range(classes):
        axes.contour(x1, x2, winner == each, levels=[0.5], colors=INK, linewidths=1)


def _accuracy(model: nn.Module, dataset: Dataset) -> float:
    logits = _evaluated(model, dataset.inputs)
    if dataset.task == "binary":
        return ((logits > 0).float() == dataset.targets).float().mean().item()
    return (logits.argmax(dim=1) == dataset.targets).float().mean().item()
