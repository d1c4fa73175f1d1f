"""Checks that run a lesson's code: it raises nothing, warns of nothing, draws what it says, and stays within time.

Numbers in the text are checked here, too, since they may be those that the code prints.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from looplab.course.checking.numbers import number_faults
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Fence
from looplab.course.running.cache import executed
from looplab.course.running.execution import Execution, execute
from looplab.errors import LessonError

__all__ = ["BUDGET_SECONDS", "SCREEN_LINES", "running_faults"]

BUDGET_SECONDS = 30.0
"""The seconds that a lesson may take on two cores of a quick machine, including the start of its kernel."""

_SLOWEST = 2.0  # how many times as long a slow machine may take: whether a lesson passes must not depend on the machine

SCREEN_LINES = 60
"""The most that a fence may print."""


def running_faults(lesson: Lesson, cache: Path | None = None) -> Iterator[Fault]:
    """What is wrong with what a lesson's code does.

    Args:
        lesson: a lesson whose fences are Python.
        cache: where executions are kept; by default the user's cache directory.
    """
    try:
        execution = executed(lesson, cache)
        if _is_slow(execution):
            execution = execute(lesson)  # the recorded time may be that of a busy machine
    except LessonError as error:
        yield Fault(lesson.path, error.line, error.reason)
        return
    yield from execution_faults(lesson, execution)


def execution_faults(lesson: Lesson, execution: Execution) -> Iterator[Fault]:
    """What is wrong with an execution that ran to its end."""
    if _is_slow(execution):
        reason = f"the code runs for {execution.seconds:.0f} s; the budget of a lesson is {BUDGET_SECONDS:.0f} s"
        yield Fault(lesson.path, 1, reason)
    for fence, outputs in zip(lesson.cells, execution.outputs, strict=True):
        for reason in _output_reasons(fence, outputs):
            yield Fault(lesson.path, fence.line, reason)
    yield from number_faults(lesson, "\n".join(_text(output) for outputs in execution.outputs for output in outputs))


def _is_slow(execution: Execution) -> bool:
    return execution.seconds > _SLOWEST * BUDGET_SECONDS


def _output_reasons(fence: Fence, outputs: tuple[Any, ...]) -> Iterator[str]:
    figures = sum("image/png" in output.get("data", {}) for output in outputs)
    expected = int("plt.show(" in fence.code)
    if figures != expected:
        yield f"the fence shows {figures} figures; expected {expected}, as it calls plt.show() {expected} times"
    texts = [(output.get("name"), _text(output)) for output in outputs]
    warned = "".join(text for name, text in texts if name == "stderr").strip()
    if warned:
        yield f"the code warns: {warned.splitlines()[-1][:120]}"
    printed = sum(len(text.splitlines()) for name, text in texts if name != "stderr")
    if printed > SCREEN_LINES:
        yield f"the fence prints {printed} lines; at most {SCREEN_LINES} fit on a screen"


def _text(output: Any) -> str:
    if "image/png" in output.get("data", {}):
        return ""
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))
