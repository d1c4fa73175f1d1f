"""Numbers that a lesson quotes from a measurement: those in the text below a claim that look measured.

These are decimal fractions, percentages, counts such as "202 of 256", and every number in a sentence about medians.
Left out are formulas, code, targets of links, references to lessons, and sentences that cite a paper: they have numbers
of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Claim

__all__ = ["Quoted", "numbers_below", "text_below"]

_REFERENCE = r"\b(?:[Ll]esson|[Dd]emonstration|[Ee]xercise)s?\s+\d[\d.]*(?:(?:,|\s+and|\s+to)\s+\d\.[\d.]*)*"
_PASSED_OVER = re.compile(rf"\$\$?[^$]*\$\$?|`[^`]*`|\]\([^)]*\)|{_REFERENCE}")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z“\"(*])|\n\s*\n")
_SHARES = re.compile(r"\b(?:shares?|rates?|probability|seeds|runs|networks|starts)\b")
_OTHER_MEASURES = re.compile(r"\b(?:means?|average|quartiles?|between|interval)\b")
_PERCENT = re.compile(r"%|\bper\s+cent\b|\bpoints?\b")
_CITES = re.compile(r"\bet al\.|\b(?:19|20)\d\d\)")
_NUMBER = re.compile(
    r"(?<![\w.,^–])(?:[−-](?=\d))?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?!\.\d)(?![\w,]*\d)(\s?%|\s+per\s+cent)?"
)
_COUNTED = re.compile(r"\s+of\s+(?:the\s+)?(\d[\d,]*)\s+(?:seeds|runs|networks|starts)\b")


@dataclass(frozen=True)
class Quoted:
    """A number as typed.

    Attributes:
        text: the number, with its percent sign if it has one.
        value: its size, without its sign.
        half: half a unit of its last digit: how far a number may be away that rounds to it.
        line: where it stands.
        sentence: the sentence around it.
        counted: whether it counts some out of others, as in "202 of 256 seeds".
    """

    text: str
    value: float
    half: float
    line: int
    sentence: str
    counted: bool

    @property
    def is_whole(self) -> bool:
        """Whether it may count something."""
        return "." not in self.text and not self.is_percentage

    @property
    def is_percentage(self) -> bool:
        """Whether it has a percent sign."""
        return self.text.endswith(("%", "cent"))

    @property
    def is_share(self) -> bool:
        """Whether it may say how often something happens."""
        return self.is_percentage or _SHARES.search(self.sentence) is not None

    @property
    def is_median(self) -> bool:
        """Whether its sentence is about medians, and about no other measure of where values lie."""
        return "median" in self.sentence and _OTHER_MEASURES.search(self.sentence) is None

    def is_rounded_from(self, value: float) -> bool:
        """Whether a number rounds to this one."""
        return self.distance(value) <= self.half * (1 + 1e-6)

    def distance(self, value: float) -> float:
        """How far a number is away; for one in per cent, or a difference in points, it may be a share."""
        in_percent = self.is_percentage or _PERCENT.search(self.sentence) is not None
        return min(abs(abs(value) * scale - self.value) for scale in ((1, 100) if in_percent else (1,)))


def text_below(lesson: Lesson, claim: Claim) -> str:
    """The prose from a claim to the next claim, running fence or heading; line by line, other fences left blank."""
    headings = {heading.line for heading in lesson.headings}
    fences = {fence.line: fence for fence in lesson.fences if not fence.nested}
    lines: list[str] = []
    inside = 0
    for number, line in enumerate(lesson.lines[claim.fence.end :], claim.fence.end + 1):
        fence = fences.get(number)
        if number in headings or (fence is not None and (fence.runs or fence.language == "{claim}")):
            break
        inside = fence.end if fence is not None else inside
        lines.append("" if number <= inside else line)
    return "\n".join(lines)


def numbers_below(lesson: Lesson, claim: Claim) -> Iterator[Quoted]:
    """The numbers that the text below a claim quotes from a measurement."""
    text = _PASSED_OVER.sub(_blank, text_below(lesson, claim))
    start = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        sentence = text[start:end]
        if not _CITES.search(sentence):
            for found in _NUMBER.finditer(sentence):
                quoted = _quoted(found, sentence, claim.fence.end + 1 + text[: start + found.start()].count("\n"))
                if "." in quoted.text or quoted.is_percentage or quoted.counted or "median" in sentence:
                    yield quoted
        start = end


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _quoted(found: re.Match[str], sentence: str, line: int) -> Quoted:
    fraction = found[2] or "."
    return Quoted(
        text=" ".join(found[0].split()),
        value=float(found[1].replace(",", "") + fraction),
        half=0.5 * 10.0 ** (1 - len(fraction)),
        line=line,
        sentence=sentence,
        counted=_COUNTED.match(sentence, found.end()) is not None,
    )
