"""Checks of claims: each is one sentence, measured by an experiment, and still holds."""

import re
from collections.abc import Iterator
from pathlib import Path

from looplab.course.checking.sentence import sentence_faults
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Claim
from looplab.errors import ExperimentError
from looplab.experiments import ExperimentFile, experiment_files, is_stale, load_ledger
from looplab.similar import nearest_first

__all__ = ["claim_faults"]

_REFUTED = "refuted"


def claim_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with a lesson's claims and with the experiments its front matter names.

    Args:
        lesson: the lesson; its experiments and their ledger lie in its folder.
        folder: the course's folder, which no link in a claim may leave.
    """
    for claim in lesson.claims:
        yield from sentence_faults(lesson, "claim", claim.fence.source, claim.fence.line, folder)
        for reason in _experiment_faults(claim, lesson):
            yield Fault(lesson.path, claim.fence.line, reason)
    claimed = [claim.id for claim in lesson.claims]
    for id_ in lesson.experiments:
        if id_ not in claimed:
            reason = f"the front matter names experiment '{id_}', but no {{claim}} fence does"
            yield Fault(lesson.path, _front_line(lesson, id_), reason)


def _experiment_faults(claim: Claim, lesson: Lesson) -> Iterator[str]:
    if not claim.id:
        yield "the claim names no experiment: write its id after {claim}"
        return
    files = experiment_files(lesson.path.parent)
    if claim.id not in files:
        nearest = ", ".join(nearest_first(claim.id, files))
        expected = f"expected one of {nearest}" if files else "there is none in the lesson's folder 'experiments'"
        yield f"unknown experiment '{claim.id}': {expected}"
        return
    if claim.id not in lesson.experiments:
        yield f"experiment '{claim.id}' is missing in the front matter: add it to 'experiments'"
    earlier = [other for other in lesson.claims if other.id == claim.id and other.fence.line < claim.fence.line]
    if earlier:
        yield f"experiment '{claim.id}' has a claim already, in line {earlier[0].fence.line}"
    elif claim.said not in ("", _REFUTED):
        yield f"'{claim.said}' after the id of a claim: write '{_REFUTED}' of one that is shown as wrong, or nothing"
    else:
        yield from _ledger_faults(files[claim.id], expects_refuted=claim.said == _REFUTED)


def _ledger_faults(file: ExperimentFile, *, expects_refuted: bool) -> Iterator[str]:
    remedy = f"measure it: looplab experiment run {file.id} --save"
    if not file.entry.is_file():
        yield f"experiment '{file.id}' is not in the ledger; {remedy}"
        return
    try:
        report = load_ledger(file)
        stale = is_stale(report, file)
    except ExperimentError as error:
        yield str(error)
        return
    if stale:
        yield f"experiment '{file.id}' has changed since it was measured; {remedy}"
    elif report.verdict == _REFUTED and not expects_refuted:
        yield f"experiment '{file.id}' is refuted: correct the sentence, and the claim in the experiment"
    elif report.verdict != _REFUTED and expects_refuted:
        yield f"experiment '{file.id}' is shown as refuted, but its verdict is '{report.verdict}'"


def _front_line(lesson: Lesson, id_: str) -> int:
    """The line of the front matter that names an experiment."""
    lines = list(enumerate(lesson.lines[: lesson.front_lines], 1))
    field = next((number for number, line in lines if line.startswith("experiments:")), 1)
    return next(
        (number for number, line in lines if number >= field and id_ in re.split(r"[\s,\[\]\"']+", line)), field
    )
