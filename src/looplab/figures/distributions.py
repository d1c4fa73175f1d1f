"""The whole distribution of a measure over many seeds, one row per arm."""

import textwrap
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from looplab.errors import DataError
from looplab.figures.style import GREY, INK, NETWORK, new_figure, widest_line, with_alternative_text, wrapped

__all__ = ["distributions"]

_BINS = 70
_HALF_ROW = 0.34
_ACROSS = 54
"""Letters of middling width that fit into the figure's width; what the names of the arms take, the axis lacks."""
_FEWEST = 16


def distributions(
    values: Mapping[str, Float64[np.ndarray, "..."]],
    *,
    measured: str,
    title: str = "",
    colours: Mapping[str, str] | None = None,
    logarithmic: bool = False,
    threshold: float | None = None,
) -> Figure:
    """A row of dots for each arm, a dot for each seed; above it the middle half as a bar and the median as a tick.

    Args:
        values: by the name of the arm, one number per seed.
        measured: what the numbers are, with unit; the axis is named by it.
        title: above the figure.
        colours: by the name of the arm.
        logarithmic: whether the axis is logarithmic; it stays linear if some value is 0 or below.
        threshold: a value to mark with a dashed line, for instance the one above which a run counts as failed.

    Raises:
        DataError: no arms, or an arm without values.
    """
    if not values or any(len(array) == 0 for array in values.values()):
        raise DataError("values", expected="at least one arm with at least one value", got="none")
    logarithmic = logarithmic and all((array > 0).all() for array in values.values())
    figure, [axes] = new_figure(height=1.4 + 0.85 * len(values))
    axes.set_xscale("log" if logarithmic else "linear")
    if not logarithmic:
        axes.locator_params(axis="x", nbins=6)  # numbers as long as 1.0175 stay apart
    edges = _edges(np.concatenate(list(values.values())), logarithmic)
    for row, (name, array) in enumerate(values.items()):
        _draw_row(axes, -row, array, edges, (colours or {}).get(name, NETWORK))
    names = [wrapped(name) for name in values]
    axes.set_yticks([-row for row in range(len(values))], names)
    axes.set_ylim(0.6 - len(values), 0.75)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    label = f"{measured} (logarithmic)" if logarithmic else measured
    axes.set_xlabel(textwrap.fill(label, max(_ACROSS - widest_line(names), _FEWEST)))
    axes.set_title(title or measured, wrap=True)
    if threshold is not None:
        axes.axvline(threshold, color=GREY, linestyle="--", linewidth=1.2, zorder=0)
    return with_alternative_text(figure, _words(values, measured, threshold))


def _draw_row(axes: Axes, row: int, array: np.ndarray, edges: np.ndarray, colour: str) -> None:
    axes.plot(array, row + _offsets(array, edges), "o", color=colour, markersize=3.2, alpha=0.7, markeredgewidth=0)
    lower, median, upper = np.quantile(array, [0.25, 0.5, 0.75])
    above = row + _HALF_ROW + 0.08
    axes.plot([lower, upper], [above, above], color=INK, linewidth=3, solid_capstyle="butt")
    axes.plot([median], [above], "|", color=INK, markersize=13, markeredgewidth=2)
    side = "left" if np.searchsorted(edges, median) < _BINS * 0.75 else "right"
    axes.annotate(
        f"median {median:.3g}", (median, above), xytext=(6 if side == "left" else -6, 3), textcoords="offset points",
        ha=side, va="bottom", fontsize=11,
    )  # fmt: skip


def _edges(array: np.ndarray, logarithmic: bool) -> np.ndarray:
    """The edges of the bins in which dots make room for each other."""
    low, high = float(array.min()), float(array.max())
    return np.geomspace(low, high, _BINS + 1) if logarithmic else np.linspace(low, high, _BINS + 1)


def _offsets(array: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How far each dot moves up or down, so that dots sharing a bin do not overlap; the fullest bin fills the row."""
    bins = np.searchsorted(edges, array, side="right")
    offsets = np.zeros(len(array))
    fullest = max(int(np.bincount(bins).max()), 12)
    for shared in np.unique(bins):
        members = np.flatnonzero(bins == shared)
        places = np.arange(len(members)) - (len(members) - 1) / 2
        offsets[members] = places * 2 * _HALF_ROW / fullest
    return offsets


def _words(values: Mapping[str, np.ndarray], measured: str, threshold: float | None) -> str:
    parts = []
    for name, array in values.items():
        low, lower, median, upper, high = np.quantile(array, [0, 0.25, 0.5, 0.75, 1])
        part = f"{name}: median {median:.3g}, middle half {lower:.3g} to {upper:.3g}, all {low:.3g} to {high:.3g}"
        if threshold is not None:
            part += f", {int((array > threshold).sum())} of {len(array)} above {threshold:.3g}"
        parts.append(part)
    return f"Dot plot of {measured}, one dot a seed, one row for each of {len(values)} arms. {'. '.join(parts)}."
