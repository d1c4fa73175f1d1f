"""A new table is read as training was: every value means what it meant, or it is counted and named."""

import json
import re
from typing import Any

import pandas as pd
import pytest

from looplab.comparison.preparation import Preparation
from looplab.comparison.rereading import Reread, reread
from looplab.data import ReadOptions
from looplab.data.columns import usable_columns
from looplab.data.read import find_table, read_columns
from looplab.data.readings.kinds import reading_from_json
from looplab.errors import CompareError

TRAINING: dict[str, list[Any]] = {
    "plain": [1.5, 2.5, 3.5, 4.5] * 5,
    "german": ["1,5", "2,5", "1.203,5", "4,5"] * 5,
    "cent": ["1%", "2%", "3%", "4%"] * 5,
    "flag": ["True", "False", "True", ""] * 5,
    "when": ["2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05"] * 5,
    "day": ["05.01.2024", "25.02.2024", "05.03.2024", "05.04.2024"] * 5,
    "kind": ["a", "b", "c", "a"] * 5,
}


def again(column: str, values: list[Any], **options: Any) -> Reread:
    """One column of a new table, by a model that learnt from TRAINING and was saved."""
    table = read_columns(find_table(pd.DataFrame({column: TRAINING[column]}), ReadOptions()), ReadOptions())
    preparation = Preparation.learn(usable_columns(table, []))
    saved = json.dumps({name: each.to_json() for name, each in table.readings.items()})
    readings = {name: reading_from_json(each) for name, each in json.loads(saved).items()}
    frame = find_table(pd.DataFrame({column: pd.Series(values)}), ReadOptions()).frame
    return reread(frame, readings, preparation, ReadOptions(**options))


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("plain", ["1.5", "2"], [1.5, 2]),
        ("plain", [1.5, 2], [1.5, 2]),
        ("german", ["1,5", "1.203,5"], [1.5, 1203.5]),
        ("german", [1.5, 1203.5], [1.5, 1203.5]),
        ("flag", [True, False], [1, 0]),
        ("flag", ["TRUE", "f"], [1, 0]),
        ("flag", [1, 0], [1, 0]),
        ("when", ["2024-01-05", "2024-01-06"], [19727, 19728]),
        ("when", [pd.Timestamp("2024-01-05"), pd.Timestamp("2024-01-06")], [19727, 19728]),
        ("day", ["05.01.2024", "06.01.2024"], [19727, 19728]),
        ("kind", ["a", " b "], ["a", "b"]),
    ],
)
def test_values_mean_what_they_meant(column: str, values: list[Any], expected: list[Any]) -> None:
    found = again(column, values)
    assert found.columns[column].tolist() == expected
    assert found.warnings == ()
    assert found.replaced == ["", ""]


@pytest.mark.parametrize(
    ("column", "values", "warning"),
    [
        (
            "plain",
            ["1.5", "2", "oops"],
            "values that are not read as in training: 1 in 'plain' (the first, 'oops', in row 3); the median of",
        ),
        ("plain", ["1.5", "2", ""], "missing values: 1 in 'plain'; the median of training, or no category, stands for"),
        ("plain", ["1.5", "2", "NA"], "missing values: 1 in 'plain'"),
        ("plain", ["1.5", "2", "inf"], "values that are not read as in training: 1 in 'plain' (the first, 'inf', in"),
        ("plain", ["1.5", "2", "1e300"], "values beyond all that training had: 1 in 'plain'; they are taken as nearer"),
        ("flag", [True, False, None], "missing values: 1 in 'flag'"),
        ("when", ["2024-01-05", "2024-01-06", "7.1.2024"], "values that are not read as in training: 1 in 'when'"),
        ("kind", ["a", "b", "new"], "values that training had not seen: 1 in 'kind'; they count as no category"),
        ("kind", ["a", "b", None], "missing values: 1 in 'kind'"),
    ],
)
def test_what_is_replaced_is_counted_and_named(column: str, values: list[Any], warning: str) -> None:
    found = again(column, values)
    (said,) = found.warnings
    assert said.startswith(warning)
    assert found.replaced == ["", "", column]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("plain", ["1,5", "2,5"], "expected numbers, as in training, got '1,5' in row 1 (2 of 2 values are not)"),
        ("plain", ["1,5", "2", "3"], "got '1,5' in row 1 (all values are numbers with a decimal comma)"),
        ("german", ["1.5", "2.5"], "expected numbers with a decimal comma and points between thousands, as in train"),
        ("cent", [0.01, 0.02], "expected numbers with '%', as in training, got '0.01' in row 1"),
        ("flag", ["yes", "no"], "expected true or false, as in training, got 'yes' in row 1"),
        ("when", ["01/05/2024", "03/20/2024"], "expected dates such as 2025-12-31, as in training, got '01/05/2024'"),
        ("when", [45000, 45001], "expected dates such as 2025-12-31, as in training, got '45000'"),
        ("day", ["01.05.2024", "01.25.2024"], "got '01.25.2024' in row 2 (all values are dates such as 12.31"),
        ("kind", ["A", "B", "C", "A", "b"], "expected categories of training: a, b, c, got 4 of 5 others, such as 'A'"),
    ],
)
def test_a_column_that_is_not_as_in_training_is_refused(column: str, values: list[Any], message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)) as caught:
        again(column, values)
    assert "Write them as in training" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "values", "options", "expected"),
    [
        ("plain", ["1,5", "2,5"], {"decimal": ","}, [1.5, 2.5]),
        ("plain", ["1.234,5", "2,5"], {"decimal": ",", "thousands": "."}, [1234.5, 2.5]),
        ("german", ["1.5", "1203.5"], {"decimal": "."}, [1.5, 1203.5]),
        ("when", ["01/05/2024", "03/20/2024"], {"date_format": "%m/%d/%Y"}, [19727, 19802]),
    ],
)
def test_the_other_convention_can_be_said(
    column: str, values: list[Any], options: dict[str, str], expected: list[float]
) -> None:
    found = again(column, values, **options)
    assert found.columns[column].tolist() == expected
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["06/01/2024 12:00", "07/01/2024 18:00"], [19728.5, 19729.75]), (["06/01/2024", "07/01/2024"], [19728, 19729])],
)
def test_a_told_format_holds_with_and_without_a_time_of_day(values: list[str], expected: list[float]) -> None:
    assert again("day", values, date_format="%d/%m/%Y").columns["day"].tolist() == expected


def test_words_that_mean_missing_can_be_said() -> None:
    assert again("plain", ["1", "2", "unknown"], missing=("unknown",)).warnings[0].startswith("missing values: 1")


def test_several_columns_of_one_row_are_named() -> None:
    frame = pd.DataFrame({"plain": TRAINING["plain"], "kind": TRAINING["kind"]})
    table = read_columns(find_table(frame, ReadOptions()), ReadOptions())
    preparation = Preparation.learn(usable_columns(table, []))
    new = pd.DataFrame({"plain": [None, 1.0], "kind": ["new", "a"]})
    found = reread(new, table.readings, preparation, ReadOptions())
    assert found.replaced == ["plain; kind", ""]
    assert len(found.warnings) == 2


def test_one_row_of_a_new_category_is_news_not_a_mistake() -> None:
    assert again("kind", ["new"]).replaced == ["kind"]
