"""How long a comparison may take: as much is measured as fits, and what was left out is said."""

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from looplab.errors import CompareError
from looplab.similar import either

__all__ = ["Budget", "budget_of"]

T = TypeVar("T")

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_FEWEST = 2  # folds that an interval needs
_MODEL = 0.7  # of the time of a fold, which is that of five arms, goes to the model to save
_FOLDS = 6  # that are to fit at least, the saved model counted as one


class Budget:
    """A time to spend, from the moment this is made.

    Args:
        seconds: the time, above 0; infinite for no limit.
        clock: gives seconds that only their differences matter of.

    Attributes:
        left_out: what was not measured for want of time, in words.
        fold_seconds: how long the latest fold took. The first takes longer than the others: things are compiled.
    """

    def __init__(self, seconds: float = math.inf, clock: Callable[[], float] = time.perf_counter) -> None:
        if not seconds > 0:
            raise CompareError("budget", expected="a time above 0", got=f"{seconds:g} s", fix="Write 60s, 2m or 1h.")
        self.seconds, self._clock, self._start = seconds, clock, clock()
        self.left_out: list[str] = []
        self.fold_seconds = 0.0

    @property
    def is_unlimited(self) -> bool:
        """Whether there is no limit."""
        return self.seconds == math.inf

    @property
    def left(self) -> float:
        """Seconds until the time is spent; below 0 afterwards."""
        return self.seconds - (self._clock() - self._start)

    def folds(self, items: Iterable[T], planned: int, what: str = "folds") -> Iterator[T]:
        """As many items as fit, two at least: the next is begun if one as long as the latest, and a model, still fit.

        Args:
            items: at least as many as planned; an item's time is that until the next is asked for.
            planned: how many there would be with time enough.
            what: what they are, in the plural.
        """
        iterator = iter(items)
        for number in range(planned):
            if number >= _FEWEST and not self._fit(1):
                self.left_out.append(f"{planned - number} of {planned} {what}")
                return
            began = self._clock()
            yield next(iterator)
            self.fold_seconds = self._clock() - began

    def is_enough_for(self, items: int, what: str) -> bool:
        """Whether this many items as long as the latest fold, and a model, still fit; else they are left out."""
        if not items or self._fit(items):
            return True
        self.left_out.append(what)
        return False

    def _fit(self, items: int) -> bool:
        return self.left >= (items + _MODEL) * self.fold_seconds

    def rows_that_fit(self, rows: int, probed: int, seconds: float) -> int:
        """Of how many rows six folds fit, if the time of a fold grows as its rows do.

        Args:
            rows: how many there are; the answer is at most that.
            probed: the rows of a table of which a fold was timed; the answer is at least that.
            seconds: how long that fold took.
        """
        if self.is_unlimited or seconds <= 0:
            return rows
        return min(rows, max(probed, int(probed * self.left / (_FOLDS * seconds))))

    def sentences(self) -> list[str]:
        """What was left out, and whether the time did not suffice for what an answer needs; nothing without a limit."""
        given = _in_words(self.seconds)
        said = []
        if self.left_out:
            named = either(self.left_out).replace(" or ", " and ")
            said.append(f"The budget of {given} left out {named}. With more time, the answer could be another.")
        if self.left < 0:
            over = _in_words(-self.left)
            said.append(
                f"The budget of {given} was exceeded by {over}: what is begun is ended, and two folds are needed."
            )
        return said


def budget_of(given: "str | float | Budget | None") -> Budget:
    """The budget that a user wrote: seconds, or a text such as "60s", "2m" or "1h"; no limit for None.

    Raises:
        CompareError: no such text, or a time of 0.

    >>> budget_of("2m").seconds
    120.0
    """
    if isinstance(given, Budget):
        return given
    if given is None:
        return Budget()
    if isinstance(given, int | float):
        return Budget(float(given))
    if (written := _WRITTEN.fullmatch(given.strip().lower())) is None:
        raise CompareError("budget", expected="a time such as 60s, 2m or 1h", got=f"'{given}'")
    return Budget(float(written[1]) * _SECONDS[written[2]])


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.3g} s"
