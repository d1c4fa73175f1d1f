"""Lessons are read into their parts."""

from pathlib import Path

import pytest

from looplab.content import course_folder
from looplab.course.reading import ExerciseText, find_lesson, list_lessons, read_lesson
from looplab.course.reading.markdown import parse
from looplab.errors import ChoiceError, LessonError


def test_front_matter_becomes_fields(kept_course: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    assert (lesson.number, lesson.title, lesson.minutes) == ("9.1", "Doubling", 5)
    assert lesson.description == "What doubling does to a line."


def test_only_python_fences_run(kept_course: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    assert [fence.language for fence in lesson.fences] == ["python", "python", "bash", "python", "python"]
    assert len(lesson.cells) == 4
    assert [fence.section for fence in lesson.cells] == ["Demonstrations", "Demonstrations", "Exercises", "Exercises"]


def test_fences_know_their_lines(kept_course: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    for fence in lesson.fences:
        assert lesson.lines[fence.line - 1].startswith("```")
        assert lesson.lines[fence.end - 1] == "```"
        assert "\n".join(lesson.lines[fence.line : fence.end - 1]) == fence.source.rstrip("\n")


def test_a_figure_is_described_by_the_first_lines_of_its_fence(kept_course: Path) -> None:
    fence = find_lesson("9.1", kept_course).cells[1]
    assert fence.figure is not None
    assert fence.figure.caption == "Twice x grows twice as fast as x."
    assert fence.figure.alt == "A straight line from the origin to the point 2, 4."
    assert fence.code.startswith("import matplotlib")


def test_an_exercise_has_its_stub_and_its_solution(kept_course: Path) -> None:
    (exercise,) = find_lesson("9.1", kept_course).exercises
    assert isinstance(exercise, ExerciseText)
    assert (exercise.id, exercise.title) == ("9.1.1", "Triple it")
    assert exercise.stub is not None
    assert "NotImplementedError" in exercise.stub.source
    assert exercise.solution is not None
    assert "3 * x" in exercise.solution.source


def test_formulas_have_their_own_lines() -> None:
    lesson = parse("a\nb $x$\n\n$$\ny\n$$\n\nlong $a\nb$ and $c$\n", Path("9.1-x/lesson.md"))
    assert [(formula.source.strip(), formula.line) for formula in lesson.formulas] == [
        ("y", 4),
        ("x", 2),
        ("a\nb", 8),
        ("c", 9),
    ]


def test_dollars_in_code_are_no_formula() -> None:
    assert parse("`$x$`\n\n```text\n$y$\n```\n", Path("9.1-x/lesson.md")).formulas == ()


def test_repeated_headings_have_anchors_of_their_own() -> None:
    lesson = parse("## A b!\n\n## A b!\n\n### The $W$ in `fc1`\n", Path("9.1-x/lesson.md"))
    assert [heading.anchor for heading in lesson.headings] == ["a-b", "a-b-1", "the-w-in-fc1"]


def test_windows_line_ends_read_alike(tmp_path: Path, lesson_text: str) -> None:
    path = tmp_path / "9.1-doubling.md"
    path.write_bytes(lesson_text.replace("\n", "\r\n").encode())
    assert read_lesson(path).text == lesson_text


def test_a_file_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "9.1-x.md"
    path.write_bytes(b"# one\ntwo \xff\n")
    with pytest.raises(LessonError, match=r"9\.1-x\.md:2: is not UTF-8 text"):
        read_lesson(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=r"9\.1-x\.md:1: cannot be read: No such file"):
        read_lesson(tmp_path / "9.1-x.md")


def test_an_unknown_lesson_lists_those_there_are_nearest_first(kept_course: Path) -> None:
    with pytest.raises(ChoiceError) as caught:
        find_lesson("9.22", kept_course)
    assert str(caught.value) == "lesson: expected one of 9.2 (Halving), 9.1 (Doubling), got '9.22'. Did you mean '9.2'?"


def test_lessons_are_in_the_order_of_their_numbers(made_up_course: Path, lesson_text: str) -> None:
    (made_up_course / "9-arithmetic" / "9.10-late").mkdir()
    (made_up_course / "9-arithmetic" / "9.10-late/lesson.md").write_text(lesson_text)
    (made_up_course / "9-arithmetic" / "9.11-without-a-text").mkdir()
    (made_up_course / "9-arithmetic" / "notes.md").write_text("no lesson")
    assert [lesson.number for lesson in list_lessons(made_up_course)] == ["9.1", "9.2", "9.10"]


def test_the_course_that_came_with_looplab_is_found() -> None:
    assert (course_folder() / "notation.md").is_file()
    assert {"2.1", "2.4"} <= {lesson.number for lesson in list_lessons()}
