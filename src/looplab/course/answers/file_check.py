"""Checking a file in a process of its own, which is ended, with all that it has started, when a limit is reached."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from looplab.content import course_folder
from looplab.course.answers.files import read_answer
from looplab.course.answers.judge import memory_sentence, time_sentence
from looplab.course.answers.object_check import recorded
from looplab.course.exercises.exercise import Exercise, Verdict
from looplab.course.exercises.finding import find_exercise
from looplab.errors import ExerciseError

__all__ = ["check_file"]

_START_SECONDS, _LOAD_SECONDS, _GRACE_SECONDS, _LOOK_SECONDS = 180.0, 60.0, 2.0, 0.02
_CHILD = (
    "import json, sys; job = json.load(sys.stdin); sys.path[:] = job['sys_path']; "
    "from looplab.course.answers.file_check_process import run; run(job)"
)


def check_file(
    exercise: str, path: Path, *, course: Path | None = None, load_seconds: float = _LOAD_SECONDS
) -> Verdict:
    """Check the answer in a file and keep the result in the learner's progress.

    The file runs in a fresh Python with limits on time, memory, processor and output; nothing that it does reaches this
    process. In a notebook, all code cells run except those under a heading Solution.

    Args:
        exercise: the exercise's id, "2.4.3".
        path: a Python file or a notebook (.ipynb), in UTF-8.
        course: the folder of the course that the exercise belongs to; the one that came with looplab when left out.
        load_seconds: how long the file itself may run before it has defined the answer.

    Raises:
        ChoiceError: there is no exercise with this id.
        ExerciseError: the file cannot be read, or no process can be started.
    """
    home = (course or course_folder()).resolve()
    found = find_exercise(exercise, home)
    return recorded(_judge_apart(found, home, path, load_seconds))


def _judge_apart(exercise: Exercise, course: Path, path: Path, load_seconds: float) -> Verdict:
    cells = read_answer(path)
    limits = {"starting": _START_SECONDS, "loading": load_seconds, "checking": exercise.time_limit_seconds}
    with tempfile.TemporaryDirectory(prefix="looplab-check-", ignore_cleanup_errors=True) as temporary:
        report = Path(temporary) / "report.jsonl"
        report.touch()
        job = {
            "course": str(course),
            "exercise": exercise.id,
            "cells": [(cell.name, cell.source) for cell in cells],
            "folder": str(path.resolve().parent),
            "report": str(report),
            "secret": secrets.token_hex(16),
            "load_seconds": load_seconds,
            "processor_seconds": (sum(limits.values())) * (os.cpu_count() or 1),
            "sys_path": [entry for entry in sys.path if entry],
        }
        with _process(job, Path(temporary)) as process:
            return _watch(process, job, exercise, limits)


def _watch(
    process: subprocess.Popen[bytes], job: dict[str, Any], exercise: Exercise, limits: dict[str, float]
) -> Verdict:
    """Wait for the verdict; give one of our own when the process ends without, or does not end."""
    phase, began = "starting", time.monotonic()
    while True:
        ended = process.poll() is not None
        reports = _reports(job)
        if reports and reports[-1]["phase"] == "done":
            last = reports[-1]
            return Verdict(
                exercise=exercise.id, passed=last["passed"], message=last["message"], printed=last["printed"]
            )
        if reports and reports[-1]["phase"] != phase:
            phase, began = reports[-1]["phase"], time.monotonic()
        name = f"your {exercise.answer}" if phase == "checking" else "your file"
        message = _end_sentence(process.returncode, name) if ended else ""
        if time.monotonic() - began > limits[phase] + _GRACE_SECONDS:
            message = time_sentence(name, limits[phase])
        if message and phase == "starting":
            raise ExerciseError(f"the process that checks exercise {exercise.id} did not start", fix=_last_words(job))
        if message:
            return Verdict(exercise=exercise.id, passed=False, message=message)
        time.sleep(_LOOK_SECONDS)


def _reports(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The whole lines of the report file that carry the secret."""
    found = []
    for line in Path(job["report"]).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        with suppress(ValueError):
            report = json.loads(line) if line.endswith("\n") else None
            if isinstance(report, dict) and report.get("secret") == job["secret"]:
                found.append(report)
    return found


def _end_sentence(status: int, name: str) -> str:
    """The sentence for a process that ended before it gave a verdict."""
    if status >= 0:
        return f"{name} ended Python itself (exit status {status}) before it could be checked. Take os._exit() out."
    if -status == getattr(signal, "SIGKILL", 9):
        return memory_sentence(name)
    if -status == getattr(signal, "SIGXCPU", None):
        return f"{name} used too much processor time. Is there a loop that never ends?"
    try:
        crash = signal.Signals(-status).name
    except ValueError:
        crash = f"signal {-status}"
    return f"{name} crashed Python itself ({crash}). Look for calls with ctypes, or for recursion without end."


def _last_words(job: dict[str, Any]) -> str:
    words = (Path(job["report"]).parent / "stderr.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    return words[-1] if words else "Does 'import looplab' work in this environment?"


@contextmanager
def _process(job: dict[str, Any], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The child, with the job on its standard input; ended with all its children when the block ends."""
    environment = dict(os.environ) | {"MPLBACKEND": "Agg", "LOOPLAB_HOME": str(folder)}
    with (folder / "stderr.txt").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
    try:
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(json.dumps(job).encode())
        yield process
    finally:
        if sys.platform != "win32":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
