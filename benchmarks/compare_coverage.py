"""Claim: the intervals of `looplab.predict` contain the target of a new row as often as they say.

`compare` sees 100 rows, `predict` 2,000 new ones of the same kind; the target of a row is inside its interval or not.

- linear: a line and normal noise.
- curved: a sine and normal noise.
- heavy tails: a line and noise of Student's t distribution with 3 degrees of freedom.
- uneven: a line whose noise grows with the column. Coverage holds for all rows together, though not for each.

The same run counts how many of the new rows, which are ordinary, are called unlike any in training. The claim holds if
the mean coverage over the tables is at most 2 points below what was asked for, of each kind.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from looplab import __version__, compare, predict
from looplab.errors import TableWarning

ROWS, NEW = 100, 2000
COVERAGES = (0.8, 0.9, 0.95)
SHORT = 0.02


def _linear(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.asarray(2 * x + random.normal(size=len(x)))


def _curved(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.asarray(3 * np.sin(2 * x) + 0.5 * random.normal(size=len(x)))


def _heavy_tails(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.asarray(2 * x + random.standard_t(3, size=len(x)))


def _uneven(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.asarray(2 * x + (0.2 + np.abs(x)) * random.normal(size=len(x)))


KINDS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "linear": _linear,
    "curved": _curved,
    "heavy tails": _heavy_tails,
    "uneven": _uneven,
}


def draw(kind: str, rows: int, random: np.random.Generator) -> pd.DataFrame:
    """Rows with a column that matters and one of normal noise."""
    x = random.uniform(-3, 3, rows)
    return pd.DataFrame({"x": x, "noise": random.normal(size=rows), "y": KINDS[kind](x, random)})


def of_table(kind: str, seed: int) -> tuple[list[float], list[float], float]:
    """The coverage at each of `COVERAGES`, the widths of the intervals, and the share of rows called unlike."""
    random = np.random.default_rng(seed)
    found = compare(draw(kind, ROWS, random), "y", repeats=1, seeds=2, curve=False, why=False, seed=seed)
    new = draw(kind, NEW, random)
    covered, widths, unlike = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        model = found.save(Path(folder) / "model")
        for coverage in COVERAGES:
            said = predict(model, new, coverage=coverage)
            covered.append(float(((said["low"] <= new["y"]) & (new["y"] <= said["high"])).mean()))
            widths.append(float((said["high"] - said["low"]).iloc[0]))
            unlike = float((said["unlike"] != "").mean()) if "unlike" in said else 0.0
    return covered, widths, unlike


def measured(kind: str, tables: int) -> dict[str, Any]:
    """A kind's entry in the report."""
    started = time.perf_counter()
    found = []
    for seed in range(tables):
        found.append(of_table(kind, seed))
        print(f"\r{kind}: {seed + 1} of {tables}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    covered = np.array([each[0] for each in found])
    means, errors = covered.mean(axis=0), covered.std(axis=0, ddof=1) / np.sqrt(tables)
    return {
        "coverage": {
            f"{asked:g}": {"mean": round(float(mean), 4), "standard_error": round(float(error), 4)}
            for asked, mean, error in zip(COVERAGES, means, errors, strict=True)
        },
        "mean_width": {
            f"{asked:g}": round(float(width), 3)
            for asked, width in zip(COVERAGES, np.mean([each[1] for each in found], axis=0), strict=True)
        },
        "ordinary_rows_called_unlike": round(float(np.mean([each[2] for each in found])), 4),
        "tables": tables,
        "holds": bool((means >= np.array(COVERAGES) - SHORT).all()),
        "seconds": round(time.perf_counter() - started, 1),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="How often an interval of predict contains the target.")
    parser.add_argument("--tables", type=int, default=20, help="tables of each kind")
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    options = parser.parse_args()
    kinds = {kind: measured(kind, options.tables) for kind in KINDS}
    report = {
        "claim": f"mean coverage is at most {100 * SHORT:g} points below what is asked for",
        "holds": all(entry["holds"] for entry in kinds.values()),
        "rows": ROWS,
        "new_rows": NEW,
        "kinds": kinds,
        "versions": {"looplab": __version__, "python": platform.python_version()},
    }
    text = json.dumps(report, indent=2)
    if options.output:
        options.output.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
