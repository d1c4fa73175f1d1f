"""Which share of the seeds succeeds where two settings are varied: a map with a cell for each pair of values."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from looplab.errors import DataError, shown
from looplab.figures.map_cells import Cells, VariedAxis, cells_of
from looplab.figures.style import ACTIVATION_COLOURS, INK, new_figure, with_alternative_text
from looplab.numbers import real_number
from looplab.replicas import Runs

__all__ = ["success_map"]

_MAP = LinearSegmentedColormap.from_list(
    "success", [(0, "#ffffff"), (0.5, "#a3c3e2"), (0.5, "#4a6f93"), (1, "#123a60")]
)
"""With a jump at a half: so a number is easy to read upon each of the colours, by day and by night."""
_BETWEEN = "#c8ccd2"
_STEPS = np.linspace(0, 1, 21)
"""Of the bar of colours."""
_BEST = ACTIVATION_COLOURS["relu"]
_CELL_INCHES = 0.62
_MOST_WRITTEN = 16
"""Cells in a row or column, beyond which a number would not fit into its cell."""
_MOST_TICKS = 14


def success_map(
    runs: Runs,
    *,
    succeeds_below: float | None = None,
    succeeds: Callable[[Runs], Bool[Tensor, " R"]] | None = None,
    title: str = "",
) -> Figure:
    """The share of seeds that succeed, one cell for each pair of values of the two things that a call varied.

    What was varied first runs across, the second upward; numbers are sorted, names keep their order. The cells are
    equally wide, and the axis says whether the values are thereby spaced logarithmically. Cells are dark where at least
    half of the seeds succeed; each holds its share in percent, up to 16 cells in a row, beyond that a bar of colours
    says it. The best cell has a frame, and its Wilson interval stands above. It was picked as the best of all cells, so
    its share on fresh seeds is likely to be lower.

    Args:
        runs: R replicas from one call `train_many(vary={one: [...], other: [...]})`, with any number of seeds. What is
            varied may be a field of the recipe or a setting of the model, numbers or names.
        succeeds_below: a run succeeds if its final training loss is below this; one that failed does not.
        succeeds: says it in place of `succeeds_below`: given the runs, returns R truths.
        title: above the figure.

    Raises:
        DataError: not exactly two things were varied, there are no runs, or what counts as success is not said, said
            twice, or is not R truths.

    >>> from looplab import Recipe, load, mlp, train_many
    >>> vary = {"lr": [0.1, 1.0, 10.0], "momentum": [0.0, 0.9]}
    >>> recipe = Recipe(optimizer="sgd", lr=0.1, steps=50)
    >>> runs = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=16, vary=vary)
    >>> from looplab.figures import alternative_text
    >>> figure = success_map(runs, succeeds_below=0.3)
    >>> print(alternative_text(figure).split(":")[0])
    Map of 3 by 2 cells, the share of 16 seeds in each whose final training loss is below 0.3
    """
    x, y = _varied(runs)
    truths, what = _successes(runs, succeeds_below, succeeds)
    cells = cells_of(x, y, truths)
    columns, rows = len(x.values), len(y.values)
    width, height = max(5.2, 1.6 + _CELL_INCHES * columns), max(3.6, 1.9 + 0.5 * rows)
    figure, [axes] = new_figure(width=min(width, 13.0), height=min(height, 11.0))
    _draw_cells(figure, axes, cells)
    _name_axis(axes, x, y)
    for column, row in cells.best:
        frame = Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=_BEST, linewidth=3, zorder=3)
        axes.add_patch(frame)
    axes.set_title(f"{title or f'Share of {cells.counted} {what}, in percent'}\n{_best(cells, x, y)}", wrap=True)
    return with_alternative_text(figure, _words(cells, x, y, what))


def _varied(runs: Runs) -> tuple[VariedAxis, VariedAxis]:
    if not isinstance(runs, Runs):
        raise DataError("runs", expected="what train_many gives", got=f"a {type(runs).__name__}")
    if not len(runs):
        raise DataError("runs", expected="at least one seed", got="no runs")
    names = [name for name in runs.columns if name != "seed"]
    if len(names) != 2:
        raise DataError(
            "runs",
            expected="two varied fields or settings, one for each axis",
            got=f"{len(names)}: {', '.join(names)}" if names else "none",
            fix='Train them with train_many(vary={"lr": [...], "momentum": [...]}).',
        )
    x, y = (VariedAxis.of(name, runs.columns[name]) for name in names)
    return x, y


def _successes(
    runs: Runs, below: float | None, succeeds: Callable[[Runs], Bool[Tensor, " R"]] | None
) -> tuple[Bool[np.ndarray, " R"], str]:
    """Which runs succeed, and what that means, in words that follow "seeds in each"."""
    if (below is None) == (succeeds is None):
        raise DataError(
            "succeeds_below, succeeds",
            expected="one of the two, which says what counts as success",
            got="neither" if below is None else "both",
            fix="Say succeeds_below=0.1 for a final training loss below 0.1, or succeeds=lambda runs: ~runs.failed.",
        )
    if succeeds is None:
        threshold = real_number(below)
        if np.isnan(threshold):
            raise DataError("succeeds_below", expected="a number", got=shown(below))
        truths = (runs.final_train_loss < threshold) & ~runs.failed
        return truths.numpy(), f"whose final training loss is below {threshold:g}"
    given = torch.as_tensor(succeeds(runs))
    if given.shape != (len(runs),) or given.dtype != torch.bool:
        got = f"{str(given.dtype).removeprefix('torch.')} of shape {tuple(given.shape)}"
        expected = f"{len(runs)} truths, one a run"
        raise DataError("succeeds", expected=expected, got=got, fix="Try succeeds=lambda runs: ~runs.failed.")
    return given.numpy(force=True), "that succeed"


def _draw_cells(figure: Figure, axes: Axes, cells: Cells) -> None:
    """The cells are drawn as shapes, not as a picture: a page turns the colours of shapes to its own by night."""
    rows, columns = cells.shares.shape
    shares = np.ma.masked_invalid(cells.shares)
    edges = (np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5)
    mesh = axes.pcolormesh(*edges, shares, cmap=_MAP, vmin=0, vmax=1, edgecolors=_BETWEEN, linewidth=0.8)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    if max(rows, columns) > _MOST_WRITTEN:
        bar = figure.colorbar(mesh, ax=axes, boundaries=_STEPS, format=lambda share, _: f"{100 * share:.0f}")
        assert bar.solids is not None
        bar.solids.set_rasterized(False)
        bar.set_ticks(_STEPS[::4].tolist())
        bar.ax.set_title("%")
        bar.ax.set_xlabel("share", fontsize=11)
        bar.set_label("seeds that succeed, in percent", fontsize=11)
        return
    for row, column in np.ndindex(rows, columns):
        share = cells.shares[row, column]
        text = "–" if np.isnan(share) else f"{100 * share:.0f}"
        colour = "white" if share >= 0.5 else INK
        axes.text(column, row, text, ha="center", va="center", fontsize=11, color=colour)


def _name_axis(axes: Axes, x: VariedAxis, y: VariedAxis) -> None:
    for axis, name, ticks in ((x, axes.set_xlabel, axes.set_xticks), (y, axes.set_ylabel, axes.set_yticks)):
        every = -(-len(axis.values) // _MOST_TICKS)
        places = list(range(0, len(axis.values), every))
        ticks(places, [axis.labels[place] for place in places])
        name(axis.title)
    if max(map(len, x.labels)) * len(x.labels) > 70:
        axes.tick_params(axis="x", rotation=45)


def _best(cells: Cells, x: VariedAxis, y: VariedAxis) -> str:
    (column, row), *others = cells.best
    interval, count = cells.interval(column, row), cells.counts[row, column]
    where = f"{x.name} {x.labels[column]}, {y.name} {y.labels[row]}"
    found = f"{cells.successes[row, column]} of {count}"
    found += f", {interval.estimate:.0%} [{interval.low:.0%}, {interval.high:.0%}]"
    return f"best: {where}{f' and {len(others)} more' if others else ''}: {found}"


def _words(cells: Cells, x: VariedAxis, y: VariedAxis, what: str) -> str:
    parts = []
    for row, label in enumerate(y.labels):
        shares = cells.shares[row]
        if np.isnan(shares).all():
            continue
        top = int(np.nanargmax(shares))
        part = f"{y.name} {label}: {np.nanmin(shares):.0%} to {np.nanmax(shares):.0%}, most at {x.name} {x.labels[top]}"
        parts.append(part)
    best = _best(cells, x, y).replace("best", "Best", 1)
    start = f"Map of {len(x.values)} by {len(y.values)} cells, the share of {cells.counted} in each {what}"
    return (
        f"{start}: {x.title} from {x.labels[0]} to {x.labels[-1]} across, {y.title} from {y.labels[0]} to "
        f"{y.labels[-1]} upward. {'; '.join(parts)}. {best}, a 95 % Wilson interval."
    )
