"""Checking a file: it runs in a process of its own, and is judged in this one, on the data that come from there."""

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from looplab.content import course_folder
from looplab.course.answers.answer_process import AnswerProcess, answer_process
from looplab.course.answers.desk import answer_from
from looplab.course.answers.files import Cell, read_answer
from looplab.course.answers.judge import fault_of, verdict_of
from looplab.course.answers.limits import AnswerEnded
from looplab.course.answers.question_check import recorded
from looplab.course.answers.signals import Stopping, stopped_by_signals
from looplab.course.answers.surroundings import CappedWriter
from looplab.course.exercises.exercise import Exercise, Verdict, WrongAnswer
from looplab.course.exercises.finding import find_exercise
from looplab.errors import ExerciseError

__all__ = ["check_file"]

_START_SECONDS, _LOAD_SECONDS = 180.0, 60.0
_PATIENCE_SECONDS = 10.0  # that a check may take beside the calls of the answer
_NO_WORDS = "Does 'import looplab' work in this environment?"
_LONGEST_TEXT = 5000  # of what comes from the learner's process


def check_file(
    exercise: str,
    path: Path,
    *,
    content: bytes | None = None,
    course: Path | None = None,
    load_seconds: float = _LOAD_SECONDS,
) -> Verdict:
    """Check the answer in a file and keep the result in the learner's progress.

    The file runs in a fresh Python with limits on time, memory, processor and output; nothing that it does reaches this
    process but data. In a notebook, all code cells run except the solutions.

    What a pass means: the answer gave the right values. It is a help for learning: the file runs with all rights of its
    user (no sandbox), and one written to deceive can (no examination).

    Args:
        exercise: the exercise's id, "2.4.3".
        path: a Python file or a notebook (.ipynb), in UTF-8.
        content: what the file held a moment ago, for whoever has read it; read from the file when left out.
        course: the folder of the course that the exercise belongs to; the one that came with looplab when left out.
        load_seconds: how long the file itself may run before it has defined the answer.

    Raises:
        ChoiceError: there is no exercise with this id.
        ExerciseError: the file cannot be read, or no process can be started.
        KeyboardInterrupt: Ctrl-C. SIGTERM and SIGHUP end this process, too, once the other one has ended.
    """
    home = (course or course_folder()).resolve()
    found = find_exercise(exercise, home)
    return recorded(_judge_apart(found, home, path, read_answer(path, content), load_seconds))


def _judge_apart(exercise: Exercise, course: Path, path: Path, cells: Sequence[Cell], load_seconds: float) -> Verdict:
    with (
        stopped_by_signals() as stopping,
        tempfile.TemporaryDirectory(prefix="looplab-check-", ignore_cleanup_errors=True) as temporary,
    ):
        job = {
            "course": str(course),
            "exercise": exercise.id,
            "cells": [(cell.name, cell.source) for cell in cells],
            "folder": str(path.resolve().parent),
            "processor_seconds": _processor_seconds(exercise, load_seconds),
        }
        return _judge_in(Path(temporary), stopping, exercise, job, load_seconds)


def _judge_in(
    folder: Path, stopping: Stopping, exercise: Exercise, job: dict[str, object], load_seconds: float
) -> Verdict:
    with answer_process(folder, stopping) as process:
        try:
            process.ask("start", "your file", seconds=_START_SECONDS, job=job)
        except AnswerEnded:
            what = f"the process that checks exercise {exercise.id} did not start"
            raise ExerciseError(what, fix=process.last_words() or _NO_WORDS) from None
        process.limit_memory()
        try:
            loaded = process.ask("load", "your file", seconds=load_seconds)
            if loaded.fault:
                return verdict_of(exercise, _cut(loaded.fault), _cut(loaded.printed))
            return _judged(exercise, process, loaded.value)
        except AnswerEnded as ended:
            return verdict_of(exercise, str(ended), "")


def _judged(exercise: Exercise, process: AnswerProcess, introduced: bytes) -> Verdict:
    """The verdict of this process on what the answer does."""
    calls = _Calls(exercise, process)
    seconds = exercise.time_limit_seconds + _PATIENCE_SECONDS

    def check() -> None:
        exercise.check(answer_from(introduced, calls, exercise.answer, exercise.id))

    fault = fault_of(check, calls.name, seconds=seconds, printed=CappedWriter())
    return verdict_of(exercise, fault, calls.printed)


class _Calls:
    """Questions to the answer in its process, which share the time that the exercise has."""

    def __init__(self, exercise: Exercise, process: AnswerProcess) -> None:
        self.name, self.printed = f"your {exercise.answer}", ""
        self._process, self._limit = process, exercise.time_limit_seconds
        self._seconds_left = self._limit

    def __call__(self, asked: bytes) -> bytes:
        """The reply."""
        began, seconds = time.monotonic(), max(self._seconds_left, 0.01)
        reply = self._process.ask("call", self.name, seconds=seconds, told_seconds=self._limit, call=asked)
        self._seconds_left -= time.monotonic() - began
        self.printed = _cut(reply.printed)
        if reply.fault:
            raise AnswerEnded(_cut(reply.fault))
        if reply.wrong:
            raise WrongAnswer(_cut(reply.wrong))
        return reply.value


def _processor_seconds(exercise: Exercise, load_seconds: float) -> float:
    return (_START_SECONDS + load_seconds + exercise.time_limit_seconds) * (os.cpu_count() or 1)


def _cut(text: str) -> str:
    return text[:_LONGEST_TEXT]
