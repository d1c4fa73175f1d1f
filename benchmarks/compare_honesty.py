"""Claim: `looplab.compare` is honest. Of 500 tables whose truth is known, it gets fewer than one in fifty wrong.

Wrong is a network or a linear model where the other is the truth, either of them where nothing can be predicted, a
column called a leak that is none, and a leak that is not named. "These data cannot tell" is never wrong, only useless;
how often it is said where there is something to be found is counted beside it.

Each table has 100 rows (those with a rare class 300) and is drawn afresh. All settings are those that `compare` takes
by itself; learning curves are left out, and gradient boosting, on which the answer does not depend. How often a linear
table is called linear depends on the margin, so every table is judged with other margins, too. A kind that was measured
is written at once and kept; `--again` measures those of `--kinds` afresh.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from common import versions, write_json
from honest_tables import KINDS
from looplab.comparison.answer import MARGIN, Evidence, decide
from looplab.comparison.boosting import BOOSTING
from looplab.comparison.folds import share_out
from looplab.comparison.leaks import leaking_columns
from looplab.comparison.measure import ARMS, measure
from looplab.comparison.plan import make_plan
from looplab.comparison.prepare import prepare
from looplab.comparison.scoring import make_scoring
from looplab.comparison.table import make_table

MOST_WRONG = 0.02
MARGINS = (0.05, 0.10, 0.15, 0.20)


def answered(kind: str, seed: int) -> tuple[dict[float, str], bool]:
    """The answers to one table by margin, and whether what is said of leaks is true."""
    table = make_table(KINDS[kind].make(np.random.default_rng(seed)), "y")
    plan = make_plan(len(table), repeats=None, seeds=None, margin=MARGIN, curve=False, seed=seed)
    shared, scoring = share_out(table, plan), make_scoring(table, None)
    arms = {name: arm for name, arm in ARMS.items() if name != BOOSTING}
    scores = measure(prepare(table, shared, seed).compared, arms, plan.seeds, scoring, lambda: None)
    losses = {arm: np.array([np.nanmean(each.losses) for each in of_arm]) for arm, of_arm in scores.items()}
    by_margin: dict[float, str] = {}
    for margin in MARGINS:
        evidence = Evidence(
            losses=losses,
            train_rows=shared.train_rows,
            test_rows=shared.test_rows,
            loss_name=scoring.metric.loss,
            margin=margin,
        )
        by_margin[margin] = decide(evidence)[0]
    return by_margin, bool(leaking_columns(table)) == KINDS[kind].leak


def answers(kind: str, tables: int, first_seed: int = 0, processes: int = 1) -> tuple[dict[float, Counter[str]], int]:
    """How often each answer was given over many tables of a kind, by margin, and how often leaks were told wrong."""
    given: dict[float, Counter[str]] = {margin: Counter() for margin in MARGINS}
    wrong_leaks = 0
    each = _of_each(kind, range(first_seed, first_seed + tables), processes)
    for done, (by_margin, right) in enumerate(each, start=1):
        for margin, answer in by_margin.items():
            given[margin][answer] += 1
        wrong_leaks += not right
        print(f"\r{kind}: {done} of {tables}, {dict(given[MARGIN])}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return given, wrong_leaks


def _of_each(kind: str, seeds: range, processes: int) -> Iterator[tuple[dict[float, str], bool]]:
    if processes == 1:
        yield from map(partial(answered, kind), seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(answered, kind), seeds)


def measured(kind: str, tables: int, processes: int) -> dict[str, Any]:
    """A kind's entry in the report."""
    started, truth = time.perf_counter(), KINDS[kind].truth
    given, wrong_leaks = answers(kind, tables, processes=processes)
    return {
        "truth": truth,
        "answers": dict(sorted(given[MARGIN].items())),
        "wrong": sum(count for answer, count in given[MARGIN].items() if answer not in (truth, "undecided")),
        "leaks_told_wrong": wrong_leaks,
        "share_by_margin": {f"{margin:g}": given[margin][truth] / tables for margin in MARGINS},
        "tables": tables,
        "seconds": round(time.perf_counter() - started, 1),
    }


def report(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report, from the entries so far."""
    tables = sum(entry["tables"] for entry in kinds.values())
    wrong = sum(entry["wrong"] + entry["leaks_told_wrong"] for entry in kinds.values())
    return {
        "claim": f"of tables whose truth is known, fewer than {MOST_WRONG:.0%} get a wrong answer",
        "holds": wrong < MOST_WRONG * tables,
        "wrong": wrong,
        "tables": tables,
        "margin": MARGIN,
        "kinds": {name: {"what": KINDS[name].what} | kinds[name] for name in KINDS if name in kinds},
        "versions": versions(),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="How often compare says what is true.")
    parser.add_argument("--tables", type=int, default=50, help="tables of each kind")
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS), help="what to measure")
    parser.add_argument("--again", action="store_true", help="measure them even if the JSON has them")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--output", type=Path, help="also write the JSON here; kinds that it already holds are kept")
    options = parser.parse_args()
    entries: dict[str, Any] = {}
    if options.output and options.output.exists():
        entries = json.loads(options.output.read_text(encoding="utf-8"))["kinds"]
    wanted = options.kinds if options.again else [kind for kind in options.kinds if kind not in entries]
    for kind in wanted:
        entries[kind] = measured(kind, options.tables, options.processes)
        write_json(report(entries), options.output)
    if not wanted:
        write_json(report(entries), options.output)


if __name__ == "__main__":
    main()
