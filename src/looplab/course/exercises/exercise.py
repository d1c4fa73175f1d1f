"""What an exercise is, and the result of checking an answer to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from looplab.errors import ExerciseError

__all__ = ["Exercise", "Planted", "Verdict", "WrongAnswer"]

_ID = re.compile(r"(\d+\.\d+)\.\d+")
_MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]<>#$|~])")


class WrongAnswer(Exception):  # noqa: N818 - what a check raises is a finding about the answer, not an error of the program
    """Raised by a check when the answer is wrong; its text is a sentence that helps the learner."""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A wrong answer that learners give, and what the check must say about it.

    Attributes:
        source: complete Python source, with its imports, that defines the answer wrongly. May be indented.
        message: part of the sentence with which the check must answer.
    """

    source: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise: what the learner's code must define, and how that is checked.

    Stub and solution are in the lesson, not here.

    Attributes:
        id: lesson and number, "2.4.3".
        title: the heading in the lesson without the id, "Double it".
        answer: the name that the learner's code must define, "swish".
        check: gets the object of that name; raises `WrongAnswer` if it is wrong, and returns None if it is right. Of an
            answer in a file it gets what looks like the object, which is in another process: see `docs/checking.md`.
        wrong: planted wrong answers, at least one; each must fail with its own message.
        time_limit_seconds: how long the check may take in all.
    """

    id: str
    title: str
    answer: str
    check: Callable[[Any], None]
    wrong: tuple[Planted, ...]
    time_limit_seconds: float = 10.0

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ExerciseError(
                "id of an exercise",
                expected="lesson and number such as '2.4.3'",
                got=repr(self.id),
                fix="Use the id that its heading in the lesson begins with.",
            )
        if not self.answer.isidentifier():
            raise ExerciseError(f"answer of exercise {self.id}", expected="a Python name", got=repr(self.answer))
        if not self.wrong:
            raise ExerciseError(
                f"wrong of exercise {self.id}",
                expected="at least one planted wrong answer",
                got="none",
                fix="Plant the mistake learners make most often.",
            )
        if not self.time_limit_seconds > 0:
            raise ExerciseError(
                f"time_limit_seconds of exercise {self.id}",
                expected="a number above 0",
                got=str(self.time_limit_seconds),
            )

    @property
    def lesson(self) -> str:
        """The lesson's number, "2.4"."""
        return self.id.rpartition(".")[0]


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict:
    """What a check found. True in an `if` when the answer is right; shown when it is the last line of a notebook cell.

    Attributes:
        exercise: the exercise's id.
        passed: whether the answer is right.
        message: whole sentences: what is right or wrong, and the likely fix.
        printed: what the answer printed while it was checked, cut when long.

    >>> Verdict(exercise="2.4.3", passed=False, message="swish(x) has shape (5,), expected (5, 1).")
    ✗ swish(x) has shape (5,), expected (5, 1).
    """

    exercise: str
    passed: bool
    message: str
    printed: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        printed = f"\nYour code printed:\n{self.printed.rstrip()}" if self.printed.strip() else ""
        return f"{'✓' if self.passed else '✗'} {self.message}{printed}"

    def _repr_markdown_(self) -> str:
        """What a notebook shows: the message with its marks escaped, and what was printed, unchanged."""
        message = _MARKDOWN_MARKS.sub(r"\\\1", self.message).replace("\n", "  \n")
        printed = f"\n\nYour code printed:\n\n{_indented(self.printed)}" if self.printed.strip() else ""
        return f"**{'✓' if self.passed else '✗'}** {message}{printed}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines())
