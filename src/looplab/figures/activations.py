"""An activation function with its derivative."""

import math

import torch
from matplotlib.figure import Figure

from looplab.figures.style import GREY, new_figure, with_alternative_text
from looplab.models import activation as named_activation

__all__ = ["activation"]


def activation(name: str, *, reach: float = 5.0) -> Figure:
    """An activation, solid, and its derivative, dashed, over inputs from -reach to reach.

    Args:
        name: a key of `looplab.models.ACTIVATIONS`.
        reach: half the width of the input axis.

    Raises:
        ChoiceError: an unknown activation; lists the known ones.
    """
    entry = named_activation(name)
    x = torch.linspace(-reach, reach, 801)
    y, slope = entry.module()(x), entry.derivative(x)
    figure, [axes] = new_figure()
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    for values, label, dashes in ((y, "σ(x)", "-"), (slope, "σ′(x)", "--")):
        axes.plot(x.numpy(), values.numpy(), color=entry.colour, linestyle=dashes)
        axes.annotate(
            label,
            (reach, values[-1].item()),
            xytext=(6, 0),
            textcoords="offset points",
            color=entry.colour,
            va="center",
        )
    axes.set_xlabel("input x")
    axes.set_ylabel("value")
    axes.set_title(f"{entry.title} and its derivative")
    low, high = (_bound(bound) for bound in entry.range)
    return with_alternative_text(
        figure,
        f"Line chart of {entry.title} with values from {low} to {high}, and of its derivative, which lies between "
        f"{slope.min():.2g} and {slope.max():.2g} here. It saturates {entry.saturates}.",
    )


def _bound(value: float) -> str:
    if math.isinf(value):
        return "minus infinity" if value < 0 else "infinity"
    return f"{value:.3g}"
