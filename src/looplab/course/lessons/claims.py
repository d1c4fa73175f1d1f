"""Checks of claims: each is one sentence, measured by an experiment, and still holds."""

import re
from collections.abc import Iterator
from pathlib import Path

from looplab.course.lessons.faults import Fault
from looplab.course.lessons.lesson import Claim, Lesson
from looplab.course.lessons.sentences import sentence_faults
from looplab.errors import ChoiceError, ExperimentError

__all__ = ["claim_faults"]


def claim_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the claims of a lesson, and with the experiments that its front matter names.

    Args:
        lesson: the lesson; the ledger is that of its course.
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
    from looplab.experiments import find_experiment

    if not claim.id:
        yield "the claim names no experiment: write its id after {claim}"
        return
    try:
        find_experiment(claim.id)
    except ChoiceError as error:
        yield f"unknown experiment '{claim.id}': expected one of {', '.join(error.choices)}"
        return
    if claim.id not in lesson.experiments:
        yield f"experiment '{claim.id}' is missing in the front matter: add it to 'experiments'"
    earlier = [other for other in lesson.claims if other.id == claim.id and other.fence.line < claim.fence.line]
    if earlier:
        yield f"experiment '{claim.id}' has a claim already, in line {earlier[0].fence.line}"
    else:
        yield from _ledger_faults(claim.id, lesson.ledger)


def _ledger_faults(id_: str, ledger: Path) -> Iterator[str]:
    from looplab.experiments import is_stale, load_ledger

    remedy = f"measure it: looplab experiment run {id_} --save"
    path = ledger / f"{id_}.json"
    if not path.is_file():
        yield f"experiment '{id_}' is not in the ledger; {remedy}"
        return
    try:
        report = load_ledger(id_, path)
    except ExperimentError as error:
        yield str(error)
        return
    if is_stale(report):
        yield f"experiment '{id_}' has changed since it was measured; {remedy}"
    elif report.verdict == "refuted":
        yield f"experiment '{id_}' is refuted: correct the sentence, and the claim in the experiment"


def _front_line(lesson: Lesson, id_: str) -> int:
    """The line of the front matter that names an experiment."""
    lines = list(enumerate(lesson.lines[: lesson.front_lines], 1))
    field = next((number for number, line in lines if line.startswith("experiments:")), 1)
    return next(
        (number for number, line in lines if number >= field and id_ in re.split(r"[\s,\[\]\"']+", line)), field
    )
