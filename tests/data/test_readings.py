"""What columns mean, told from their values: numbers in every convention, dates, booleans, categories."""

import datetime
import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from looplab.data import ReadOptions
from looplab.data.readings.boolean import BooleanReading
from looplab.data.readings.category import CategoryReading, label
from looplab.data.readings.cells import Cells
from looplab.data.readings.choose import choose_readings
from looplab.data.readings.dates import ClockReading, DateReading, DurationReading
from looplab.data.readings.kinds import KINDS, reading_from_json
from looplab.data.readings.number import CONVENTIONS, NumberReading, body_pattern, written
from looplab.data.readings.reading import Reading
from looplab.data.readings.signs import Signs
from looplab.errors import TableError


def chosen(values: list[Any], delimiter: str | None = ",", other: list[Any] | None = None, **options: Any) -> Reading:
    """The reading of a column, beside another one if there is."""
    frame = pd.DataFrame({"x": pd.Series(values)} | ({} if other is None else {"z": pd.Series(other)}))
    return choose_readings(frame, ReadOptions(**options), delimiter)["x"]


def number(values: list[Any], delimiter: str | None = ",", **options: Any) -> NumberReading:
    reading = chosen(values, delimiter, **options)
    assert isinstance(reading, NumberReading), reading
    return reading


