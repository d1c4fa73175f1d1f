"""`looplab watch`: real processes, real saves."""

import builtins
import dis
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import psutil
import pytest

from looplab.course.answers.contract import until_answer
from looplab.course.answers.progress import record
from looplab.course.reading import find_lesson, list_lessons
from looplab.course.watch import answer_files, saves, watch
from looplab.errors import ChoiceError, ExerciseError, FileError

from .conftest import Watching

Start = Callable[..., Watching]
DOUBLE, TRIPLE = "1.1.1-double.py", "1.1.2-triple.py"

SAVING_AT_ONCE = f"""
import sys
from pathlib import Path
from looplab.course.watch import watch

path = Path(sys.argv[1]) / "{DOUBLE}"
saves = {{"Ctrl-C": "double = 2\\n", "still the stub": "def double(x): return 2 * x\\n"}}

def say(line):
    print(line, flush=True)
    if "Ctrl-C" in line and "✗" not in saves:
        saves["✗"] = path.read_text()
    for words in [words for words in saves if words in line]:
        path.write_text(saves.pop(words))

watch("1.1", folder=Path(sys.argv[1]), course=Path(sys.argv[2]), say=say)
"""


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def by_replacement(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.swp")
    new.write_text(text)
    new.replace(path)


def by_backup(path: Path, text: str) -> None:
    """As editors do that keep what was there: the old file gets another name, and a new one its own."""
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)


def in_two_steps(path: Path, text: str) -> None:
    """As editors do that write twice."""
    path.write_text(text)
    os.utime(path)
    path.write_text(text)


def slowly(path: Path, text: str) -> None:
    """In place, on a machine or a drive that takes its time between emptying the file and writing it."""
    with path.open("w") as file:
        time.sleep(1.5)
        file.write(text)


def attempts(home: Path) -> dict[str, int]:
    known = json.loads((home / "progress.json").read_text())["exercises"]
    return {id_: entry["attempts"] for id_, entry in known.items()}


SAVES = [in_place, by_replacement, by_backup, in_two_steps, slowly]


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_each_save_is_checked_and_a_right_answer_leads_to_the_next(
    start: Start, answers: Path, home: Path, save: Callable[[Path, str], None]
) -> None:
    watching = start()
    assert watching.until("Lesson 1.1") == "Lesson 1.1, A step: 0 of 2 exercises passed."
    assert str(answers / DOUBLE) in watching.until("Next: 1.1.1 Double it.")
    assert watching.until("Ctrl-C") == "Left after it: 1.1.2. Ctrl-C ends this."
    assert not (answers / TRIPLE).exists()
    save(answers / DOUBLE, "def double(x):\n    return x\n")
    watching.until("Checking 1.1.1 Double it …")
    watching.until("✗ it gave 3, expected 6.")
    save(answers / DOUBLE, "def double(x):\n    return 2 * x\n")
    watching.until("✓ 1.1.1 Double it: passed.")
    watching.until("1 of 2 exercises passed.")
    watching.until("Next: 1.1.2 Triple it.")
    assert watching.until("Ctrl-C") == "Ctrl-C ends this."
    save(answers / TRIPLE, "def triple(x):\n    return 3 * x\n")
    watching.until("✓ 1.1.2 Triple it: passed.")
    assert watching.end() == 0
    assert watching.said[-1] == "That was the last one of lesson 1.1."
    assert attempts(home) == {"1.1.1": 2, "1.1.2": 1}


def test_a_new_file_holds_the_stub_and_a_stub_that_was_put_back_is_not_checked(
    start: Start, answers: Path, home: Path
) -> None:
    watching = start()
    watching.until("Ctrl-C")
    stub = (answers / DOUBLE).read_text()
    assert stub == "# Exercise 1.1.1, Double it\n\ndef double(x):\n    raise NotImplementedError\n"
    in_place(answers / DOUBLE, "double = 2\n")
    watching.until("✗ your answer is a whole number (int), expected something to call")
    in_place(answers / DOUBLE, stub)
    watching.until("1.1.1 Double it: this is still the stub.")
    assert attempts(home) == {"1.1.1": 1}


