"""Whether the numbers in the text below a claim are still those of its ledger, or printed by the lesson's code."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from looplab.course.checking.ledger_numbers import Measured, ledger_numbers
from looplab.course.checking.quoted import Quoted, numbers_below
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.errors import ExperimentError
from looplab.experiments import ExperimentFile, experiment_files, load_ledger
from looplab.experiments.fingerprint import source_files

__all__ = ["number_faults"]

_WRITTEN = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def number_faults(lesson: Lesson, printed: str) -> Iterator[Fault]:
    """The numbers below claims that nothing measured rounds to.

    A number may come from the ledger's entry of its own claim, or of the claim before or after: text between two claims
    speaks of either. It may be one of the experiment's settings, and outside sentences about medians one that the
    lesson's code prints.

    Args:
        lesson: a lesson whose ledger is in order.
        printed: all that its code prints.
    """
    files = experiment_files(lesson.path.parent)
    claims = [claim for claim in lesson.claims if claim.id in files]
    shown = list(_written(printed))
    for place, claim in enumerate(claims):
        near = claims[max(0, place - 1) : place + 2]
        measured = [number for one in near for number in _measured(files[one.id])]
        settings = [
            value for one in near for value in (*_settings(files[one.id].path), *_written(f"{one.sentence} {one.id}"))
        ]
        for quoted in numbers_below(lesson, claim):
            others = settings if quoted.is_median else settings + shown
            values = [number.value for number in measured if number.answers(quoted)] + others
            if not any(map(quoted.is_rounded_from, values)):
                yield Fault(lesson.path, quoted.line, _reason(quoted, claim.id, measured))


def _reason(quoted: Quoted, id_: str, measured: list[Measured]) -> str:
    kind = "no median" if quoted.is_median else "nothing"
    reason = f"'{quoted.text}', below the claim of '{id_}': {kind} in the ledger of this claim or of those next to it"
    reason += " rounds to it" if quoted.is_median else ", nor what the lesson's code prints, rounds to it"
    answering = [number for number in measured if number.answers(quoted)]
    if not answering:
        return reason
    nearest = min(answering, key=lambda number: quoted.distance(number.value))
    return f"{reason}; the nearest is {nearest.value:.4g}, {nearest.name}"


def _settings(path: Path) -> Iterator[float]:
    """The numbers that an experiment's code holds, those in its texts aside: they may tell what a first look gave."""
    for source in source_files(path):
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                yield float(node.value)


def _measured(file: ExperimentFile) -> tuple[Measured, ...]:
    try:
        return _numbers_of(file, file.entry.read_bytes())
    except (OSError, ExperimentError):  # the check of claims says so
        return ()


@lru_cache(maxsize=256)
def _numbers_of(file: ExperimentFile, content: bytes) -> tuple[Measured, ...]:
    del content  # an entry that has been written again has others
    return tuple(ledger_numbers(load_ledger(file)))


def _written(text: str) -> Iterator[float]:
    for found in _WRITTEN.findall(text):
        yield float(found.replace("−", "-").replace(",", ""))