def values(reading: Reading, cells: list[Any]) -> list[Any]:
    return reading.read(pd.Series(cells, name="x", dtype=object)).values.tolist()


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (["1", "2.5", "-3"], [1, 2.5, -3]),
            (["1e3", "2.5E-2", "+4"], [1000, 0.025, 4]),
            ([".5", "1.", "0.25"], [0.5, 1, 0.25]),
            (["1,234.5", "2,000.25"], [1234.5, 2000.25]),
            (["1,234,567", "89"], [1234567, 89]),
            (["12,34,567.5", "1,23,456.0"], [1234567.5, 123456]),  # India
            (["1 234.5", "12.25"], [1234.5, 12.25]),
            (["1\u202f234,5", "12,25"], [1234.5, 12.25]),  # France
            (["1'234.5", "12.25"], [1234.5, 12.25]),  # Switzerland
            (["1.234,5", "12,25"], [1234.5, 12.25]),  # Germany
            (["1.234.567", "12"], [1234567, 12]),
            (["0,5", "1,25"], [0.5, 1.25]),
            (["0,125", "1,250"], [0.125, 1.25]),  # no thousands begin with 0
            (["−5", "3"], [-5, 3]),  # a real minus sign
            (["(5.5)", "3.5"], [-5.5, 3.5]),  # accounts
            (["12 %", "3.5 %"], [12, 3.5]),
            (["€ 12", "€ 1,300.5"], [12, 1300.5]),
            (["-$12.5", "$3"], [-12.5, 3]),
            (["EUR 12", "EUR 3.5"], [12, 3.5]),
            (["12.5 km/h", "3 km/h"], [12.5, 3]),
        ],
    )
    def test_conventions_are_told(self, text: list[str], expected: list[float]) -> None:
        assert values(number(text, delimiter=";"), text) == pytest.approx(expected)

    @pytest.mark.parametrize(
        "text", ["1,2,3", "1.2.3", "1,23.5", "12,34", "1 2", "1e", "--1", "(1", "$1€", "1-2", "0x1A", "٣"]
    )
    def test_what_is_no_number_in_a_convention_is_not_read(self, text: str) -> None:
        assert NumberReading(thousands=",").value(text) is None

    @pytest.mark.parametrize(
        ("text", "delimiter", "expected"),
        [
            (["1,234", "5,678"], ",", [1234, 5678]),  # where commas separate fields they are no decimal signs
            (["1.234", "5.678"], ",", [1.234, 5.678]),
            (["1.234", "5.678"], None, [1.234, 5.678]),
            (["1.234", "5.678"], " ", [1.234, 5.678]),
        ],
    )
    def test_three_digits_behind_the_only_sign(
        self, text: list[str], delimiter: str | None, expected: list[float]
    ) -> None:
        assert values(number(text, delimiter), text) == pytest.approx(expected)

    @pytest.mark.parametrize("delimiter", [";", "\t", "|", None])
    @pytest.mark.parametrize("sign", [",", "."])
    def test_what_may_be_either_is_asked_for(self, delimiter: str | None, sign: str) -> None:
        text = [f"1{sign}234", f"5{sign}678", "7"]
        if (delimiter, sign) == (None, "."):
            return
        message = (
            f"'1{sign}234', which may be 1.234 or 1234. Say decimal='{sign}' (--decimal {sign}) or thousands='{sign}'"
        )
        with pytest.raises(TableError, match=re.escape(message)):
            number(text, delimiter)
        assert values(number(text, delimiter, decimal=sign), text) == [1.234, 5.678, 7]
        assert values(number(text, delimiter, thousands=sign), text) == [1234, 5678, 7]

    @pytest.mark.parametrize(
        ("other", "expected"), [(["0,5", "1,25"], [1234, 5678]), (["0.5", "1.25"], [1.234, 5.678])]
    )
    def test_other_columns_tell_it(self, other: list[str], expected: list[float]) -> None:
        text = ["1.234", "5.678"]
        assert values(chosen(text, ";", other), text) == expected

    def test_columns_that_disagree_tell_nothing(self) -> None:
        frame = pd.DataFrame({"x": ["1.234", "5.678"], "a": ["0,5", "1,25"], "b": ["0.5", "1.25"]})
        with pytest.raises(TableError, match="column 'x': expected numbers that can be read in one way"):
            choose_readings(frame, ReadOptions(), ";")

    def test_a_few_strange_values_are_not_read_many_make_text(self) -> None:
        few = ["<0.1"] * 2 + [str(i / 7) for i in range(8)]
        read = number(few).read(pd.Series(few, name="x"))
        assert read.unread.tolist() == [True] * 2 + [False] * 8
        assert read.first(read.unread) == (1, "<0.1")
        assert isinstance(chosen(["<0.1"] * 8 + few), CategoryReading)

    def test_units_that_differ_are_no_numbers(self) -> None:
        assert isinstance(chosen(["5 kg", "500 g", "2 kg", "300 g"]), CategoryReading)
        assert isinstance(chosen(["S20", "S30", "S1"]), CategoryReading)

    def test_digits_with_leading_zeros_are_codes(self) -> None:
        assert isinstance(chosen(["02139", "94110", "10001"]), CategoryReading)
        assert isinstance(chosen(["030 123 456", "089 321 654"]), CategoryReading)
        assert isinstance(chosen(["030.123.456", "089.321.654"]), CategoryReading)
        assert isinstance(chosen(["01,23,456", "02,34,567"]), CategoryReading)
        assert isinstance(chosen(["1234567890123456", "2234567890123456"]), CategoryReading)
        assert number(["0", "0.5", "10"])

    def test_words_for_missing_among_numbers(self) -> None:
        text = ["NA", "1", "-", "2", "#DIV/0!", "3", "4", "5", " ", "6"]
        read = number(text).read(pd.Series(text, name="x"))
        assert read.missing.tolist() == [cell in ("NA", "-", "#DIV/0!", " ") for cell in text]
        assert read.marked.tolist() == [cell in ("NA", "-", "#DIV/0!") for cell in text]
        assert not read.unread.any()
        own = ["unknown", "1", "2"]
        assert number(own, missing=("Unknown",)).read(pd.Series(own)).missing.tolist() == [True, False, False]

    def test_infinities_are_told_apart(self) -> None:
        text = ["inf", "1", "-Infinity", "1e999", "2", "3", "4"]
        read = number(text).read(pd.Series(text))
        assert read.infinite.tolist() == [True, False, True, True, False, False, False]
        assert not (read.unread | read.missing).any()

    @pytest.mark.parametrize(
        "cells", [[1, 2.5, None], [Decimal("1"), Decimal("2.5"), None], [np.int64(1), np.float32(2.5), float("nan")]]
    )
    def test_typed_numbers(self, cells: list[Any]) -> None:
        assert values(number(cells), cells)[:2] == [1, 2.5]
        assert number(cells).read(pd.Series(cells)).missing.tolist() == [False, False, True]

    def test_whole_numbers_beyond_all_floats(self) -> None:
        assert NumberReading().value(10**400) == np.inf

    def test_where_training_had_whole_numbers_three_digits_are_not_taken_for_a_fraction(self) -> None:
        reading = number(["1", "20", "300"])
        assert reading.whole
        assert values(reading, ["1.234", "12.5", "1,234"])[1] == 12.5
        assert reading.read(pd.Series(["1.234", "12.5", "1,234"])).unread.tolist() == [True, False, True]
        assert number(["1", "20.5"]).value("1.234") == 1.234
        assert number([1, 2, 3]).whole
        assert not number([1.0, 2.5]).whole

    def test_typed_numbers_are_no_per_cents(self) -> None:
        reading = number(["12%", "30%"])
        assert reading.read(pd.Series([0.12, 0.3])).unread.all()
        assert number(["12 kg", "30 kg"]).read(pd.Series([12.0])).values.tolist() == [12]

    def test_many_values_decide_as_few_do(self) -> None:
        text = [f"{i}.5" for i in range(30_000)]
        assert values(number(text), ["7.5", "1,5"])[0] == 7.5

    def test_parts(self) -> None:
        parts = written("-$1,234.5e3")
        assert parts is not None
        assert tuple(parts) == (True, "$", "1,234.5", "e3", "")

    @pytest.mark.parametrize(
        ("reading", "words"),
        [
            (NumberReading(), "numbers"),
            (NumberReading(decimal=","), "numbers with a decimal comma"),
            (NumberReading(decimal=",", thousands="."), "numbers with a decimal comma and points between thousands"),
            (NumberReading(prefix="€", suffix="%"), "numbers with '€' and '%'"),
        ],
    )
    def test_words(self, reading: NumberReading, words: str) -> None:
        assert reading.words == words


