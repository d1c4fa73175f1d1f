"""The parts of a quiz and of a checklist, each with the line it begins on (lines are counted from 1)."""

import re
from dataclasses import dataclass

__all__ = [
    "CHECKLIST",
    "INTRODUCTION",
    "LETTERS",
    "QUIZ",
    "Checklist",
    "Option",
    "Question",
    "Task",
    "is_prediction",
    "question_id",
]

CHECKLIST, QUIZ = "Checklist", "Quiz"
"""The sections that hold them."""

INTRODUCTION = "Introduction"
"""The section that holds the question to which a reader commits an answer first."""

LETTERS = "ABCDE"
"""The letters of a question's options, in order."""

_ID = re.compile(r"(\d+\.\d+)\.(?:[Qq](\d+)|[Pp])")


@dataclass(frozen=True)
class Option:
    """One answer that a question offers.

    Attributes:
        text: its Markdown, without the task mark.
        mark: the text between the brackets of its task mark; None if it has no such mark.
        reasons: the Markdown of the items nested below it; a good option has one.
        line: its line.
    """

    text: str
    mark: str | None
    reasons: tuple[str, ...]
    line: int

    @property
    def right(self) -> bool:
        """Whether it is the right one."""
        return self.mark in ("x", "X")

    @property
    def reason(self) -> str:
        """Why it is right or wrong."""
        return self.reasons[0] if self.reasons else ""


@dataclass(frozen=True)
class Question:
    """A question of a quiz, or the one at a lesson's beginning that asks for a prediction.

    Attributes:
        id: what its heading begins with, "1.6.Q1"; "1.6.P" of a prediction.
        text: the rest of the heading, the question itself.
        line: the line of the heading.
        body: Markdown between the heading and the options; may be empty.
        options: the answers that it offers.
        end: its last line.
        trailing: the line of anything after the options, where nothing should be; 0 if there is nothing.
    """

    id: str
    text: str
    line: int
    body: str
    options: tuple[Option, ...]
    end: int
    trailing: int = 0

    @property
    def lettered(self) -> list[tuple[str, Option]]:
        """The options with their letters."""
        return list(zip(LETTERS, self.options, strict=False))


@dataclass(frozen=True)
class Task:
    """An item of a checklist: its Markdown, without the task mark; `mark` is None if it has none."""

    text: str
    mark: str | None
    line: int


@dataclass(frozen=True)
class Checklist:
    """What a learner can tick off: the items, and the first and the last line of their list."""

    tasks: tuple[Task, ...]
    line: int
    end: int


def question_id(text: object) -> str:
    """The id of a question as in its heading; empty if the text is not the id of a question.

    >>> question_id(" 1.6.q01 "), question_id("1.4.p"), question_id("1.6.1")
    ('1.6.Q1', '1.4.P', '')
    """
    found = _ID.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return ""
    return f"{found[1]}.P" if found[2] is None else f"{found[1]}.Q{int(found[2])}"


def is_prediction(id_: str) -> bool:
    """Whether the id of a question is that of a prediction."""
    return id_.endswith(".P")
