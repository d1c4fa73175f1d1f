"""A capstone's report: Markdown with fixed headings, whose numbers are compared with the evidence."""

import re
from dataclasses import dataclass
from pathlib import Path

from looplab.files import read_bounded
from looplab.statistics import Interval

__all__ = ["ANSWERS", "FOUND", "LIMITS", "REPORT_FILE", "Report", "numbers_say", "read_report"]

REPORT_FILE = "report.md"
FOUND, LIMITS = "What was found", "What it does not show"
ANSWERS = {
    "linear": "a linear model is enough",
    "network": "a network is worth it",
    "undecided": "these data cannot tell",
}
"""How a report says what `compare` answered."""

_MOST_BYTES = 2**20
_FEWEST_WORDS = 8
_NUMBER = re.compile(r"(?<![\w.])([−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(\s?%)?", re.IGNORECASE)
_SEEDS = re.compile(r"(\d[\d,]*)\s+(?:\w+\s+)?seeds\b")
_FAILURE = re.compile(r"\b(?:fail|diverge)", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """What the learner has written.

    Attributes:
        found: the text under `FOUND`, guidance left out.
        limits: the text under `LIMITS`.
    """

    found: str
    limits: str

    @property
    def says_limits(self) -> bool:
        """Whether more than a few words say what was not shown."""
        return len(self.limits.split()) >= _FEWEST_WORDS

    @property
    def answers(self) -> list[str]:
        """Which of `ANSWERS` the text gives."""
        text = " ".join(self.found.lower().split())
        return [name for name, words in ANSWERS.items() if words in text]

    @property
    def stated_seeds(self) -> list[int]:
        """The numbers of seeds that the text mentions."""
        return [int(number.replace(",", "")) for number in _SEEDS.findall(self.found)]

    @property
    def tells_failures(self) -> bool:
        """Whether the text says that trainings failed."""
        return _FAILURE.search(self.found) is not None


def read_report(folder: Path) -> Report:
    """The report in a project's folder. Quoted lines, which begin with ">", are guidance and left out.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it cannot be read, or is no text.
    """
    text = read_bounded(folder / REPORT_FILE, most_bytes=_MOST_BYTES).decode()
    return Report(found=_section(text, FOUND), limits=_section(text, LIMITS))


def numbers_say(text: str, interval: Interval) -> bool:
    """Whether a text gives an estimate with both ends of its interval, each rounded, as it is or in per cent.

    >>> numbers_say("Accuracy 0.97 [0.95, 0.98].", Interval(estimate=0.9712, low=0.9511, high=0.9822))
    True
    >>> numbers_say("Accuracy 97.1 % (95.1 % to 98.2 %).", Interval(estimate=0.9712, low=0.9511, high=0.9822))
    True
    >>> numbers_say("Accuracy 0.97 [0.96, 0.98].", Interval(estimate=0.9712, low=0.9511, high=0.9822))
    False
    """
    written = [_written(*found) for found in _NUMBER.findall(text)]
    return all(
        any(abs(number - value) <= half * (1 + 1e-6) or number == float(f"{value:.3g}") for number, half in written)
        for value in (interval.estimate, interval.low, interval.high)
    )


def _written(digits: str, percent: str) -> tuple[float, float]:
    """A number and half a unit of its last digit; one of a whole unit must be met exactly."""
    plain = digits.replace("−", "-").replace(",", "").lower()
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    scale = 10.0 ** int(exponent or 0) / (100 if percent else 1)
    half = 0.5 * 10.0**-decimals * scale if decimals or percent or abs(float(mantissa)) >= 10 else 1e-9
    return float(mantissa) * scale, half


def _section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its level."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("## "):
            inside = line[3:].strip().lower() == heading.lower()
        elif inside and not line.lstrip().startswith(">"):
            lines.append(line)
    return "\n".join(lines).strip()