class TestDates:
    @pytest.mark.parametrize(
        ("text", "format_"),
        [
            (["2024-01-05", "2024-12-31"], "ISO8601"),
            (["2024-01-05 10:30", "2024-12-31 11:00"], "ISO8601"),
            (["2024-01-05T10:30:00Z", "2024-12-31T11:00:00+02:00"], "ISO8601"),
            (["05.01.2024", "31.12.2024"], "%d.%m.%Y"),
            (["5.1.24", "31.12.24"], "%d.%m.%y"),
            (["01/05/2024", "12/31/2024"], "%m/%d/%Y"),
            (["05/01/2024", "31/12/2024"], "%d/%m/%Y"),
            (["2024/01/05", "2024/12/31"], "%Y/%m/%d"),
            (["5-Jan-2024", "31-Dec-2024"], "%d-%b-%Y"),
            (["Jan 5, 2024", "Dec 31, 2024"], "%b %d, %Y"),
            (["5 January 2024", "31 December 2024"], "%d %B %Y"),
            (["01/05/2024 10:30", "12/31/2024 23:59"], "%m/%d/%Y %H:%M"),
            (["01/05/2024 10:30 AM", "12/31/2024 11:59 PM"], "%m/%d/%Y %I:%M %p"),
        ],
    )
    def test_formats_are_told(self, text: list[str], format_: str) -> None:
        reading = chosen(text)
        assert isinstance(reading, DateReading)
        assert reading.format == format_
        first, last = values(reading, text)
        assert int(first) == 19727
        assert int(last) == 20088

    def test_day_and_month_that_may_be_either_are_asked_for(self) -> None:
        text = ["01/05/2024", "03/04/2024"]
        with pytest.raises(
            TableError,
            match=r"got '01/05/2024', which may be %d/%m/%Y or %m/%d/%Y\. Say date_format='%d/%m/%Y' \(--date",
        ):
            chosen(text)
        assert values(chosen(text, date_format="%d/%m/%Y"), text)[0] == 19844
        assert values(chosen(["01/01/2024", "02/02/2024"]), ["01/01/2024"]) == [19723]  # the same either way

    def test_numbers_that_are_days(self) -> None:
        days = [20240100 + day for day in range(1, 29)]
        for cells in (days, [str(day) for day in days], [*(float(day) for day in days), None]):
            reading = chosen(cells)
            assert isinstance(reading, DateReading)
            assert values(reading, cells)[0] == 19723
        assert isinstance(chosen([20240101, 20249999, *days]), NumberReading)
        assert isinstance(chosen(days[:5]), NumberReading)

    @pytest.mark.parametrize(
        "cell", [pd.Timestamp("2024-01-05"), datetime.date(2024, 1, 5), np.datetime64("2024-01-05"), "2024-01-05"]
    )
    def test_typed_dates(self, cell: Any) -> None:
        assert DateReading().value(cell) == 19727

    def test_time_zones_and_far_dates(self) -> None:
        assert DateReading().value("2024-01-05T02:00:00+02:00") == 19727
        assert DateReading().value("9999-12-31") == 2932896
        far = pd.Series(pd.to_datetime(["9999-12-31", "NaT", "2024-01-05"]))
        assert DateReading().read(far).values.tolist() == [2932896, pytest.approx(np.nan, nan_ok=True), 19727]
        assert DateReading().value("2024-02-30") is None
        assert DateReading().value("2024") is None
        assert DateReading().value(20240105) is None

    def test_other_order_of_day_and_month(self) -> None:
        (other,) = DateReading(format="%d/%m/%Y").others()
        assert other == DateReading(format="%m/%d/%Y")
        assert DateReading().others() == ()

    def test_times_and_durations(self) -> None:
        clock = chosen(["13:30", "0:15", "23:59"])
        assert values(clock, ["13:30", "0:15:30"])[0] == 13.5
        assert clock.read(pd.Series(["0:15:30"])).unread.all(), "which may be minutes and seconds in this table"
        assert values(chosen(["13:30:36", "0:15:00"]), ["13:30:36"]) == [13.51]
        assert values(chosen(["1:30 PM", "12:15 a.m.", "12:00pm"]), ["1:30 PM", "12:15 a.m.", "12:00pm"]) == [
            13.5,
            0.25,
            12,
        ]
        assert ClockReading().value("13:30 pm") is None
        assert ClockReading(fields=2).value(datetime.time(13, 30)) == 13.5
        assert ClockReading().value("13.30") is None
        spans = pd.Series(pd.to_timedelta([12, 24], unit="h"))
        reading = chosen(spans.tolist())
        assert isinstance(reading, DurationReading)
        assert values(reading, spans.tolist()) == [0.5, 1]
        assert DurationReading().value("one day") is None

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("1 days 12:00:00", 1.5),
            ("-1 days +18:00:00", -0.25),
            ("PT36H", 1.5),
            ("P1DT12H", 1.5),
            ("P2W", 14),
        ],
    )
    def test_durations_in_text(self, text: str, days: float) -> None:
        reading = chosen([text] * 3)
        assert isinstance(reading, DurationReading)
        assert values(reading, [text]) == [days]

    def test_times_that_may_be_hours_or_minutes_are_asked_about(self) -> None:
        message = "column 'x': expected times that can be read in one way, got '1:02:03' beside '59:30', which may be"
        with pytest.raises(TableError, match=re.escape(message)):
            chosen(["1:02:03", "59:30", "58:10"])

    @pytest.mark.parametrize(
        ("text", "format_name"),
        [
            (["01/02/2024 10:30", "02/03/2024 11:45"], "%d/%m/%Y %H:%M"),
            (["01/02/2024, 10:30:01", "02/03/2024, 11:45:00"], "%d/%m/%Y, %H:%M:%S"),
            (["01/02/2024T10:30", "02/03/2024T11:45"], "%d/%m/%YT%H:%M"),
            (["01/02/2024 1:30 PM", "02/03/2024 2:45 AM"], "%d/%m/%Y %I:%M %p"),
            (["01/02/2024 10:30:01.5", "02/03/2024 11:45:00.25"], "%d/%m/%Y %H:%M:%S.%f"),
            (["01/02/2024", "02/03/2024"], "%d/%m/%Y"),
            (["2024-02-01", "2024-03-02"], "ISO8601"),
            (["Feb 2024", "Mar 2024"], "%b %Y"),  # in another column than the one with that format
        ],
    )
    @pytest.mark.parametrize("told", ["%d/%m/%Y", "%d/%m/%Y %H:%M"])
    def test_a_told_format_holds_with_and_without_a_time_of_day(
        self, text: list[str], format_name: str, told: str
    ) -> None:
        reading = chosen(text, date_format=told)
        assert isinstance(reading, DateReading)
        assert reading.format == format_name
        assert np.floor(values(reading, text[:1])) == [19754]

    def test_another_column_than_that_of_the_told_format_stays_ambiguous(self) -> None:
        with pytest.raises(TableError, match=r"Write the dates as in the other columns, or say drop=\['x'\]"):
            chosen(["01/02/2024", "02/03/2024"], date_format="%Y-%m")


