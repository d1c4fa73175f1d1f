"""What the ledger says about a claim: in words, in numbers, as a picture; for pages, notebooks and posts."""

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from looplab.course.pages.themed import drawn, themed
from looplab.course.reading import Claim, Lesson
from looplab.experiments import ArmResult, Evidence, ExperimentFile, Report, find_file, load_ledger

__all__ = ["Measured", "Picture", "claim_markdown", "measured"]

_DPI = 200
_SYMBOLS = {"holds": "✓", "refuted": "✗", "undecided": "?"}


@dataclass(frozen=True)
class Picture:
    """The distribution of a measure: as a PNG file of this name, as SVG for a page, and in words."""

    name: str
    png: bytes
    svg: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Measured:
    """A claim and what the ledger holds about it."""

    claim: Claim
    report: Report
    picture: Picture

    @property
    def verdict(self) -> str:
        """The verdict with a sign before it, and the number of seeds behind it."""
        verdict = self.report.verdict
        return f"{_SYMBOLS[verdict]} {verdict}, over {self.report.seeds} seeds"

    @property
    def sign(self) -> str:
        """The verdict as a word with a sign before it."""
        return f"{_SYMBOLS[self.report.verdict]} {self.report.verdict.capitalize()}"

    @property
    def evidence(self) -> list[str]:
        """What each rule of the experiment found, with its interval, a sentence each."""
        return [_sentence(evidence, alone=len(self.report.evidence) == 1) for evidence in self.report.evidence]

    @property
    def lead(self) -> str:
        """The words before the evidence: what the intervals in brackets are."""
        level = _per_cent(self.report.level)
        if len(self.report.evidence) == 1:
            return f"What the seeds say, with the {level} interval in brackets:"
        return f"What the seeds say, with intervals in brackets that hold all at once in {level} of repetitions:"

    @property
    def table(self) -> str:
        """A Markdown table with a row for each arm."""
        fails = self.report.fails_above is not None or any(arm.failures for arm in self.report.arms)
        head = ["", "median", "interquartile mean [95 %]", *(["failed [95 %]"] if fails else [])]
        rows = [_row(arm, fails) for arm in self.report.arms]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))

    @property
    def measure(self) -> str:
        """What the table's numbers mean, and when a run counts as failed."""
        text = f"Measured: {self.report.measured}."
        if self.report.fails_above is not None:
            text += f" A run above {self.report.fails_above:g} counts as failed."
        return text

    @property
    def rerun(self) -> str:
        """The command that measures the claim again."""
        return f"looplab experiment run {self.claim.id}"

    @property
    def conditions(self) -> str:
        """Where the numbers come from."""
        first = self.report.first_seed
        versions = ", ".join(f"{name} {number}" for name, number in self.report.versions.items())
        return f"Seeds {first} to {first + self.report.seeds - 1}, on {versions}."


def measured(claim: Claim, lesson: Lesson) -> Measured:
    """The claim with its experiment's entry in the lesson's ledger.

    Raises:
        ExperimentError: no entry, or a truncated or altered one.
        ChoiceError: no such experiment.
    """
    file = find_file(claim.id, lesson.path.parent)
    report = load_ledger(file)
    return Measured(claim, report, _picture(file, file.entry.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _picture(file: ExperimentFile, _changed: int) -> Picture:
    from looplab.figures import alternative_text

    report = load_ledger(file)
    figure = report.figure()
    alt = alternative_text(figure)
    svg = themed(drawn(figure), name=file.id, alt=alt)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    return Picture(f"{file.id}.png", png.getvalue(), svg, alt, _caption(report))


def _caption(report: Report) -> str:
    text = f"One dot for each of {report.seeds} seeds. The bar marks the middle half, the tick the median."
    return text if report.fails_above is None else f"{text} Right of the dashed line a run counts as failed."


def _sentence(evidence: Evidence, *, alone: bool) -> str:
    found = "" if alone else f" {evidence.verdict.capitalize()}."
    estimated = evidence.estimated.rstrip(",")
    return f"{_upper(evidence.statement)}.{found} {_upper(estimated)}: {evidence.interval}."


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _row(arm: ArmResult, fails: bool) -> list[str]:
    rate = arm.failure_rate()
    failed = f"{_per_cent(rate.estimate)} [{_per_cent(rate.low)}, {_per_cent(rate.high)}]"
    return [arm.name, f"{np.median(arm.values):.3g}", str(arm.interval()), *([failed] if fails else [])]


def claim_markdown(found: Measured, target: str) -> str:
    """The claim as plain Markdown with its picture, for notebooks and posts.

    Args:
        found: the claim and what was measured.
        target: where the picture lies.
    """
    alt = found.picture.alt.replace("[", "\\[").replace("]", "\\]")
    quoted = f"*Claim ({found.verdict}).* {found.claim.sentence}"
    return "\n\n".join(
        [
            f"> {quoted}",
            f"![{alt}]({target})",
            f"*{found.picture.caption}*",
            found.lead,
            "\n".join(f"- {evidence}" for evidence in found.evidence),
            found.table,
            f"{found.measure} {found.conditions} Measure it again: `{found.rerun}`.",
        ]
    )
