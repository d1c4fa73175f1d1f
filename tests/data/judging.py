"""Whether a dirty table was read right, counted as unread, refused in a sentence, or silently misread.

A refusal that names an option is followed as a reader of the sentence would: with what is true of the file.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from looplab.data.options import ReadOptions
from looplab.data.read import ReadTable, find_table, read_columns
from looplab.errors import LooplabError

from .dirty import Column, Style, Table, Truth, draw_style, draw_table
from .dirty_files import date_format, number_text, write_table

__all__ = ["ROWS", "Judged", "faults", "is_meant", "judge", "read", "said_badly"]

ROWS = 60
_MOST_OPTIONS = 4  # that are said one after the other, as each is asked for


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of a table.

    Attributes:
        outcome: "read", "refused", "wrong" (silently) or "crashed" (no sentence).
        style: how it was written.
        kinds: what its columns are.
        said: the refusal, or the faults.
        options: those that sentences asked for and that were given.
    """

    outcome: str
    style: Style
    kinds: tuple[str, ...]
    said: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def example(self) -> str:
        """A number as the table has it."""
        return number_text(1234.5, self.style)


def judge(seed: int, *, with_options: bool = False) -> Judged:
    """Draw a table and its file, read it, and compare with the truth.

    Args:
        seed: of the table.
        with_options: after a refusal that names options, say those that are true and read again.
    """
    random = np.random.default_rng(seed)
    truth, style = draw_table(random, ROWS), draw_style(random)
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = write_table(truth, style, Path(folder), "table")
        outcome, words = _tried(path, truth, said)
        while with_options and outcome == "refused" and len(said) < _MOST_OPTIONS:
            asked = _asked(words, truth, style, said)
            if not asked:
                break
            said |= asked
            outcome, words = _tried(path, truth, said)
    kinds = tuple(column.kind for column in truth.values())
    words = words.replace(str(path), path.name)
    return Judged(outcome=outcome, style=style, kinds=kinds, said=words, options=said)


def read(path: Path, options: ReadOptions | None = None) -> ReadTable:
    """The table in a file."""
    options = options or ReadOptions()
    return read_columns(find_table(path, options), options)


def said_badly(text: str) -> str:
    """What is wrong with a refusal: it says in one sentence what was expected and what to do; "" if it does."""
    possible = {
        "several lines": "\n" in text,
        "does not say what was expected": "expected" not in text,
        "no end": not text.rstrip().endswith((".", "'")),
        "long": len(text) >= 500,
    }
    return ", ".join(fault for fault, holds in possible.items() if holds)


def is_meant(found: object, truth: Truth) -> bool:
    """Whether a value was read as what it means."""
    if isinstance(truth, str) or isinstance(found, str):
        return found == truth
    assert truth is not None
    return bool(np.isclose(float(str(found)), truth, rtol=1e-9, atol=1e-15))


def faults(table: ReadTable, truth: Table) -> list[str]:
    """What was read as something that it does not mean, without being counted as unread."""
    lost = [f"{name} lost" for name in truth if name not in table.columns]
    added = [f"{name} added" for name in table.columns if name not in truth]
    if lost or added:
        return lost + added
    return [fault for name, column in truth.items() for fault in _faults_of(name, table, column)]


def _tried(path: Path, truth: Table, said: dict[str, str]) -> tuple[str, str]:
    try:
        table = read(path, replace(ReadOptions(), **said))  # type: ignore[arg-type]  # only options that are words
    except LooplabError as error:
        fault = said_badly(str(error))
        return ("crashed", f"{fault}: {error}") if fault else ("refused", str(error))
    except Exception as error:  # noqa: BLE001  # whatever is not a sentence of ours is what this looks for
        return "crashed", f"{type(error).__name__}: {error}"
    wrong = faults(table, truth)
    return ("wrong", "; ".join(wrong[:3])) if wrong else ("read", "")


def _faults_of(name: str, table: ReadTable, column: Column) -> list[str]:
    found_column = table.columns[name]
    wrong: list[str] = []
    if len(found_column.values) != len(column.values):
        return [f"{len(found_column.values)} rows, not {len(column.values)}"]
    if 2 * int(found_column.unread.sum()) > len(column.values):
        return [f"most of {name} ({column.kind}) not read"]
    for row, (found, meant) in enumerate(zip(found_column.values, column.values, strict=True)):
        unread = bool(found_column.unread[row])
        nothing = unread or bool(found_column.missing[row]) or bool(found_column.infinite[row])
        place = f"{name} ({column.kind}), row {row}"
        if meant is None:
            if not nothing and str(found) != column.odd.get(row):
                wrong.append(f"{place}: {found!r} where nothing is")
        elif nothing and not unread:
            wrong.append(f"{place}: {meant!r} taken for missing")
        elif not nothing and not is_meant(found, meant):
            wrong.append(f"{place}: {found!r}, not {meant!r}")
    return wrong


def _asked(sentence: str, truth: Table, style: Style, said: dict[str, str]) -> dict[str, str]:
    """The options that a refusal names and that were not given yet, with what is true of the file."""
    right: dict[str, Callable[[], str]] = {
        "--decimal": lambda: style.decimal,
        "--date-format": lambda: date_format(_column_of(sentence, truth), style),
        "--encoding": lambda: style.encoding,
        "--delimiter": lambda: style.delimiter,
    }
    options = {option[2:].replace("-", "_"): value() for option, value in right.items() if option in sentence}
    return {option: value for option, value in options.items() if option not in said}


def _column_of(sentence: str, truth: Table) -> Column:
    match = re.match(r"column '(.*?)': ", sentence)
    return truth[match[1]] if match and match[1] in truth else next(iter(truth.values()))
