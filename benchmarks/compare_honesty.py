"""Claim: `looplab.compare` is honest. On tables whose truth is known, it finds that truth.

- linear: the target is a linear function of five columns plus noise: the answer is "linear" at least 95 times in 100.
- sine: the target is a sine of one of two columns plus noise: the answer is "network" at least 95 times in 100.
- noise: the target has nothing to do with the columns: no winner is claimed at least 95 times in 100.
- shuffled: the diabetes table (a part of it) with its target shuffled: no winner at least 95 times in 100.

Each table has 100 rows and is drawn afresh. All settings are those that `compare` takes by itself; only learning curves
are left out. How often a linear table is called linear depends on the margin, so every table is judged with other
margins, too. A kind that was measured is written at once; `--kinds` measures some again and keeps the others.
"""

import argparse
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from looplab import __version__, compare, load
from looplab.comparison.answer import MARGIN, Evidence, decide
from looplab.comparison.comparison import Comparison

ROWS = 100
LEAST = 0.95
MARGINS = (0.05, 0.10, 0.15, 0.20)


def linear(random: np.random.Generator) -> pd.DataFrame:
    """Five columns, y = X w plus noise of half the signal's standard deviation."""
    X = random.normal(size=(ROWS, 5))
    signal = X @ random.normal(size=5)
    return _table(X, signal + 0.5 * signal.std() * random.normal(size=ROWS))


def sine(random: np.random.Generator) -> pd.DataFrame:
    """Two columns from -3 to 3, y = sin 2x of the first plus a little noise."""
    X = random.uniform(-3, 3, size=(ROWS, 2))
    return _table(X, np.sin(2 * X[:, 0]) + 0.1 * random.normal(size=ROWS))


def noise(random: np.random.Generator) -> pd.DataFrame:
    """Nothing to learn."""
    return _table(random.normal(size=(ROWS, 5)), random.normal(size=ROWS))


def shuffled(random: np.random.Generator) -> pd.DataFrame:
    """Real columns, the target of another row."""
    diabetes = load("diabetes")
    rows = random.permutation(len(diabetes))[:ROWS]
    return _table(diabetes.inputs.numpy()[rows], diabetes.targets.numpy()[random.permutation(rows), 0])


def _table(X: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])]).assign(y=y)


@dataclass(frozen=True)
class Kind:
    """Tables whose truth is known.

    Attributes:
        make: draws one table.
        truth: the answer that is right.
    """

    make: Callable[[np.random.Generator], pd.DataFrame]
    truth: str


KINDS = {
    "linear": Kind(linear, "linear"),
    "sine": Kind(sine, "network"),
    "noise": Kind(noise, "undecided"),
    "shuffled": Kind(shuffled, "undecided"),
}


def answers(kind: str, tables: int, first_seed: int = 0) -> dict[float, Counter[str]]:
    """How often each answer was given over many tables of a kind, by margin."""
    given: dict[float, Counter[str]] = {margin: Counter() for margin in MARGINS}
    for done, seed in enumerate(range(first_seed, first_seed + tables), start=1):
        table = KINDS[kind].make(np.random.default_rng(seed))
        found = compare(table, "y", task="regression", curve=False, seed=seed)
        for margin in MARGINS:
            given[margin][_answer(found, margin)] += 1
        assert _answer(found, MARGIN) == found.answer
        print(f"\r{kind}: {done} of {tables}, {dict(given[MARGIN])}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return given


def _answer(found: Comparison, margin: float) -> str:
    """The answer the same losses give with another margin."""
    evidence = Evidence(
        losses={name: np.nanmean(arm.losses, axis=1) for name, arm in found.arms.items()},
        train_rows=found.settings["train_rows"],
        test_rows=found.settings["test_rows"],
        loss_name="mean squared error",
        margin=margin,
    )
    return decide(evidence)[0]


def measured(kind: str, tables: int) -> dict[str, Any]:
    """A kind's entry in the report."""
    started = time.perf_counter()
    given = answers(kind, tables)
    shares = {margin: counts[KINDS[kind].truth] / tables for margin, counts in given.items()}
    share = shares[MARGIN]
    return {
        "truth": KINDS[kind].truth,
        "share": share,
        "answers": dict(sorted(given[MARGIN].items())),
        "share_by_margin": {f"{margin:g}": shares[margin] for margin in MARGINS},
        "tables": tables,
        "holds": share >= LEAST,
        "seconds": round(time.perf_counter() - started, 1),
    }


def report(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report, from the entries so far."""
    return {
        "claim": f"of 100 rows, the answer is the truth at least {100 * LEAST:.0f} times in 100",
        "holds": all(entry["holds"] for entry in kinds.values()),
        "rows": ROWS,
        "margin": MARGIN,
        "kinds": {name: kinds[name] for name in KINDS if name in kinds},
        "versions": {
            "looplab": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
        },
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="How often compare says what is true.")
    parser.add_argument("--tables", type=int, default=100, help="tables of each kind")
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS), help="what to measure")
    parser.add_argument("--output", type=Path, help="also write the JSON here; kinds that it already holds are kept")
    options = parser.parse_args()
    entries: dict[str, Any] = {}
    if options.output and options.output.exists():
        entries = json.loads(options.output.read_text())["kinds"]
    for kind in options.kinds:
        entries[kind] = measured(kind, options.tables)
        if options.output:
            options.output.write_text(json.dumps(report(entries), indent=2) + "\n")
    print(json.dumps(report(entries), indent=2))


if __name__ == "__main__":
    main()
