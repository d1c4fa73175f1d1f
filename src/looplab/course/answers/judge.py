"""Judging an answer in this process: limits, undisturbed surroundings, and one sentence for whatever happens."""

import signal
from collections.abc import Callable
from typing import Any

from looplab.course.answers.limits import (
    MEMORY_LIMIT_BYTES,
    AnswerEnded,
    MemoryLimitReached,
    StopPressed,
    TimeLimitReached,
    run_limited,
)
from looplab.course.answers.surroundings import CappedWriter, undisturbed
from looplab.course.exercises.errors_in_words import cut, describe_error, error_text, learner_line
from looplab.course.exercises.exercise import Exercise, Verdict, WrongAnswer

__all__ = ["end_sentence", "fault_of", "in_words", "judge", "memory_sentence", "time_sentence", "verdict_of"]

_LONGEST_MESSAGE = 700


def judge(exercise: Exercise, answer: object, *, printed: CappedWriter | None = None) -> Verdict:
    """The verdict on an answer. Records nothing and prints nothing.

    Args:
        exercise: what it must answer.
        answer: the object that the learner's code defines.
        printed: takes what is printed; it may hold something already.

    Random state: the check begins with seed 0; the caller's states are put back.

    Raises:
        KeyboardInterrupt: the learner pressed stop. Nothing else, whatever the answer does.
    """
    printed = CappedWriter() if printed is None else printed
    fault = fault_of(
        lambda: exercise.check(answer), f"your {exercise.answer}", seconds=exercise.time_limit_seconds, printed=printed
    )
    return verdict_of(exercise, fault, printed.text())


def verdict_of(exercise: Exercise, fault: str, printed: str) -> Verdict:
    """The verdict on an answer with that fault, or with none."""
    message = fault or f"{exercise.id} {exercise.title}: passed."
    return Verdict(exercise=exercise.id, passed=not fault, message=message, printed=printed)


def fault_of(body: Callable[[], Any], name: str, *, seconds: float, printed: CappedWriter) -> str:
    """Run the learner's code; say in a sentence how it fails, "" when it does not.

    Args:
        body: what to run.
        name: what the sentence calls the learner's code, "your swish".
        seconds: the time limit.
        printed: takes what is printed.

    Raises:
        KeyboardInterrupt: the learner pressed stop.
    """

    def run() -> None:
        with undisturbed(printed):
            run_limited(body, seconds=seconds, memory_bytes=MEMORY_LIMIT_BYTES)

    return in_words(run, name, seconds=seconds)


def in_words(run: Callable[[], None], name: str, *, seconds: float) -> str:
    """Say in a sentence how something that is run within limits fails, "" when it does not; arguments as `fault_of`."""
    try:
        run()
    except StopPressed:
        raise KeyboardInterrupt from None
    except AnswerEnded as ended:
        return str(ended)
    except WrongAnswer as wrong:
        return _of_readable_length(str(wrong))
    except TimeLimitReached as error:
        return time_sentence(name, seconds, learner_line(error.__traceback__))
    except MemoryLimitReached as error:
        return memory_sentence(name, learner_line(error.__traceback__))
    except BaseException as error:  # noqa: BLE001 - the learner's code may raise anything, SystemExit too
        return _unforeseen(error, name)
    return ""


def time_sentence(name: str, seconds: float, line: str = "") -> str:
    """The sentence for code that does not end."""
    return f"{name} was still running after {seconds:g} s{_at(line)}. Is there a loop that never ends?"


def memory_sentence(name: str, line: str = "") -> str:
    """The sentence for code that takes too much memory."""
    gigabytes = MEMORY_LIMIT_BYTES / 2**30
    return f"{name} used more than {gigabytes:g} GB of memory{_at(line)}. Does a list or tensor grow in a loop?"


def end_sentence(status: int, name: str) -> str:
    """The sentence for a process that has ended, with that exit status, before it gave an answer."""
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


def _of_readable_length(message: str) -> str:
    """The message; where a check has quoted a whole tensor, its middle is left out."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    half = _LONGEST_MESSAGE // 2
    return f"{message[:half]} … {message[-half:]}"


def _at(line: str) -> str:
    return f", at {line}" if line else ""


def _unforeseen(error: BaseException, name: str) -> str:
    """An exception that no helper of the check has turned into a sentence."""
    if learner_line(error.__traceback__) or isinstance(error, RecursionError | MemoryError | SystemExit):
        return describe_error(error, name)
    return (
        f"{name} is something that this check cannot work with ({type(error).__name__}: {cut(error_text(error))}). "
        "Compare it with the stub: what it is given, what it returns, which types and shapes."
    )
