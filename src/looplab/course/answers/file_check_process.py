"""The process of its own in which a file is checked: runs the file, and answers what the judging process asks.

Questions come on standard input, replies go to standard output; the learner's code has neither.
"""

import os
import sys
from pathlib import Path
from typing import IO, Any

from looplab.course.answers.channel import Lost, Question, Reply, read_question, write_message
from looplab.course.answers.definitions import find_answer, run_cells
from looplab.course.answers.files import Cell
from looplab.course.answers.judge import fault_of, in_words
from looplab.course.answers.keeper import Keeper
from looplab.course.answers.limits import MEMORY_LIMIT_BYTES, data_bytes_with, run_limited
from looplab.course.answers.surroundings import CappedWriter, undisturbed
from looplab.course.exercises.exercise import WrongAnswer
from looplab.course.exercises.finding import find_exercise

__all__ = ["main"]

_LARGEST_FILE_BYTES = 256 * 2**20


def main() -> None:
    """Answer until nobody asks, and end the process at once, without the learner's clean-up code."""
    questions, replies = _own_pipes()
    try:
        check = _Check(read_question(questions), replies)
        check.load(read_question(questions))
        while True:
            check.answer(read_question(questions))
    except (Lost, OSError):
        os._exit(0)


class _Check:
    """One check, from the file to the replies.

    Args:
        start: the first question, with the job.
        replies: where replies go.
    """

    def __init__(self, start: Question, replies: IO[bytes]) -> None:
        job = start.job
        self._replies, self._printed, self._answer = replies, CappedWriter(), Keeper(None)
        self._exercise = find_exercise(job["exercise"], Path(job["course"]))
        self._cells = [Cell(name, source) for name, source in job["cells"]]
        self._name = f"your {self._exercise.answer}"
        _limit_process(int(job["processor_seconds"]))
        sys.path.append(job["folder"])  # the learner's own modules, behind everyone else's
        self._reply(start)

    def load(self, question: Question) -> None:
        """Run the file."""
        value = b""

        def run() -> None:
            nonlocal value
            self._answer = Keeper(find_answer(run_cells(self._cells), self._exercise.answer))
            value = self._answer.introduced()

        fault = fault_of(run, "your file", seconds=question.seconds, printed=self._printed)
        self._reply(question, fault=fault, value=value)

    def answer(self, question: Question) -> None:
        """Ask the answer, as often as the check wants."""
        result = {"wrong": "", "value": b""}

        def body() -> None:
            try:
                result["value"] = self._answer.say(question.call)
            except WrongAnswer as wrong:
                result["wrong"] = str(wrong)

        def run() -> None:
            with undisturbed(self._printed):
                run_limited(body, seconds=question.seconds, memory_bytes=MEMORY_LIMIT_BYTES)

        fault = in_words(run, self._name, seconds=self._exercise.time_limit_seconds)
        self._reply(question, fault=fault, **result)

    def _reply(self, question: Question, **fields: Any) -> None:
        write_message(self._replies, Reply(number=question.number, printed=self._printed.text(), **fields))


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output, of which the learner's code and what it starts get none."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1):
        os.dup2(nothing, handle)
    os.close(nothing)
    return pipes


def _limit_process(processor_seconds: int) -> None:
    """Limits on this process and each that it starts: processor time, memory, the size of files, no core dump."""
    if sys.platform == "win32":
        return
    import resource

    memory = [(resource.RLIMIT_DATA, data_bytes_with(MEMORY_LIMIT_BYTES))] if sys.platform.startswith("linux") else []
    for kind, wanted in (
        *memory,
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))