class TestBooleans:
    @pytest.mark.parametrize(
        "cells",
        [
            ["True", "False"],
            ["TRUE", "FALSE"],
            ["t", "F"],
            [True, False],
            [True, False, None],
            ["true", "false", "", "NA"],
            ["True", "0", "1", "False"],
        ],
    )
    def test_they_are_told(self, cells: list[Any]) -> None:
        reading = chosen(cells)
        assert isinstance(reading, BooleanReading)
        assert values(reading, cells)[:2] == [1, 0]

    def test_new_tables_may_write_them_otherwise(self) -> None:
        reading = chosen(["True", "", "False"])
        assert values(reading, [True, False, "T", "false", 1, 0, "1", "0.0", np.True_]) == [1, 0, 1, 0, 1, 0, 1, 0, 1]
        assert reading.read(pd.Series(["yes", 2, "maybe"], dtype=object)).unread.all()

    def test_other_words_are_categories(self) -> None:
        assert isinstance(chosen(["yes", "no"]), CategoryReading)
        assert isinstance(chosen(["True", "False", "maybe"]), CategoryReading)


class TestCategories:
    def test_words_for_missing_are_words(self) -> None:
        cells = ["None", "NA", " red ", "", None]
        assert values(chosen(cells), cells) == ["None", "NA", "red", None, None]
        said = chosen(cells, missing=("none",))
        assert values(said, cells) == [None, "NA", "red", None, None]

    def test_declared_categories_of_numbers(self) -> None:
        frame = pd.DataFrame({"x": pd.Categorical([3, 1, 3])})
        reading = choose_readings(frame, ReadOptions(), None)["x"]
        assert reading == CategoryReading(numbered=True, declared=True)
        assert values(reading, [3, 1.0, "3", "3.0", "odd", None]) == ["3", "1", "3", "3", "odd", None]
        words = pd.DataFrame({"x": pd.Categorical(["3", "1"])})
        assert choose_readings(words, ReadOptions(), None)["x"] == CategoryReading(declared=True)

    @pytest.mark.parametrize(("value", "name"), [(1, "1"), (1.0, "1"), (1.5, "1.5"), (True, "True"), ("1.0", "1.0")])
    def test_labels(self, value: object, name: str) -> None:
        assert label(value) == name

    def test_what_is_no_value_is_refused(self) -> None:
        with pytest.raises(
            TableError, match=r"column 'x': expected one value a row, got a list. Flatten it, or say drop="
        ):
            chosen([[1], [2]])


