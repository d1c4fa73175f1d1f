"""The process of its own in which a file is checked: runs the file, judges the answer, and reports to its parent.

The job comes as JSON on standard input. Each report is a line of JSON with the job's secret, appended to the report
file, so that nothing that the learner's code prints is taken for a report.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from looplab.course.answers.definitions import find_answer, run_cells
from looplab.course.answers.files import Cell
from looplab.course.answers.judge import fault_of, judge
from looplab.course.answers.surroundings import CappedWriter
from looplab.course.exercises.exercise import Exercise, Verdict
from looplab.course.exercises.finding import find_exercise

__all__ = ["run"]

_LARGEST_FILE_BYTES = 256 * 2**20


def run(job: dict[str, Any]) -> None:
    """Do one job and end the process, at once and without the learner's clean-up code."""
    exercise = find_exercise(job["exercise"], Path(job["course"]))
    _limit_process(int(job["processor_seconds"]))
    sys.path.append(job["folder"])  # the learner's own modules, behind everyone else's
    _report(job, phase="loading")
    verdict = _verdict(job, exercise)
    _report(job, phase="done", passed=verdict.passed, message=verdict.message, printed=verdict.printed)
    os._exit(0)


def _verdict(job: dict[str, Any], exercise: Exercise) -> Verdict:
    printed, namespace = CappedWriter(), {}
    cells = [Cell(name, source) for name, source in job["cells"]]

    def load() -> None:
        namespace["answer"] = find_answer(run_cells(cells), exercise.answer)

    fault = fault_of(load, "your file", seconds=job["load_seconds"], printed=printed)
    if fault:
        return Verdict(exercise=exercise.id, passed=False, message=fault, printed=printed.text())
    _report(job, phase="checking")
    return judge(exercise, namespace["answer"], printed=printed)


def _report(job: dict[str, Any], **report: object) -> None:
    with Path(job["report"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"secret": job["secret"], **report}) + "\n")


def _limit_process(processor_seconds: int) -> None:
    """Limits for what outlives every other one: processor time, the size of files, no core dump."""
    if sys.platform == "win32":
        return
    import resource

    for kind, wanted in (
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))
