"""Claim: `looplab.compare` is honest. On tables whose truth is known it says what is true.

- linear: the target is a linear function of five columns plus noise: the answer is "linear" at least 95 times in 100.
- sine: the target is a sine of one of two columns plus noise: the answer is "network" at least 95 times in 100.
- noise: the target has nothing to do with the columns: no winner is claimed at least 95 times in 100.
- shuffled: the diabetes table (a part of it) with its target shuffled: no winner at least 95 times in 100.

Each table is drawn afresh. Answers only; learning curves are left out.
"""

import argparse
import json
import platform
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from looplab import __version__, compare, load

ROWS = 100


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


TRUTHS: dict[str, tuple[Callable[[np.random.Generator], pd.DataFrame], str]] = {
    "linear": (linear, "linear"),
    "sine": (sine, "network"),
    "noise": (noise, "undecided"),
    "shuffled": (shuffled, "undecided"),
}


def answers(kind: str, tables: int, first_seed: int = 0) -> Counter[str]:
    """How often each answer was given over so many tables of a kind."""
    make, _ = TRUTHS[kind]
    given: Counter[str] = Counter()
    for seed in range(first_seed, first_seed + tables):
        table = make(np.random.default_rng(seed))
        given[compare(table, "y", task="regression", seeds=2, curve=False, seed=seed).answer] += 1
    return given


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="How often compare says what is true.")
    parser.add_argument("--tables", type=int, default=100, help="tables of each kind")
    parser.add_argument("--output", type=Path, help="write the JSON here, too")
    options = parser.parse_args()
    started = time.perf_counter()
    given = {kind: answers(kind, options.tables) for kind in TRUTHS}
    shares = {kind: given[kind][truth] / options.tables for kind, (_, truth) in TRUTHS.items()}
    report = {
        "claim": "the answer is the truth at least 95 times in 100",
        "holds": all(share >= 0.95 for share in shares.values()),
        "tables": options.tables,
        "rows": ROWS,
        "shares": shares,
        "answers": {kind: dict(sorted(counts.items())) for kind, counts in given.items()},
        "seconds": round(time.perf_counter() - started, 1),
        "versions": {
            "looplab": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
        },
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
