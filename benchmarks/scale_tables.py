"""The table of what `looplab compare` takes, by rows and columns."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

TITLES = (
    "rows × columns",
    "time",
    "peak memory",
    "the longest part",
    "time with `--budget {budget}`",
    "peak memory",
    "left out",
)


def compare_scale(report: Mapping[str, Any]) -> str:
    """Time and memory at each point, without a budget and with one."""
    budget, minutes = f"{report['budget_seconds']:g}s", report["minutes"]
    lines = [f"| {' | '.join(TITLES).format(budget=budget)} |", "|---|---:|---:|---|---:|---:|---|"]
    for name, point in report["points"].items():
        without, budgeted = (point["runs"].get(which) for which in ("without", "with"))
        cells = ["not measured", "", ""]
        if without is not None:
            cells = [*_taken(without), _longest(without, point["folds_planned"])]
        cells += ["", "", ""] if budgeted is None else [*_taken(budgeted), _left_out(budgeted)]
        lines.append(f"| {' | '.join([name, *cells])} |")
    processor = report["versions"]["processor"]
    text = (
        "Each run is a fresh process with all defaults on a CSV file: with the learning curve, what the arms rely on, "
        f"and a model to save. One that takes longer than {minutes:g} minutes is ended; what takes no longer than the "
        f"budget is not repeated with it. Time is the processor time of one thread ({processor}), "
        "by which budget and limit went, too, since the machine had other things to do. "
        f"{_reading(report['points'])}`benchmarks/compare_scale.py` goes on where it was stopped; "
        "benchmarks/results/compare_scale.json holds every number."
    )
    return "\n".join([*lines, "", *textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)])


def _taken(run: Mapping[str, Any]) -> list[str]:
    """Time and peak memory."""
    taken, memory = _time(run["processor_seconds"]), f"{run['peak_megabytes'] / 1000:.1f} GB"
    if run["ended"] != "by itself":
        return [f"more than {taken}", f"{memory} until then"]
    return [f"failed after {taken}" if "failed" in run else taken, memory]


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 100 else f"{seconds:.0f} s"


def _longest(run: Mapping[str, Any], planned: int) -> str:
    """The part that took the longest, with its share of the time; of a run that was ended, how far it had come, too."""
    parts, far = dict(run["seconds_of_parts"]), ""
    if "folds_begun" in run:
        part = run["ended_in"]
        parts[part] = parts.get(part, 0) + run["processor_seconds"] - sum(parts.values())
        far = f"; ended in fold {run['folds_begun']} of {planned}"
    if not parts:
        return ""
    name = max(parts, key=parts.__getitem__)
    return f"{name}, {parts[name] / run['processor_seconds']:.0%}{far}"


def _reading(points: Mapping[str, Any]) -> str:
    """What reading the largest file takes, if it was read to its end."""
    largest = max(points.values(), key=lambda point: point["file_megabytes"])
    seconds = [run["seconds_of_parts"]["reading"] for run in largest["runs"].values() if "answer" in run]
    size = f"{largest['file_megabytes']:.2g} MB"
    return f"Of that, reading the largest file ({size}) takes {_time(min(seconds))}. " if seconds else ""


def _left_out(run: Mapping[str, Any]) -> str:
    """What the budget's note says was left out."""
    found = (re.search(r"left out (.*?)\. With more", note) for note in run.get("said_of_budget", ()))
    return next((each[1] for each in found if each), "nothing" if "answer" in run else "")
