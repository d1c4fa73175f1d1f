"""The law of reading: a value is read as what it means, or it is counted as not read, or the table is refused.

Never is one taken for something else. Tables are drawn with their truth (`dirty.py`); a seed that fails is a test.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from looplab.comparison.preparation import Preparation
from looplab.comparison.rereading import reread
from looplab.data.columns import usable_columns
from looplab.data.options import ReadOptions
from looplab.data.read import ReadTable, find_table, read_columns
from looplab.errors import LooplabError

from .dirty import Column, Table, Truth, draw_style, draw_table, write_table

OPTIONS = ReadOptions()
ROWS = 60
REFUSED_AT_MOST = 0.2


def read(path: Path) -> ReadTable:
    return read_columns(find_table(path, OPTIONS), OPTIONS)


def one_sentence(error: LooplabError) -> None:
    """A refusal says what is wrong and what to do, in one line."""
    text = str(error)
    assert "\n" not in text
    assert "expected" in text
    assert text.rstrip().endswith((".", "'", "'."))
    assert len(text) < 500


def is_meant(found: object, truth: Truth, column: Column) -> bool:
    """Whether a value was read as what it means."""
    if isinstance(truth, str):
        return found == truth
    assert truth is not None
    if isinstance(found, str):
        return False
    return bool(np.isclose(float(str(found)), truth, rtol=1e-6, atol=1e-12))


def wrong(table: ReadTable, truth: Table) -> list[str]:
    """What was read as something that it does not mean."""
    faults = []
    for name, column in truth.items():
        read_column = table.columns[name]
        if len(read_column.values) != len(column.values):
            return [f"{len(read_column.values)} rows, not {len(column.values)}"]
        for row, (found, meant) in enumerate(zip(read_column.values, column.values, strict=True)):
            nothing = bool(read_column.missing[row] or read_column.unread[row] or read_column.infinite[row])
            if meant is None:
                stands = column.odd.get(row)
                if not nothing and str(found) != stands:
                    faults.append(f"{name} ({column.kind}), row {row}: {found!r} where nothing is")
            elif nothing and not read_column.unread[row]:
                faults.append(f"{name} ({column.kind}), row {row}: {meant!r} taken for missing")
            elif not nothing and not is_meant(found, meant, column):
                faults.append(f"{name} ({column.kind}), row {row}: {found!r}, not {meant!r}")
    return faults


def try_table(seed: int) -> str:
    """ "read" or "refused"; an assertion fails for anything else."""
    random = np.random.default_rng(seed)
    truth, style = draw_table(random, ROWS), draw_style(random)
    with tempfile.TemporaryDirectory() as folder:
        path = write_table(truth, style, Path(folder), "table")
        try:
            table = read(path)
        except LooplabError as error:
            one_sentence(error)
            return "refused"
        assert set(truth) <= set(table.columns), f"seed {seed}: {set(truth) - set(table.columns)} lost"
        faults = wrong(table, truth)
        assert not faults, f"seed {seed}, {style}: {faults[:3]}"
        lost = [
            name for name, column in truth.items() if 2 * int(table.columns[name].unread.sum()) > len(column.values)
        ]
        assert not lost, f"seed {seed}, {style}: most of {lost} not read"
    return "read"


def try_prediction(seed: int) -> str:
    """A model's columns, and new rows of the same kinds in another style."""
    random = np.random.default_rng(seed)
    truth, style = draw_table(random, ROWS), draw_style(random)
    with tempfile.TemporaryDirectory() as folder:
        try:
            table = read(write_table(truth, style, Path(folder), "table"))
        except LooplabError:
            return "not trained"
        notes: list[str] = []
        columns = usable_columns(table, notes, repeated=True)
        preparation = Preparation.learn(columns)
        other = style if random.random() < 0.3 else draw_style(random)
        fresh = draw_table(random, 25, {name: column.kind for name, column in truth.items()})
        path = write_table(fresh, other, Path(folder), "new")
        try:
            again = reread(find_table(path, OPTIONS).frame, table.readings, preparation, OPTIONS)
        except LooplabError as error:
            one_sentence(error)
            return "refused"
    for name in preparation.names:
        column = fresh[name]
        for row, (found, meant) in enumerate(zip(again.columns[name], column.values, strict=True)):
            replaced = name in again.replaced[row].split("; ")
            if meant is None:
                assert replaced or str(found) == str(column.odd.get(row)) or found is None, (
                    f"seed {seed}: {name} ({column.kind}), row {row}: {found!r} where nothing is"
                )
            else:
                assert replaced or is_meant(found, meant, column), (
                    f"seed {seed}, {style} then {other}: {name} ({column.kind}), row {row}: {found!r}, not {meant!r}"
                )
    if any(again.replaced):
        assert again.warnings
    return "read"


@pytest.mark.parametrize("seed", range(20))
def test_a_dirty_table_is_read_right_or_refused(seed: int) -> None:
    assert try_table(seed) in ("read", "refused")


@pytest.mark.parametrize("seed", range(1000, 1015))
def test_new_rows_in_another_style_are_read_right_or_refused(seed: int) -> None:
    assert try_prediction(seed) in ("read", "refused", "not trained")


@pytest.mark.slow
def test_five_hundred_dirty_tables_are_read_right_or_refused() -> None:
    outcomes = [try_table(seed) for seed in range(2000, 2500)]
    assert outcomes.count("refused") <= REFUSED_AT_MOST * len(outcomes)


@pytest.mark.slow
def test_new_rows_of_five_hundred_tables_are_read_right_or_refused() -> None:
    outcomes = [try_prediction(seed) for seed in range(3000, 3500)]
    assert outcomes.count("read") >= 0.3 * len(outcomes)
