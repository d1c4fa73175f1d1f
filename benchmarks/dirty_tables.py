"""Five hundred dirty tables of known truth: how many are read right, refused in a sentence, or silently misread.

They are drawn by `tests/data/dirty.py`: numbers, dates, booleans and words of many kinds, in text of several
delimiters, encodings and compressions with what programs add to it, and in typed files. A table counts as read if each
value is what it means or is counted as unread, most of each column is read, and no column or row is lost or added. A
refusal that names an option is followed: the option is said, with what is true of the file, and the table read again.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from common import write_json
from looplab.version import __version__

TESTS = Path(__file__).resolve().parents[1] / "tests"
FIRST_SEED = 20_000  # away from those that the tests look at
OUTCOMES = ("read", "read with an option", "refused", "wrong", "crashed")


def main() -> None:
    """Judge all, count, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    options = parser.parse_args()
    write_json(measured(range(options.first_seed, options.first_seed + options.tables)), options.output)


def measured(seeds: range) -> dict[str, Any]:
    """How many tables have each outcome, altogether and by what they are made of, and all that is not right."""
    judging = _judging()
    judged = {seed: judging.judge(seed, with_options=True) for seed in seeds}
    options = Counter(option for each in judged.values() for option in each.options)
    return {
        "looplab": __version__,
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
        "first_seed": seeds.start,
        "tables": len(judged),
        "rows": judging.ROWS,
        "outcomes": _counts(map(_outcome, judged.values())),
        "options_asked_for": dict(sorted(options.items())),
        "by_part": _by_part(judged.values()),
        "not_read": [
            {"seed": seed, "outcome": each.outcome, "said": each.said, "options": each.options}
            for seed, each in judged.items()
            if each.outcome != "read"
        ],
    }


def _judging() -> Any:
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    return import_module("data.judging")


def _outcome(judged: Any) -> str:
    return "read with an option" if judged.outcome == "read" and judged.options else str(judged.outcome)


def _counts(outcomes: Iterable[str]) -> dict[str, int]:
    counted = Counter(outcomes)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def _by_part(judged: Iterable[Any]) -> dict[str, dict[str, int]]:
    """The outcomes of the tables with a column of a kind, an ending, or a thing that a program added."""
    outcomes: dict[str, list[str]] = defaultdict(list)
    for each in judged:
        for part in _parts(each):
            outcomes[part].append(_outcome(each))
    return {part: _counts(found) for part, found in sorted(outcomes.items())}


def _parts(judged: Any) -> Iterator[str]:
    style = judged.style
    yield f"file {style.ending}"
    yield from (f"column of {kind}" for kind in set(judged.kinds))
    if style.form != "plain":
        yield f"{style.ending} as {style.form}"
    if not style.is_typed:
        yield f"delimiter {style.delimiter!r}"
        yield f"numbers such as {judged.example}"
        yield from (f"with {extra}" for extra in style.extras)


if __name__ == "__main__":
    main()