def test_a_save_while_it_still_speaks_is_seen_as_any_other(start: Start, answers: Path, steps: Path) -> None:
    watching = start("-c", SAVING_AT_ONCE, str(answers), str(steps))
    watching.until("✗ your answer is a whole number (int), expected something to call")
    watching.until("1.1.1 Double it: this is still the stub.")
    watching.until("✓ 1.1.1 Double it: passed.")


def test_what_was_written_before_is_kept_and_checked_at_once(start: Start, answers: Path) -> None:
    answers.mkdir()
    (answers / DOUBLE).write_text("def double(x):\n    return x + x\n")
    watching = start()
    watching.until("✓ 1.1.1 Double it: passed.")
    watching.until("Next: 1.1.2 Triple it.")
    assert (answers / DOUBLE).read_text() == "def double(x):\n    return x + x\n"


def test_another_exercise_of_the_lesson_is_checked_when_it_is_saved(start: Start, answers: Path) -> None:
    watching = start()
    watching.until("Ctrl-C")
    in_place(answers / TRIPLE, "print('three')\ndef triple(x):\n    return 4 * x\n")
    watching.until("✗ it gave 12, expected 9.")
    watching.until("three")
    in_place(answers / TRIPLE, "def triple(x):\n    return 3 * x\n")
    watching.until("✓ 1.1.2 Triple it: passed.")
    in_place(answers / DOUBLE, "def double(x):\n    return 2 * x\n")
    watching.until("✓ 1.1.1 Double it: passed.")
    assert watching.end() == 0


def test_a_file_that_stays_empty_is_told_and_counts_as_no_attempt(start: Start, answers: Path, home: Path) -> None:
    watching = start()
    watching.until("Ctrl-C")
    in_place(answers / DOUBLE, "")
    watching.until("1.1.1 Double it: the file is empty. Write your answer in it.")
    in_place(answers / DOUBLE, "def double(x):\n    return x\n")
    watching.until("✗ it gave 3, expected 6.")
    assert attempts(home) == {"1.1.1": 1}


def test_a_file_that_cannot_be_read_is_told_and_watched_on(start: Start, answers: Path) -> None:
    watching = start()
    watching.until("Ctrl-C")
    (answers / DOUBLE).write_bytes(b"def double(x): return '\xff'\n")
    watching.until("✗ ", DOUBLE, "expected text in UTF-8")
    (answers / DOUBLE).unlink()
    in_place(answers / DOUBLE, "def double(x: return 2 * x\n")
    watching.until("✗ your file is not Python yet")


def test_control_c_ends_it_at_any_time(start: Start, answers: Path) -> None:
    for is_checking in (False, True):
        watching = start("-m", "looplab", "watch", "2.4", "--folder", str(answers))
        watching.until("Ctrl-C ends this.")
        children: list[psutil.Process] = []
        if is_checking:
            in_place(answers / "2.4.1-slope.py", "while True:\n    pass\n")
            watching.until("Checking 2.4.1")
            while not children:
                children = psutil.Process(watching.process.pid).children(recursive=True)
        watching.press_control_c()
        assert watching.end() == 0
        assert watching.said[-1] == "Ended. Go on where you were: looplab watch 2.4"
        assert "Traceback" not in "".join(watching.said)
        _, alive = psutil.wait_procs(children, timeout=200)
        assert not alive


def test_the_files_lie_in_the_learner_s_folder(steps: Path, home: Path) -> None:
    files = answer_files.answer_files("1.1", course=steps)
    assert [file.path for file in files] == [home / "answers" / "1.1" / name for name in (DOUBLE, TRIPLE)]
    assert not home.exists()


