"""Exercises are listed without their files being run."""

import ast
from pathlib import Path

import pytest

from looplab.content import lesson_folders
from looplab.course.exercises import list_exercises
from looplab.course.exercises.outline import _listed, _outline, outline_exercises, require_exercise
from looplab.errors import ChoiceError, ExerciseError


def write(course: Path, text: str) -> None:
    folder = course / "1-steps" / "1.1-a-step"
    folder.mkdir(parents=True, exist_ok=True)
    (course / "course.toml").write_text('title = "Steps"\n')
    (folder / "exercises.py").write_text(text)


def one(id_: str, title: str = '"A step"', name: str = "Exercise") -> str:
    wrong = 'wrong=(Planted(source="def step(): 1", message="no"),)'
    return f'{name}(id="{id_}", title={title}, answer="step", check=print, {wrong})'


IMPORT = "from looplab.course.exercises import Exercise, Planted\n"
OWN = "def own(title, **rest): return Exercise(title='A step', **rest)\n"


def test_the_outline_says_what_running_the_files_would() -> None:
    expected = [(exercise.id, exercise.title, exercise.answer) for exercise in list_exercises()]
    assert [(outline.id, outline.title, outline.answer) for outline in outline_exercises()] == expected
    assert {outline.lesson for outline in outline_exercises("2.4")} == {"2.4"}


@pytest.mark.parametrize("lesson", lesson_folders())
def test_every_lesson_lists_its_exercises_so_that_they_need_not_be_run(lesson: str) -> None:
    path = lesson_folders()[lesson] / "exercises.py"
    if path.is_file():
        assert [_outline(node).id for node in _listed(ast.parse(path.read_bytes()))]


def test_nothing_of_the_file_is_run(tmp_path: Path) -> None:
    write(tmp_path, f"raise SystemExit\nEXERCISES = ({one('1.1.10')}, {one('1.1.2')})\n")
    assert [outline.id for outline in outline_exercises(course=tmp_path)] == ["1.1.2", "1.1.10"]


@pytest.mark.parametrize(
    "text",
    [
        f"def made(): return {one('1.1.1')}\nEXERCISES = (made(),)\n",
        f"EXERCISES = tuple([{one('1.1.1')}])\n",
        f'TITLE = "A step"\nEXERCISES = ({one("1.1.1", "TITLE")},)\n',
        f"{OWN}EXERCISES = ({one('1.1.1', name='own')},)\n".replace('title="A step"', 'title="Another"'),
    ],
)
def test_a_file_that_makes_its_exercises_otherwise_is_run_after_all(tmp_path: Path, text: str) -> None:
    write(tmp_path, IMPORT + text)
    assert [(outline.id, outline.title) for outline in outline_exercises(course=tmp_path)] == [("1.1.1", "A step")]


def test_a_file_that_is_not_python_says_so(tmp_path: Path) -> None:
    write(tmp_path, "EXERCISES = (\n")
    with pytest.raises(ExerciseError, match="SyntaxError"):
        outline_exercises(course=tmp_path)


def test_an_unknown_exercise_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, f"EXERCISES = ({one('1.1.1')}, {one('1.1.2')})\n")
    assert require_exercise("1.1.2", tmp_path).title == "A step"
    with pytest.raises(ChoiceError, match=r"expected one of 1\.1\.2 \(A step\), .*got '1\.1\.22'. Did you mean"):
        require_exercise("1.1.22", tmp_path)
