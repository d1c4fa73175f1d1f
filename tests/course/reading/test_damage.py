"""Front matter and the course's file: whatever stands in them is read, or is a fault in one sentence."""

import json
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.checking.course import check_lesson
from looplab.course.reading import read_lesson
from looplab.course.reading.course_file import read_course_file
from looplab.errors import LessonError, LooplabError

OTHERS = (
    *("null", "true", "-1", "0", "1e999", ".nan", "99999999999999999999999999", "''", '"\\x1b[2J"', "[]", "{}", "[[]]"),
    *(
        "[null]",
        "[1, 1]",
        '["1.1", "1.1"]',
        "[[1], [1]]",
        "{a: 1}",
        "[{a: 1}]",
        "2024-01-01",
        "2024-99-99",
        "!!python/x y",
    ),
    *("&a [*a]", "[&a [1], *a]", "[" * 3000, "[" * 900 + "]" * 900, "x" * 30_000, "? [a]", "- a", "\t"),
)
FIELDS = ("lesson", "title", "description", "experiments", "minutes", "needs", "terms", "other", "1", "[a]")


@pytest.mark.slow
def test_whatever_stands_in_front_matter_is_read_or_a_fault(made_up_course: Path, lesson_text: str) -> None:
    path = made_up_course / "9-arithmetic/9.1-doubling/lesson.md"
    found = 0
    for field in FIELDS:
        for other in OTHERS:
            kept = [line for line in lesson_text.splitlines(keepends=True) if not line.startswith(f"{field}:")]
            path.write_text("".join([kept[0], f"{field}: {other}\n", *kept[1:]]), "utf-8")
            faults = check_lesson(read_lesson(path), run=False, folder=made_up_course)
            found += bool(faults)
            assert all("\n" not in fault.reason for fault in faults), (field, other)
    assert found > 0.8 * len(FIELDS) * len(OTHERS)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("a: &b [*b]", "an alias, which front matter has no use for: write the value out"),
        (f"a: {'[' * 3000}", "nested too deeply"),
        (f"a: {'x' * 30_000}", "characters long, more than 20,000"),
        ("a: 2024-99-99", "month must be in 1..12"),
        ("1: a", "Expected `str`, got `int`"),
    ],
)
def test_what_is_wrong_with_front_matter_is_said(field: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "lesson.md").write_text(f"---\n{field}\n---\n# A\n")
    assert words in read_lesson(tmp_path / "lesson.md").front_error


def test_a_lesson_that_is_no_lesson_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.md").write_bytes(b"x" * (4 * 2**20 + 1))
    with pytest.raises(LessonError, match="cannot be read: a larger one"):
        read_lesson(tmp_path / "large.md")
    with pytest.raises(LessonError, match="cannot be read: a pipe, a device or a folder"):
        read_lesson(tmp_path)
    with pytest.raises(LessonError, match="cannot be read: No such file"):
        read_lesson(tmp_path / "none.md")


def test_whatever_stands_in_the_course_s_file_is_read_or_a_fault(made_up_course: Path) -> None:
    values = ("1", "-1", "true", "1.5", '""', '"x"', "[]", "[1]", "{}", "[[]]", "[{}]", "nan", "2024-01-01", "[" * 3000)
    contents = [f"{name} = {value}\n" for name in ("title", "modules", "other") for value in values]
    contents += [f"[[other]]\nnumber = {value}\n" for value in values]
    contents += [f"[modules]\n{name} = {value}\n" for name in ("1", "x") for value in values]
    contents += [json.dumps({"a": 1}), "\x00", "=", "[", '"\\ud800" = 1']
    for content in contents:
        (made_up_course / "course.toml").write_text(content, "utf-8")
        read = read_course_file(made_up_course)
        assert all("\n" not in fault.reason for fault in read.faults), content
        try:
            check_course(["9.1"], run=False, folder=made_up_course)
        except LooplabError as error:
            assert str(error)  # noqa: PT017 - nothing else may be raised
    (made_up_course / "course.toml").write_bytes(b"\xff\xfe")
    assert "is not TOML" in read_course_file(made_up_course).faults[0].reason
