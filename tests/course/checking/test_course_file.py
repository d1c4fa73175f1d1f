"""The course's own file: what it gives, and every fault in it with its line and its words."""

from pathlib import Path

import pytest

from looplab.content import course_folder, lesson_folders
from looplab.course.checking import check_course
from looplab.course.reading.course_file import CourseFile, read_course_file

FILE = """\
title = "Numbers"

[modules]
9 = "The arithmetic of one number"
10 = "Beyond"
"""


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "course.toml").write_text(text)
    return [str(fault).removeprefix(f"{folder}/") for fault in check_course(run=False, folder=folder)]


def test_titles_are_read(made_up_course: Path) -> None:
    assert faults_of(made_up_course, FILE) == []
    modules = {9: "The arithmetic of one number", 10: "Beyond"}
    assert read_course_file(made_up_course) == CourseFile(title="Numbers", modules=modules)


def test_a_course_may_have_none(made_up_course: Path) -> None:
    (made_up_course / "course.toml").unlink()
    assert read_course_file(made_up_course) == CourseFile()
    assert check_course(run=False, folder=made_up_course) == []


CASES = {
    "not TOML": ("[modules]", "[modules", "3: this is not TOML"),
    "unknown field": ("[modules]", 'author = "me"\n[modules]', "3: unknown field 'author'; the fields are title,"),
    "unknown table": (
        '"Beyond"\n',
        '"Beyond"\n\n[[planned]]\nnumber = "10.1"\n',
        "7: unknown field 'planned'; the fields are title, modules",
    ),
    "module without a number": ("10 =", "ten =", "5: 'modules' names 'ten': write numbers of modules, such as 1 ="),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, made_up_course: Path) -> None:
    old, new, told = CASES[case]
    assert old in FILE
    (fault,) = faults_of(made_up_course, FILE.replace(old, new, 1))
    assert fault.startswith(f"course.toml:{told}")


def test_the_course_has_twenty_two_lessons() -> None:
    numbers = list(lesson_folders(course_folder()))
    assert [sum(number.startswith(f"{module}.") for number in numbers) for module in (1, 2, 3)] == [6, 7, 9]
