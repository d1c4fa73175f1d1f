"""The table of what `looplab compare` takes, by rows and columns."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

TITLES = (
    "rows × columns",
    "time",
    "processor time",
    "peak memory",
    "the longest part",
    "time with `--budget {budget}`",
    "peak memory",
    "left out",
)


def compare_scale(report: Mapping[str, Any]) -> str:
    """Time and memory at each point, without a budget and with one."""
    budget, minutes = f"{report['budget_seconds']:g}s", report["minutes"]
    lines = [f"| {' | '.join(TITLES).format(budget=budget)} |", "|---|---:|---:|---:|---|---:|---:|---|"]
    for name, point in report["points"].items():
        without, budgeted = point["runs"]["without"], point["runs"].get("with")
        cells = [*_taken(without), _longest(without)]
        cells += ["", "", ""] if budgeted is None else [*_taken(budgeted)[::2], _left_out(budgeted)]
        lines.append(f"| {' | '.join([name, *cells])} |")
    about = report["versions"]
    loads = [run["load_before"] for point in report["points"].values() for run in point["runs"].values()]
    text = (
        "Each run is a fresh process with all defaults on a CSV file: with the learning curve, what the arms rely on, "
        f"and a model to save. One that takes longer than {minutes:g} minutes is ended; what takes no longer than the "
        f"budget is not repeated with it. On {about['cores']} cores ({about['processor']}) that others used as well "
        f"(load before a run {min(loads):.1f} to {max(loads):.1f}): processor time, of all threads, depends on "
        "them less than time does. `benchmarks/compare_scale.py` goes on where it was stopped; "
        "benchmarks/results/compare_scale.json holds every number."
    )
    return "\n".join([*lines, "", *textwrap.wrap(text, 120)])


def _taken(run: Mapping[str, Any]) -> list[str]:
    """Time, processor time and peak memory."""
    memory = f"{run['peak_megabytes'] / 1000:.1f} GB"
    if run["ended"] != "by itself":
        return [f"more than {_time(run['seconds'])}", f"more than {_time(run['processor_seconds'])}", f"≥ {memory}"]
    if "failed" in run:
        return [f"failed after {_time(run['seconds'])}", _time(run["processor_seconds"]), memory]
    return [_time(run["seconds"]), _time(run["processor_seconds"]), memory]


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 100 else f"{seconds:.0f} s"


def _longest(run: Mapping[str, Any]) -> str:
    """The part that took the longest, with its share of what the parts took; of a run that was ended, until then."""
    parts = run["seconds_of_parts"]
    if not parts:
        return ""
    name = max(parts, key=parts.__getitem__)
    return f"{name}, {parts[name] / run['seconds']:.0%}"


def _left_out(run: Mapping[str, Any]) -> str:
    """What the budget's note says was left out."""
    found = (re.search(r"left out (.*?)\. With more", note) for note in run.get("said_of_budget", ()))
    return next((each[1] for each in found if each), "nothing" if "answer" in run else "")
