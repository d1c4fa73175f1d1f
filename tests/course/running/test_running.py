"""Lessons run in a kernel of their own; what goes wrong there is told with its line."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from looplab.course.checking import check_course
from looplab.course.checking import execution as running_module
from looplab.course.checking.execution import execution_faults, running_faults
from looplab.course.reading import Fault, find_lesson
from looplab.course.reading.markdown import parse
from looplab.course.running.cache import executed, load_execution
from looplab.course.running.execution import Execution, execute, execute_async
from looplab.errors import LessonError

WithLesson = Callable[[str], Path]


def test_a_lesson_gives_its_outputs(kept_course: Path, kept_cache: Path) -> None:
    execution = executed(find_lesson("9.1", kept_course), kept_cache)
    printed, drawn, stub, solution = execution.outputs
    assert printed[0]["text"] == "[0.0, 2.0, 4.0]\n"
    assert "image/png" in drawn[0]["data"]
    assert stub == solution == ()
    assert list(running_faults(find_lesson("9.1", kept_course), kept_cache)) == []


def test_what_is_printed_in_pieces_is_one_output(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("print([", "import time\n\nprint('so', end=' ')\ntime.sleep(0.5)\nprint([")
    printed = execute(find_lesson("9.1", with_lesson(text))).outputs[0]
    assert [output["text"] for output in printed] == ["so [0.0, 2.0, 4.0]\n"]


def test_a_kept_execution_is_not_run_again(
    kept_course: Path, kept_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = find_lesson("9.1", kept_course)
    first = executed(lesson, kept_cache)
    monkeypatch.setattr("looplab.course.running.cache.execute_async", None)
    again = executed(parse(lesson.text.replace("Because.", "Just because."), lesson.path), kept_cache)
    assert again == first


def test_other_code_is_run_again(kept_course: Path, kept_cache: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    executed(lesson, kept_cache)
    assert load_execution(parse(lesson.text.replace("2 * x", "x + x"), lesson.path), kept_cache) is None


def test_a_damaged_cache_is_as_good_as_none(kept_course: Path, kept_cache: Path, tmp_path: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    executed(lesson, kept_cache)
    for path in (kept_cache / "executed").glob("9.1-*.json"):
        (tmp_path / "executed").mkdir(exist_ok=True)
        (tmp_path / "executed" / path.name).write_text("{")
    assert load_execution(lesson, tmp_path) is None


def test_code_that_raises_is_told_with_the_innermost_line(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("return 2 * x", "return 2 / x")
    lesson = find_lesson("9.1", with_lesson(text))
    with pytest.raises(LessonError) as caught:
        execute(lesson)
    line = text[: text.index("return 2 / x")].count("\n") + 1
    assert str(caught.value) == f"{lesson.path}:{line}: the code raises ZeroDivisionError: float division by zero"


def test_code_that_ends_its_process_is_told(lesson_text: str, with_lesson: WithLesson, tmp_path: Path) -> None:
    text = lesson_text.replace("print([", "import os\n\nos._exit(3)\nprint([")
    lesson = find_lesson("9.1", with_lesson(text))
    (fault,) = running_faults(lesson, tmp_path)
    line = text[: text.index("```python\ndef double")].count("\n") + 1
    assert fault == Fault(lesson.path, line, "the code ended its Python process")
    assert not list(tmp_path.glob("executed/*")), "nothing is kept of a run that failed"


def test_code_that_hangs_is_told(
    lesson_text: str, with_lesson: WithLesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("looplab.course.running.execution.CELL_LIMIT_SECONDS", 1)
    text = lesson_text.replace("print([", "while True:\n    pass\nprint([")
    (fault,) = running_faults(find_lesson("9.1", with_lesson(text)), tmp_path)
    assert fault.reason == "the code ran longer than 1 s"


def test_a_lesson_over_its_budget_is_run_again_before_it_is_told(
    kept_course: Path, kept_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = find_lesson("9.1", kept_course)
    first = executed(lesson, kept_cache)
    again: list[str] = []

    def run_again(lesson: Any) -> Execution:
        again.append(lesson.number)
        return replace(first, seconds=67.0)

    monkeypatch.setattr(running_module, "execute", run_again)
    monkeypatch.setattr(running_module, "executed", lambda *_: replace(first, seconds=61.0))
    (fault,) = running_faults(lesson, kept_cache)
    assert again == ["9.1"]
    assert fault == Fault(lesson.path, 1, "the code runs for 67 s; the budget of a lesson is 30 s")


def stream(name: str, text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


PICTURE = {"output_type": "display_data", "data": {"image/png": "", "text/plain": "<Figure>"}}


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ([[PICTURE], [PICTURE]], "the fence shows 1 figures; expected 0, as it calls plt.show() 0 times"),
        ([[], []], "the fence shows 0 figures; expected 1, as it calls plt.show() 1 times"),
        ([[stream("stderr", "x.py:1\nUserWarning: no")], [PICTURE]], "the code warns: UserWarning: no"),
        ([[stream("stdout", "line\n" * 61)], [PICTURE]], "the fence prints 61 lines; at most 60 fit on a screen"),
    ],
)
def test_outputs_that_a_page_should_not_show(kept_course: Path, outputs: list[Any], reason: str) -> None:
    lesson = find_lesson("9.1", kept_course)
    execution = Execution((*(tuple(cell) for cell in outputs), (), ()), seconds=1.0)
    (fault,) = execution_faults(lesson, execution)
    assert fault.reason == reason


def test_waiting_does_not_count_as_running(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("print([", "import time\n\ntime.sleep(4)\nprint([")
    started = time.monotonic()
    execution = execute(find_lesson("9.1", with_lesson(text)))
    assert 0.1 < execution.seconds < time.monotonic() - started - 3


def test_lessons_run_ahead_two_at_a_time_and_each_fault_is_told_in_its_place(
    lesson_text: str, with_lesson: WithLesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0

    async def counted(lesson: Any, report: Any = None) -> Execution:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await execute_async(lesson, report)
        finally:
            running -= 1

    monkeypatch.setattr("looplab.course.running.cache.execute_async", counted)
    text = lesson_text.replace("return 2 * x", "return 2 / x")
    course = with_lesson(text)
    faults = check_course(folder=course, cache=tmp_path / "cache")
    assert most == 2
    line = text[: text.index("return 2 / x")].count("\n") + 1
    told = [fault for fault in faults if "ZeroDivisionError" in fault.reason]
    assert told == [
        Fault(find_lesson("9.1", course).path, line, "the code raises ZeroDivisionError: float division by zero")
    ]