def test_different_values_are_told_apart_by_type() -> None:
    cells = Cells.of(pd.Series([True, 1, 1.0, "1", " 1", "", None, float("nan")], dtype=object))
    assert cells.different == [True, 1, 1.0, "1"]
    assert [type(cell) for cell in cells.different] == [bool, int, float, str]
    assert cells.codes.tolist() == [0, 1, 2, 3, 3, -1, -1, -1]
    assert cells.counts.tolist() == [1, 1, 1, 2]


def test_a_column_of_words_for_missing_alone_has_no_values() -> None:
    reading = chosen(["NA", "-", ""])
    assert reading.read(pd.Series(["NA", "-", ""])).missing.all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_json(kind: str) -> None:
    reading = KINDS[kind](missing=("na", "?"))
    assert reading.words
    assert reading_from_json(json.loads(json.dumps(reading.to_json()))) == reading
    with pytest.raises(ValueError, match="unknown fields"):
        reading_from_json({"kind": kind, "unknown": 1})


def test_a_text_column_is_read_the_same_whatever_holds_it() -> None:
    text = ["1.5", None, "x", "2.5", "2.5", "9", "1", "7", "8", "4", "3", "2"]
    as_object, as_text = pd.Series(text, dtype=object), pd.Series(text, dtype="str")
    one, other = (number(text).read(column) for column in (as_object, as_text))
    assert one.values.equals(other.values)
    assert one.unread.tolist() == other.unread.tolist()


@pytest.mark.parametrize("seed", range(200))
def test_signs_are_those_by_which_most_numbers_can_be_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    bodies = [
        "".join(random.choice(list("0123456789.,' "), random.integers(1, 9))) for _ in range(random.integers(1, 6))
    ]
    read = {each: sum(bool(body_pattern(*each).fullmatch(body)) for body in bodies) for each in CONVENTIONS}
    most = tuple(each for each in CONVENTIONS if read[each] == max(read.values()) > 0)
    assert Signs.of(bodies, ReadOptions()).possible == most


def test_a_nought_is_not_as_good_as_another_digit() -> None:
    assert (".", ",") in Signs.of(["9,123"], ReadOptions()).possible
    assert (".", ",") not in Signs.of(["0,123"], ReadOptions()).possible, "no number in groups begins with 0"
