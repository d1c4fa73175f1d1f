"""Figures of `compare`: losses of the folds by arm, and the learning curve."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from looplab.figures.style import GREY, INK, LINEAR, NETWORK, new_figure, with_alternative_text, wrapped

__all__ = ["COLOURS", "MARKERS", "fold_losses", "learning_curve"]

COLOURS = {"constant": GREY, "linear": LINEAR, "gradient boosting": "#3c6e1f"}
MARKERS = {"constant": "x", "linear": "s", "small network": "o", "wide network": "D", "gradient boosting": "^"}


def fold_losses(losses: Mapping[str, NDArray[np.float64]], loss_name: str) -> Figure:
    """The loss of each fold by arm, one dot each (the mean over seeds), and the arm's mean as a line.

    Args:
        losses: F×S by arm: folds by seeds.
        loss_name: for the axis.
    """
    figure, [axes] = new_figure(width=6.5, height=3.8)
    words = []
    for position, (name, of_arm) in enumerate(losses.items()):
        of_folds = np.nanmean(of_arm, axis=1)
        jitter = np.linspace(-0.22, 0.22, len(of_folds))
        colour = COLOURS.get(name, NETWORK if name in MARKERS else INK)
        axes.scatter(of_folds, position + jitter, s=18, color=colour, marker=MARKERS.get(name, "P"), alpha=0.7)
        axes.plot([of_folds.mean()] * 2, [position - 0.36, position + 0.36], color=INK, linewidth=2.5)
        words.append(f"{name} {of_folds.mean():.3g}")
    if min(np.nanmin(each) for each in losses.values()) > 0:
        axes.set_xscale("log")
        loss_name += " (logarithmic)"
    axes.set_yticks(range(len(losses)), [wrapped(name) for name in losses])
    axes.invert_yaxis()
    axes.set_xlabel(loss_name)
    axes.set_ylabel("arm")
    axes.set_title("Loss on rows that were not learnt from", wrap=True)
    return with_alternative_text(figure, f"Dot plot of the losses of each fold; means: {', '.join(words)}.")


def learning_curve(rows: Sequence[int], losses: Mapping[str, Sequence[float]], loss_name: str) -> Figure:
    """Mean loss against the number of training rows, one line per arm.

    Args:
        rows: training rows at each point.
        losses: mean losses at each point by arm.
        loss_name: for the axis.
    """
    figure, [axes] = new_figure(width=6.5, height=3.8)
    words = []
    for name, values in losses.items():
        colour, dashes = COLOURS.get(name, NETWORK), "--" if name == "linear" else "-"
        axes.plot(rows, values, color=colour, linestyle=dashes, marker=MARKERS.get(name, "o"))
        axes.annotate(
            wrapped(name), (rows[-1], values[-1]), xytext=(8, 0), textcoords="offset points", color=colour, va="center"
        )
        words.append(f"{name} from {values[0]:.3g} to {values[-1]:.3g}")
    axes.set_xlabel("training rows")
    axes.set_ylabel(loss_name)
    axes.set_title("Would more rows help?", wrap=True)
    told = f"Line chart of {loss_name} against {rows[0]} to {rows[-1]} training rows: {'; '.join(words)}."
    return with_alternative_text(figure, told)
