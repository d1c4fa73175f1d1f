"""What was read in one way and could have been meant in another is said."""

from typing import Any

import pandas as pd
import pytest

from looplab.data import ReadOptions
from looplab.data.columns import usable_columns
from looplab.data.read import find_table, read_columns

SAID = "(missing=['-999'], --missing -999, says otherwise)."
WORDS = "Column 'x' taken as words: "
FAR = "is far from all other values and taken as a number"


def notes(values: list[Any], **options: Any) -> list[str]:
    """What is said about a column."""
    read_options = ReadOptions(**options)
    frame = pd.DataFrame({"x": pd.Series(values * 4)})
    said: list[str] = []
    usable_columns(read_columns(find_table(frame, read_options), read_options), said)
    return said


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (
            ["1,5", "2.5", "3,5", "4.5"],
            "Column 'x' taken as words: '1,5' and '2.5' are not numbers written in one way.",
        ),
        (["$12", "€13", "$14"], "Column 'x' taken as words: '$12' and '€13' are not numbers written in one way."),
        (
            ["5 kg", "600 g", "7 kg"],
            "Column 'x' taken as words: '5 kg' and '600 g' are not numbers written in one way.",
        ),
        (["12%", "13.5", "7 %"], "Column 'x' taken as words: '12%' and '13.5' are not numbers written in one way."),
        (["007", "123"], "Column 'x' taken as words: '007' is a code rather than a number."),
        (["9" * 16, "8" * 16], f"Column 'x' taken as words: '{'9' * 16}' is a code rather than a number."),
        (
            ["2024-01-31", "01.02.2024"],
            "Column 'x' taken as words: '2024-01-31' and '01.02.2024' are not dates or times written in one way.",
        ),
        (
            ["31. Januar 2024", "1. Mai 2024"],
            "Column 'x' taken as words: dates such as '31. Januar 2024' are in no known format (--date-format).",
        ),
        (["red", "NA", "blue"], "Column 'x': 'NA', in 4 rows, is taken as a category (missing=['NA'] says otherwise)."),
        (
            [1.5, -999, 2.5, 4],
            f"Column 'x': -999, in 4 rows, {FAR} (missing=['-999'], --missing -999, says otherwise).",
        ),
    ],
)
def test_what_may_be_meant_otherwise_is_said(values: list[Any], note: str) -> None:
    assert notes(values) == [note]


@pytest.mark.parametrize(
    "values",
    [
        ["red", "blue"],
        ["model 2020", "model 2021"],
        ["1.2.3", "1.10.0"],
        ["0-9", "10-19", "20-29"],
        [1.5, 2.5, 4],
        [-999, -500, 20, 700],
        [99, 98, 97],
        [True, False],
    ],
)
def test_of_what_is_plain_nothing_is_said(values: list[Any]) -> None:
    assert notes(values) == []


@pytest.mark.parametrize("typed", [True, False])
def test_a_number_that_stands_for_nothing_can_be_said(typed: bool) -> None:
    values: list[Any] = [1.5, -999.0, 2.5] if typed else ["1.5", "-999", "2.5"]
    options = ReadOptions(missing=("-999",))
    column = read_columns(find_table(pd.DataFrame({"x": values}), options), options).columns["x"]
    assert column.missing.tolist() == [False, True, False]
    assert column.values.isna().tolist() == [False, True, False]


def test_a_declared_category_is_no_doubt() -> None:
    frame = pd.DataFrame({"x": pd.Categorical(["007", "NA", "008"] * 4)})
    said: list[str] = []
    usable_columns(read_columns(find_table(frame, ReadOptions()), ReadOptions()), said)
    assert said == []
