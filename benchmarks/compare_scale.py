"""Claim: `looplab compare` answers from 100 to 1,000,000 rows and from 5 to 2,000 columns, in bounded time and memory.

At each point a table is drawn whose truth is known (the target is a sum of five columns, and noise; or two classes that
depend on a number and a category), written as CSV, and compared as a new user would compare it: in a fresh process,
with all defaults, so with learning curve, what the arms rely on, and a model to save. What takes longer than a budget
of a minute is compared again with `--budget 60s`. A run that takes longer than `--minutes` is ended, and noted as such.

Each run has one thread, and time is its processor time, for budgets and limits, too: that is what a machine takes that
has nothing else to do, whatever this one does beside. What is compiled once per machine is compiled before. Noted are
processor seconds, wall seconds and the load of the machine before, the peak memory, and the seconds of the parts. Each
run is written at once, and those already in the file are kept, so that the benchmark goes on where it was stopped; the
quickest points come first.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from common import run_python, versions, write_json
from looplab.comparison.plan import make_plan

HERE = Path(__file__).resolve().parent
GIGABYTES = 12  # at which a run is ended, before the machine runs out of memory
NOTHING_NOTED: dict[str, Any] = {"seconds": {}, "calls": {}, "in": "the beginning"}
WORDS = ("red", "green", "old", "new", "large", "small", "round", "with", "without", "garden", "door", "stairs")


class Point(NamedTuple):
    """The size of a table and what its columns are."""

    rows: int
    columns: int
    has_text: bool = False

    @property
    def name(self) -> str:
        """What the point is called."""
        return f"{self.rows:,} × {self.columns:,}" + (", classes and text" if self.has_text else "")


POINTS = (
    Point(100, 5),
    Point(100, 20),
    Point(1_000, 5),
    Point(1_000, 20),
    Point(1_000, 10, has_text=True),
    Point(100, 200),
    Point(10_000, 5),
    Point(1_000, 200),
    Point(70, 800),
    Point(100, 2_000),
    Point(100_000, 5),
    Point(10_000, 200),
    Point(1_000, 2_000),
    Point(100_000, 10, has_text=True),
    Point(1_000_000, 5),
)
QUICK = (Point(60, 3), Point(80, 4, has_text=True))
RUNS = ("without", "with")
FEW = ("--folds", "3", "--repeats", "1", "--seeds", "1")  # what is measured of a quick point, and to compile


def drawn(point: Point) -> pd.DataFrame:
    """A table whose truth is known."""
    random = np.random.default_rng(0)
    numbers = point.columns - 3 if point.has_text else point.columns
    X = random.normal(size=(point.rows, numbers))
    table = pd.DataFrame(X, columns=[f"x{column}" for column in range(numbers)])
    if not point.has_text:
        return table.assign(y=X[:, :5].sum(axis=1) + random.normal(size=point.rows))
    kinds = random.integers(0, 8, point.rows)
    words = random.choice(WORDS, size=(point.rows, 6))
    return table.assign(
        kind=[f"kind {kind}" for kind in kinds],
        place=[f"place {place}" for place in random.integers(0, max(60, point.rows // 100), point.rows)],
        remark=[" ".join(each) for each in words],
        y=np.where(X[:, 0] + 0.5 * (kinds - 3.5) + random.normal(size=point.rows) > 0, "yes", "no"),
    )


def compared(table: Path, options: tuple[str, ...], minutes: float) -> dict[str, Any]:
    """What comparing the table in this file took, and what was answered."""
    load, (parts, out, err) = os.getloadavg()[0], (table.with_suffix(f".{end}") for end in ("parts", "out", "err"))
    parts.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "timed_compare.py"), str(parts), str(table), "--target", "y", "--json"]
    watched = [str(HERE / "watched_run.py"), str(minutes), str(GIGABYTES), str(out), str(err), *command, *options]
    code = f"import sys, runpy; sys.argv = {watched!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    run = {**run_python(code, {"OMP_NUM_THREADS": "1"}), "load_before": load}
    noted = json.loads(parts.read_text(encoding="utf-8")) if parts.exists() else NOTHING_NOTED
    run |= {"seconds_of_parts": noted["seconds"], "calls_of_parts": noted["calls"]}
    if run["ended"] != "by itself":
        return run | {"ended_in": noted["in"] or "between two parts", "folds_begun": noted["calls"].get("constant", 0)}
    if run["status"] != 0:
        return run | {"failed": err.read_text(encoding="utf-8").strip().splitlines()[-1]}
    found = json.loads(out.read_text(encoding="utf-8"))
    return run | {
        "answer": found["answer"],
        "rows_compared": found["rows"],
        "folds_compared": found["settings"]["folds_compared"],
        "said_of_budget": [note for note in found["notes"] if note.startswith("The budget")],
    }


def measured(
    point: Point,
    budget: float,
    minutes: float,
    known: Mapping[str, Any],
    asked: Sequence[str],
    options: tuple[str, ...],
) -> Iterator[dict[str, Any]]:
    """The point after each run that is asked for and not known yet."""
    runs = dict(known)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        for name in asked:
            fits = name == "with" and "without" in runs and runs["without"]["processor_seconds"] <= budget
            if name in runs or fits:
                continue
            if not table.exists():
                drawn(point).to_csv(table, index=False, float_format="%.6g")
            limit = ("--budget", f"{budget:g}s") if name == "with" else ()
            runs[name] = compared(table, (*options, *limit), minutes)
            about = {"file_megabytes": table.stat().st_size / 1e6, "folds_planned": planned_folds(point.rows)}
            yield {**point._asdict(), **about, "runs": dict(runs)}


def planned_folds(rows: int) -> int:
    """On how many folds arms are compared if there is time enough."""
    plan = make_plan(rows, repeats=None, seeds=None, margin=0.15, curve=True, seed=0)
    return plan.folds * plan.repeats


def warm_up() -> None:
    """Compile what is compiled once per machine."""
    with tempfile.TemporaryDirectory() as folder:
        for has_text in (False, True):
            table = Path(folder) / "table.csv"
            drawn(Point(30, 5, has_text)).to_csv(table, index=False)
            compared(table, ("--folds", "2", *FEW[2:], "--no-curve", "--no-why"), 10)


def main() -> None:
    """Measure what is not in the file yet."""
    parser = argparse.ArgumentParser(description="Seconds and memory of looplab compare, by rows and columns.")
    parser.add_argument("--points", nargs="*", choices=[each.name for each in (*POINTS, *QUICK)], metavar="POINT")
    parser.add_argument("--quick", action="store_true", help="two tiny tables and a budget of a tenth of a second")
    parser.add_argument("--runs", nargs="*", choices=RUNS, default=RUNS, help="without a budget, or with one")
    parser.add_argument("--compiled", action="store_true", help="what is compiled once per machine is compiled already")
    parser.add_argument("--minutes", type=float, default=10, help="of processor time, after which a run is ended")
    parser.add_argument("--output", type=Path, help="also write the JSON here, and keep the runs that it holds")
    options = parser.parse_args()
    budget = 0.1 if options.quick else 60.0
    done: dict[str, Any] = {}
    if options.output and options.output.exists():
        done = json.loads(options.output.read_text(encoding="utf-8"))["points"]
    report = {"budget_seconds": budget, "minutes": options.minutes, "versions": versions(), "points": done}
    if not options.compiled:
        warm_up()
    for point in QUICK if options.quick else POINTS:
        if options.points and point.name not in options.points:
            continue
        known = done.get(point.name, {}).get("runs", {})
        few = FEW if options.quick else ()
        for entry in measured(point, budget, options.minutes, known, options.runs, few):
            done[point.name] = entry
            report["points"] = {each.name: done[each.name] for each in (*QUICK, *POINTS) if each.name in done}
            write_json(report, options.output)


if __name__ == "__main__":
    main()
