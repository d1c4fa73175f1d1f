"""Draw what benchmarks/grid.py measured: docs/images/grid.svg."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

ROOT = Path(__file__).resolve().parents[1]
ROWS = {
    "PyTorch loop ÷ looplab": lambda shape, one: one["times_faster_than_loop"]["processor"],
    "JAX ÷ looplab": lambda shape, one: one["times_faster_than_jax"]["processor"],
    "looplab ÷ torch's products": lambda shape, one: (
        one["looplab_us"]["processor"] / shape["torch_products_us"]["processor"]
    ),
}
COLORS = ("#0072b2", "#009e73", "#e69f00", "#cc3311")
BATCHES = ("16", "64", "1024", "all")


def values(report: Mapping[str, Any], hidden: str, batch: str, replicas: str, row: str) -> list[float]:
    """The values of a row of panels, one for each number of features that was measured."""
    return [
        ROWS[row](shape, shape["replicas"][replicas])
        for name, shape in report["shapes"].items()
        if name.endswith(f", hidden {hidden}, batch {batch}") and _has(shape["replicas"].get(replicas), row)
    ]


def _has(one: Mapping[str, Any] | None, row: str) -> bool:
    return one is not None and (not row.startswith("JAX") or "jax_us" in one)


def draw(report: Mapping[str, Any]) -> Figure:
    """Four columns of networks; in each panel the batches, and side by side the numbers of replicas."""
    hidden = list(dict.fromkeys(name.split(", ")[1].removeprefix("hidden ") for name in report["shapes"]))
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    panels = figure.subplots(len(ROWS), len(hidden), sharey="row", sharex=True, squeeze=False)
    for row, line in zip(ROWS, panels, strict=True):
        for width, panel in zip(hidden, line, strict=True):
            for replicas, bars in _bars(report, width, row):
                _draw_bars(panel, replicas, bars)
            panel.axhline(1, color="black", linewidth=0.8)
            panel.set_yscale("log")
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if row != next(iter(ROWS)) else (1,)))
            panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            panel.yaxis.set_minor_locator(NullLocator())
            panel.set_xticks(range(len(BATCHES)), BATCHES)
            panel.grid(axis="y", color="#dddddd", linewidth=0.5)
        line[0].set_ylabel(row)
    for width, panel in zip(hidden, panels[0], strict=True):
        panel.set_title(f"hidden {width}")
    for panel in panels[-1]:
        panel.set_xlabel("rows in a batch")
    handles = [mpl.lines.Line2D([], [], color=color, marker="o", label=r) for r, color in _colors(report).items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


Bars = list[tuple[float, list[float]]]


def _bars(report: Mapping[str, Any], hidden: str, row: str) -> Iterator[tuple[tuple[str, str], Bars]]:
    colors = _colors(report)
    for number, (replicas, color) in enumerate(colors.items()):
        offset = 0.17 * (number - (len(colors) - 1) / 2)
        found = [(place + offset, values(report, hidden, batch, replicas, row)) for place, batch in enumerate(BATCHES)]
        yield (replicas, color), [bar for bar in found if bar[1]]


def _draw_bars(panel: Axes, replicas: tuple[str, str], bars: Bars) -> None:
    for x, each in bars:
        panel.vlines(x, min(each), max(each), color=replicas[1], linewidth=1.2)
        panel.scatter([x] * len(each), each, s=9, color=replicas[1], zorder=3)


def _colors(report: Mapping[str, Any]) -> dict[str, str]:
    replicas = next(iter(report["shapes"].values()))["replicas"]
    return dict(zip(replicas, COLORS, strict=False))


def main() -> None:
    """Draw the picture, the same file for the same numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results" / "grid.json")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images" / "grid.svg")
    options = parser.parse_args()
    report = json.loads(options.results.read_text(encoding="utf-8"))
    with mpl.rc_context({"svg.hashsalt": "looplab", "font.size": 9}):
        draw(report).savefig(options.output, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