@pytest.mark.parametrize("lesson", [lesson.number for lesson in list_lessons() if lesson.exercises])
def test_a_file_begins_with_all_that_its_stub_and_an_answer_import(lesson: str, answers: Path) -> None:
    texts = {text.id: text for text in find_lesson(lesson).exercises}
    for file in answer_files.answer_files(lesson, answers):
        stub, solution = texts[file.exercise.id].stub, texts[file.exercise.id].solution
        assert stub is not None
        assert solution is not None
        answered = file.beginning.replace(stub.code.strip(), until_answer(solution.code, file.exercise.answer))
        for source in (file.beginning, answered):
            code = compile(source, file.name, "exec")
            defined: dict[str, object] = {"__name__": "answer"}
            exec(code, defined)
            assert names_in(code) <= defined.keys() | vars(builtins).keys(), f"{file.name}: {source}"


def names_in(code: CodeType) -> set[str]:
    """The names of globals that compiled source reads, in functions too."""
    read = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_NAME", "LOAD_GLOBAL")}
    return read.union(*(names_in(part) for part in code.co_consts if isinstance(part, CodeType)))


def test_where_everything_is_passed_nothing_is_watched(steps: Path, answers: Path) -> None:
    for exercise in ("1.1.1", "1.1.2"):
        record(exercise, passed=True)
    said: list[str] = []
    watch("1.1", folder=answers, course=steps, say=said.append)
    assert said == [
        "Lesson 1.1, A step: 2 of 2 exercises passed.",
        "Nothing is left to watch. Check a file once more: looplab check 1.1.1 --file FILE",
    ]
    assert not answers.exists()


def test_the_next_lesson_with_exercises_is_named(steps: Path, answers: Path) -> None:
    following = steps / "1-steps" / "1.10-another"
    following.mkdir()
    (following / "lesson.md").write_text("# Another\n")
    text = (steps / "1-steps" / "1.1-a-step" / "exercises.py").read_text().replace('id="1.1.', 'id="1.10.')
    (following / "exercises.py").write_text(text)
    record("1.1.1", passed=True)
    answers.mkdir()
    (answers / TRIPLE).write_text("def triple(x):\n    return 3 * x\n")
    said: list[str] = []
    watch("1.1", folder=answers, course=steps, say=said.append)
    assert said[-1] == "That was the last one of lesson 1.1. Go on: looplab watch 1.10"


def test_mistakes_are_told(steps: Path, answers: Path) -> None:
    with pytest.raises(ChoiceError, match=r"lesson: expected one of 1\.1 \(A step\), got '1\.2'"):
        watch("1.2", course=steps)
    answers.write_text("a file")
    with pytest.raises(FileError, match="answers"):
        watch("1.1", folder=answers, course=steps, say=lambda _: None)
    (steps / "1-steps" / "1.1-a-step" / "exercises.py").unlink()
    with pytest.raises(ExerciseError, match=r"^lesson 1\.1: expected exercises, got none\. Name another lesson\.$"):
        watch("1.1", course=steps)


def test_saves_are_noticed_where_the_system_reports_none(
    steps: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = answer_files.answer_files("1.1", answers, steps)
    files[0].make()
    seen = {file: file.content() for file in files}

    def nothing_but_time(*_: object, **__: object) -> object:
        yield set()
        in_place(files[1].path, "1")
        yield set()
        yield set()
        files[1].path.unlink()
        yield set()
        in_place(files[0].path, "2")
        yield set()

    monkeypatch.setattr(saves, "watch", nothing_but_time)
    assert list(saves.saved_files(files, seen)) == [(files[1], b"1"), (files[0], b"2")]
    assert seen[files[1]] == b"1"


def test_what_is_checked_is_what_was_seen_and_an_emptied_file_with_the_same_content_is_not_checked_again(
    steps: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = answer_files.answer_files("1.1", answers, steps)
    files[0].make()
    seen = {file: file.content() for file in files}

    def looks(*_: object, **__: object) -> object:
        for text in ("right", "", "", "", "", "right", "wrong"):
            in_place(files[0].path, text)
            yield set()

    monkeypatch.setattr(saves, "watch", looks)
    told = []
    for file, content in saves.saved_files(files, seen):
        in_place(file.path, "what is being written")
        told.append(content)
    assert told == [b"right", b"", b"wrong"]
