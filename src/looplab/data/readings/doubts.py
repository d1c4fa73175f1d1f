"""What was read in one way and could have been meant in another: a sentence about it, so that nothing is silent."""

import re
from collections.abc import Callable
from itertools import combinations

import numpy as np

from looplab.data.readings.category import CategoryReading
from looplab.data.readings.cells import Cells
from looplab.data.readings.choose import CODE
from looplab.data.readings.dates import DATE_FORMATS, ClockReading, DateReading
from looplab.data.readings.number import CONVENTIONS, NumberReading, body_pattern, written
from looplab.data.readings.reading import MARKERS, ReadColumn, Reading
from looplab.data.words import count, printable

__all__ = ["doubts"]

_LOOKED_AT, _DATES_LOOKED_AT = 200, 20  # different values
_MOSTLY = 0.5
_STAND_INS = (99.0, 999.0, 9999.0, 99999.0)  # with or without a minus, where nothing was measured
_FEWEST_STAND_INS = 2

_YEAR, _DAY = r"(?<!\d)(?:19|20)\d\d(?!\d)", r"(?<!\d)\d{1,2}(?!\d)"
_WITH_YEAR = re.compile(f"{_DAY}.*{_YEAR}|{_YEAR}.*{_DAY}", re.ASCII)

_DATES = tuple(DateReading(format=each) for each in DATE_FORMATS)
_CLOCKS = (ClockReading(fields=2), ClockReading(fields=3))
_BODIES = tuple(body_pattern(*convention) for convention in CONVENTIONS)


def doubts(name: str, column: ReadColumn, reading: Reading) -> list[str]:
    """Sentences about a column: words that look like numbers, dates or gaps, and numbers that may stand for nothing."""
    shown = printable(name)
    if isinstance(reading, NumberReading):
        return _stand_in(shown, column)
    if not isinstance(reading, CategoryReading) or reading.declared:
        return []
    return [*_as_words(shown, column), *_marks(shown, column)]


def _stand_in(shown: str, column: ReadColumn) -> list[str]:
    """About a number such as -999 that comes several times, far from all others."""
    values = column.values.to_numpy(dtype=np.float64)
    known = values[~np.isnan(values)]
    for end in (known.min(), known.max()) if len(known) else ():
        others = known[known != end]
        rows = count(len(known) - len(others), "row")
        if abs(end) not in _STAND_INS or len(known) - len(others) < _FEWEST_STAND_INS or not len(others):
            continue
        if np.abs(others - end).min() > np.ptp(others):
            far = f"Column '{shown}': {end:g}, in {rows}, is far from all other values and taken as a number"
            return [f"{far} (missing=['{end:g}'], --missing {end:g}, says otherwise)."]
    return []


def _marks(shown: str, column: ReadColumn) -> list[str]:
    """About a word such as "NA" among words."""
    found = {str(each): int(number) for each, number in column.values.value_counts().items()}
    return [
        f"Column '{shown}': '{printable(word)}', in {count(number, 'row')}, is taken as a category "
        f"(missing=['{printable(word)}'] says otherwise)."
        for word, number in found.items()
        if word.lower() in MARKERS
    ]


def _as_words(shown: str, column: ReadColumn) -> list[str]:
    """About words most of which are numbers, dates or times, though not all in one way."""
    cells = Cells.of(column.raw)
    texts = [str(cell) for cell in cells.different[:_LOOKED_AT]]
    if len(texts) < 2:
        return []
    numbers = [text for text in texts if _are_alike(text, text)]
    if len(numbers) > _MOSTLY * len(texts):
        code = next((text for text in texts if CODE.fullmatch(text)), None)
        if code is not None:
            return [f"Column '{shown}' taken as words: '{printable(code)}' is a code rather than a number."]
        return _differing(shown, "numbers", numbers, _are_alike) or _differing(shown, "numbers", texts, _are_alike)
    first = texts[:: max(1, len(texts) // _DATES_LOOKED_AT)]
    dates = [text for text in first if any(letter.isdecimal() for letter in text) and _times_of(text)]
    if len(dates) > _MOSTLY * len(first):
        return _differing(shown, "dates or times", first, lambda one, other: bool(_times_of(one) & _times_of(other)))
    if sum(_WITH_YEAR.search(text) is not None for text in first) > _MOSTLY * len(first):
        example = printable(first[0])
        return [f"Column '{shown}' taken as words: dates such as '{example}' are in no known format (--date-format)."]
    return []


def _differing(shown: str, kind: str, texts: list[str], alike: Callable[[str, str], bool]) -> list[str]:
    pair = next((pair for pair in combinations(texts[:_DATES_LOOKED_AT], 2) if not alike(*pair)), None)
    if pair is None:
        pair = next(((texts[0], text) for text in texts if not alike(texts[0], text)), None)
    if pair is None:
        return []
    one, other = map(printable, pair)
    return [f"Column '{shown}' taken as words: '{one}' and '{other}' are not {kind} written in one way."]


def _are_alike(one: str, other: str) -> bool:
    """Whether two numbers may have the same signs, and the same thing before and after them."""
    first, second = written(one), written(other)
    if first is None or second is None or (first.prefix, first.suffix) != (second.prefix, second.suffix):
        return False
    return any(body.fullmatch(first.body) and body.fullmatch(second.body) for body in _BODIES)


def _times_of(text: str) -> set[int]:
    """Which formats of dates and times a text has, by position."""
    return {position for position, each in enumerate((*_DATES, *_CLOCKS)) if each.value(text) is not None}
