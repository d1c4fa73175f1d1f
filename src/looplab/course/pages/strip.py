"""The strip of a claim: the distribution of every arm in one low row, for the claim's box on a page."""

from collections.abc import Mapping
from html import escape

import numpy as np

from looplab.course.pages.night import by_night
from looplab.experiments import Report

__all__ = ["claim_strip"]

_BINS, _WIDTH, _HEIGHT = 160, 480, 20
_LEAST = 0.3
"""Of the height: the tick of a bin with a single seed."""


def claim_strip(report: Report, alt: str) -> str:
    """A row for each arm: its name, ticks where its seeds lie, higher where there are more, and the median.

    The rows share one axis, whose ends stand below. A dashed line marks the value above which a run counts as failed.

    Args:
        report: what was measured.
        alt: the distribution in words.

    Returns:
        HTML without empty lines, which Markdown lets through as it is.
    """
    from matplotlib.colors import to_hex

    values = {arm.name: arm.values for arm in report.arms}
    logarithmic = report.logarithmic and all((array > 0).all() for array in values.values())
    places = _places(values, logarithmic=logarithmic, threshold=report.fails_above)
    rows = [
        _row(arm.name, float(np.median(arm.values)), _drawing(places[arm.name], places.get(""), to_hex(arm.colour)))
        for arm in report.arms
    ]
    low, high = (f"{end(list(map(end, values.values()))):.3g}" for end in (np.min, np.max))
    what = f"{report.measured}, logarithmic" if logarithmic else report.measured
    ends = f"<span>{low}</span><span>{escape(what)}</span><span>{high}</span>"
    head = f'<div class="claim-strip" role="img" aria-label="{escape(alt)}">'
    return "\n".join([head, *rows, f'<div class="strip-axis">{ends}</div>', "</div>"])


def _row(name: str, median: float, drawing: str) -> str:
    return (
        f'<div class="strip-row"><span class="strip-name">{escape(name)}</span>{drawing}'
        f'<span class="strip-median">{median:.3g}</span></div>'
    )


def _places(values: Mapping[str, np.ndarray], *, logarithmic: bool, threshold: float | None) -> dict[str, np.ndarray]:
    """Where each seed of each arm lies, from 0 to 1; under the empty name, where the threshold does if it is seen."""
    scaled = {name: np.log(array) if logarithmic else array for name, array in values.items()}
    if threshold is not None and (threshold > 0 or not logarithmic):
        scaled[""] = np.array([np.log(threshold) if logarithmic else threshold])
    seen = np.concatenate([array for name, array in scaled.items() if name])
    low, width = seen.min(), np.ptp(seen) or 1.0
    places = {name: (array - low) / width for name, array in scaled.items()}
    return {name: array for name, array in places.items() if name or 0 <= array[0] <= 1}


def _drawing(places: np.ndarray, threshold: np.ndarray | None, colour: str) -> str:
    bins = np.minimum((places * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    heights = _HEIGHT * (_LEAST + (1 - _LEAST) * np.sqrt(counts / counts.max()))
    ticks = "".join(
        f"M{_across((bin_ + 0.5) / _BINS)} {_HEIGHT}V{_HEIGHT - heights[bin_]:.1f}" for bin_ in np.flatnonzero(counts)
    )
    style = f"stroke:{colour};stroke:light-dark({colour},{by_night(colour)})"
    line = f'<path class="strip-limit" d="M{_across(threshold[0])} 0V{_HEIGHT}"/>' if threshold is not None else ""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none">{line}'
        f'<path class="strip-seeds" d="{ticks}" style="{style}"/>'
        f'<path class="strip-middle" d="M{_across(np.median(places))} 0V{_HEIGHT}"/></svg>'
    )


def _across(place: float) -> str:
    return f"{2 + place * (_WIDTH - 4):.0f}"
