"""One thing that is wrong with a training, or may be."""

import textwrap
from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = ["Finding", "Level", "among_others"]

Level = Literal["fault", "worth a look"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes:
        fault: its name, such as "no_zero_grad".
        title: what is wrong, in a sentence.
        level: "fault", or "worth a look" where it may well be meant, or follows from another finding.
        why: why this makes the symptom.
        evidence: what was seen, with numbers.
        fix: the repair, as a line of code where that is possible.
        confidence: how sure it is, from 0 to 1.
        configuration: whether it can be seen in the parts themselves, rather than in how the training went.
        proof: what became of copies with the fix, against copies without; "" where that was not tried.
        alternatives: what else it could be.
        series: numbers to draw, by what they are: losses by step, norms by layer.
    """

    fault: str
    title: str
    level: Level
    why: str
    evidence: str
    fix: str
    confidence: float
    configuration: bool
    proof: str = ""
    alternatives: str = ""
    series: dict[str, list[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = [
            ("seen", self.evidence),
            ("why", self.why),
            ("fix", self.fix),
            ("proof", self.proof),
            ("or else", self.alternatives),
        ]
        head = f"{self.title} ({self.fault}, {self.level}, {round(100 * self.confidence)} % sure)"
        lines = [
            textwrap.fill(text, 100, initial_indent=f"   {name + ':':<9}", subsequent_indent=" " * 12)
            for name, text in rows
            if text
        ]
        return "\n".join([head, *lines])


def among_others(finding: Finding) -> Finding:
    """A finding, called less where the steps of several optimizers alternate: whose calls were seen is not known."""
    return finding if finding.fault == "nan_loss" else replace(finding, level="worth a look")
