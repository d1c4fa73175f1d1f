"""Figures of why a comparison came out as it did: importance of columns, dependence on one, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from looplab.figures.comparison import COLOURS, MARKERS
from looplab.figures.style import INK, NETWORK, literal, new_figure, with_alternative_text, wrapped
from looplab.statistics import Interval

__all__ = ["calibration", "column_importance", "dependence_on"]

_MOST = 12
_MOST_LETTERS = 40  # of a column's name in a title
_DASHES = ("-", "--", ":", "-.")


def column_importance(importances: Mapping[str, Mapping[str, Interval]], loss_name: str) -> Figure:
    """By how much the loss grows when a column is shuffled: a dot with its interval for each arm, a row a column.

    Args:
        importances: by arm and column, the most important column first; the first twelve are drawn.
        loss_name: for the axis.
    """
    names = list(next(iter(importances.values())))[:_MOST]
    figure, [axes] = new_figure(width=6.5, height=1.4 + 0.42 * len(names))
    reach = 0.15 * (len(importances) - 1)
    for (arm, of_arm), shift in zip(importances.items(), np.linspace(-reach, reach, len(importances)), strict=True):
        found = [of_arm[name] for name in names]
        middle = np.array([each.estimate for each in found])
        ends = np.abs(np.array([[each.low, each.high] for each in found]).T - middle)
        axes.errorbar(
            middle, np.arange(len(names)) + shift, xerr=ends, fmt=MARKERS.get(arm, "o"),
            color=COLOURS.get(arm, NETWORK), markersize=5, capsize=3, linestyle="none", label=arm,
        )  # fmt: skip
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(names)), [wrapped(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(f"growth of the {loss_name} when shuffled")
    axes.set_ylabel("column")
    axes.set_title("What the predictions rely on", wrap=True)
    axes.legend()
    first, of_first = next(iter(importances.items()))
    told = ", ".join(f"{name} {of_first[name].estimate:.3g}" for name in names)
    return with_alternative_text(figure, f"Growth of the {loss_name} of the {first} when a column is shuffled: {told}.")


def dependence_on(
    column: str,
    values: Sequence[float] | Sequence[str],
    predictions: Mapping[str, NDArray[np.float64]],
    names: Sequence[str],
) -> Figure:
    """The mean prediction when all rows take one value of a column: lines over numbers, markers over categories.

    Args:
        column: its name.
        values: G numbers, or categories.
        predictions: by arm, G×O; with several outputs only the first arm is drawn.
        names: of the O outputs that are drawn.
    """
    figure, [axes] = new_figure(width=6.5, height=3.6)
    drawn = dict(predictions) if len(names) == 1 else dict(list(predictions.items())[:1])
    places = np.arange(len(values)) if isinstance(values[0], str) else np.array(values)
    for arm, of_arm in drawn.items():
        for place, name in enumerate(names):
            label = arm if len(names) == 1 else literal(f"{arm}: {name}")
            axes.plot(
                places, of_arm[:, place], color=COLOURS.get(arm, NETWORK), marker=MARKERS.get(arm, "o"), markersize=4,
                linestyle="none" if isinstance(values[0], str) else _DASHES[place % len(_DASHES)], label=label,
            )  # fmt: skip
    if isinstance(values[0], str):
        axes.set_xticks(places, [wrapped(str(value)) for value in values], rotation=30, ha="right")
    axes.set_xlabel(wrapped(column))
    axes.set_ylabel("mean prediction" if len(names) > 1 else wrapped(f"mean prediction of {names[0]}"))
    axes.set_title(literal(f"How predictions change with {_short(column)}"), wrap=True)
    axes.legend()
    told = "; ".join(
        f"{arm} from {of_arm[:, 0].min():.3g} to {of_arm[:, 0].max():.3g}" for arm, of_arm in drawn.items()
    )
    return with_alternative_text(figure, f"Mean prediction of {names[0]} against {column}: {told}.")


def calibration(arms: Mapping[str, tuple[Sequence[float], Sequence[float]]], event: str) -> Figure:
    """The share that came true against the stated probability, a line for each arm; on the diagonal they agree.

    Args:
        arms: by name, mean probabilities of some parts of the rows, and the share of each that came true.
        event: what the probability is of.
    """
    figure, [axes] = new_figure(width=5.4, height=4.6)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1)
    for arm, (predicted, observed) in arms.items():
        _line(axes, arm, predicted, observed)
    axes.set_xlabel(wrapped(f"stated probability of {event}"))
    axes.set_ylabel("share that came true")
    axes.set_title("Can the probabilities be trusted?", wrap=True)
    axes.legend()
    told = "; ".join(
        f"{arm}: " + ", ".join(f"{one:.0%} stated, {other:.0%} true" for one, other in zip(*pair, strict=True))
        for arm, pair in arms.items()
    )
    return with_alternative_text(figure, f"Calibration curves. {told}.")


def _short(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else name[:_MOST_LETTERS] + "…"


def _line(axes: Axes, arm: str, predicted: Sequence[float], observed: Sequence[float]) -> None:
    dashes = "--" if arm == "linear" else "-"
    axes.plot(
        predicted, observed, color=COLOURS.get(arm, NETWORK), marker=MARKERS.get(arm, "o"), linestyle=dashes, label=arm
    )
