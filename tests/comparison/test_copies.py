"""Copies of rows stay in one fold, and are reported with their number."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.copies import find_copies
from looplab.comparison.folds import make_folds
from looplab.comparison.table import Table, make_table
from looplab.errors import CompareError


def frame(rows: int = 40, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x, z = random.normal(size=(2, rows))
    return pd.DataFrame({"x": x, "z": z, "c": random.choice(["u", "v"], rows), "y": x + z + random.normal(size=rows)})


def notes(table: Table) -> list[str]:
    return [note for note in table.notes if "equal another" in note]


def are_together(table: Table, copies: list[list[int]]) -> bool:
    """Whether in all folds the rows of each list are on one side."""
    for fold in make_folds(table, folds=5, repeats=2, seed=0):
        train = set(fold.train.tolist())
        if any(len({row in train for row in rows}) > 1 for rows in copies):
            return False
    return True


def test_without_copies_nothing_is_said_or_grouped() -> None:
    table = make_table(frame(), "y")
    assert table.groups is None
    assert notes(table) == []


def test_equal_rows() -> None:
    data = pd.concat([frame(), frame().iloc[:6], frame().iloc[:2]])
    table = make_table(data, "y")
    assert notes(table) == ["14 rows equal another in all columns (6 different ones): kept in one fold."]
    assert are_together(table, [[0, 40, 46], [1, 41, 47], *([row, row + 40] for row in range(2, 6))])


def test_rows_equal_but_for_the_target() -> None:
    data = pd.concat([frame(), frame().iloc[:6].assign(y=9.0)])
    table = make_table(data, "y")
    assert notes(table) == ["12 rows equal another in all columns but the target: kept in one fold."]
    assert are_together(table, [[row, row + 40] for row in range(6)])


@pytest.mark.parametrize("value", [lambda rows: np.arange(rows), lambda rows: np.arange(rows) / 7 + 0.01])
def test_rows_equal_but_for_a_number_of_their_own(value: Any) -> None:
    data = pd.concat([frame(), frame().iloc[:6]]).reset_index(drop=True)
    data["number"] = value(len(data))
    table = make_table(data, "y")
    assert notes(table) == ["12 rows equal another in all columns but 'number': kept in one fold."]
    assert are_together(table, [[row, row + 40] for row in range(6)])


@pytest.mark.parametrize(("different", "said"), [(18, True), (17, False)])
def test_a_number_of_their_own_differs_in_nine_rows_of_ten(different: int, said: bool) -> None:
    data = pd.concat([frame(18), frame(18).iloc[:2]]).reset_index(drop=True)
    data["number"] = [None, *(3.5 * (row % (different - 1)) for row in range(19))]
    found = ["4 rows equal another in all columns but 'number': kept in one fold."] if said else []
    assert notes(make_table(data, "y")) == found


def test_copies_that_were_rounded_otherwise() -> None:
    data = pd.concat([frame(), frame().iloc[:6].assign(x=lambda d: d["x"].astype(np.float32).astype(float))])
    table = make_table(data, "y")
    assert notes(table) == ["12 rows equal another but for rounding: kept in one fold."]
    assert are_together(table, [[row, row + 40] for row in range(6)])


def test_neighbours_in_one_column_are_no_copies() -> None:
    x = np.sort(np.random.default_rng(0).uniform(size=3000))
    data = pd.DataFrame({"x": x, "c": ["u", "v"] * 1500, "y": x})
    assert notes(make_table(data, "y")) == []


def test_copies_join_the_user_s_groups() -> None:
    data = frame().assign(who=np.arange(40) // 4)
    twice = pd.concat([data, data.iloc[:1].assign(who=9)])
    table = make_table(twice, "y", groups="who")
    assert table.groups is not None
    first, last = table.groups[[0, 36]]
    assert first == last, "groups 0 and 9 share a copy"
    assert len(set(table.groups.tolist())) == 9
    assert are_together(table, [[0, 1, 2, 3, 36, 37, 38, 39, 40]])


def test_missing_values_are_equal_to_missing_ones() -> None:
    data = frame()
    data.loc[:3, ["x", "c"]] = [np.nan, None]
    data.loc[:3, "z"] = 1.0
    assert notes(make_table(data, "y")) == ["4 rows equal another in all columns but the target: kept in one fold."]


def test_a_few_settings_that_many_rows_share_are_no_copies() -> None:
    random = np.random.default_rng(0)
    data = pd.DataFrame({"sex": random.choice(["f", "m"], 300), "dose": random.choice([1, 2, 3], 300)})
    data["y"] = data["dose"] + random.normal(size=300)
    table = make_table(data, "y")
    assert table.groups is None
    (note,) = notes(table)
    assert note.startswith(
        "300 rows equal another in all columns but the target: taken for few settings that many rows"
    )
    assert note.endswith("so not kept in one fold.")


@pytest.mark.parametrize("times", [2, 6, 30])
def test_a_table_that_was_written_many_times_is_one_of_copies(times: int) -> None:
    table = make_table(pd.concat([frame()] * times), "y")
    assert table.groups is not None
    assert len(set(table.groups.tolist())) == 40
    assert notes(table) == [f"{40 * times:,} rows equal another in all columns (40 different ones): kept in one fold."]


def test_values_that_meet_by_chance_are_no_near_copies() -> None:
    random = np.random.default_rng(0)
    data = pd.DataFrame({"x": random.normal(size=200), "age": random.integers(20, 60, 200)})
    data["sex"] = random.choice(["f", "m"], 200)
    data["y"] = data["x"]
    assert notes(make_table(data, "y")) == []


def test_time_decides_before_copies() -> None:
    data = pd.concat([frame(), frame().iloc[:6]]).assign(day=lambda d: np.arange(len(d)) // 2)
    table = make_table(data, "y", time="day", groups="c")
    assert "Time determines the folds: groups of 'c' may stand in two." in table.notes
    dated = frame().assign(day=np.arange(40) // 2)
    again = make_table(pd.concat([dated, dated.iloc[:6]]), "y", time="day")
    assert again.groups is None
    assert notes(again)[0] == (
        "12 rows equal another in all columns (6 different ones): which time may put into two folds."
    )


def test_a_class_of_copies_of_one_row_cannot_be_predicted() -> None:
    data = frame().assign(y="often")
    rare = data.iloc[:1].assign(y="rare")
    with pytest.raises(CompareError, match="class 'rare' of the target: expected rows in at least two groups"):
        make_folds(make_table(pd.concat([data, *[rare] * 6]), "y"), folds=5, repeats=1, seed=0)


def test_cancelling_values_are_not_equal() -> None:
    """Rows are compared by sums of keys: exchanging two columns, or column and target, must change them."""
    one, other = np.arange(20.0), np.arange(20.0)[::-1] + 0.5
    columns = pd.DataFrame({"a": np.r_[one, other], "b": np.r_[other, one], "c": np.tile([1.0, 2.0], 20)})
    assert find_copies(columns, np.r_[other, one][:, None], None).groups is None
