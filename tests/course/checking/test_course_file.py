"""The plan: lessons to come, and every fault in it with its line and its words."""

from pathlib import Path

import pytest

from looplab.content import course_folder
from looplab.course.checking import check_course
from looplab.course.reading.course_file import lesson_numbers, read_course_file

PLAN = """\
[modules]
9 = "The arithmetic of one number"
10 = "Beyond"

[[planned]]
number = "9.3"
title = "Thirds: a third way"
description = "A third of it."
needs = ["9.1", "9.2"]

[[planned]]
number = "10.1"
title = "Powers"
description = "Twice and twice again."
needs = ["9.3"]
"""


EARLIER = """
[[planned]]
number = "9.0"
title = "Nothing"
description = "Before everything."
needs = []
"""


def faults_of(folder: Path, plan: str) -> list[str]:
    (folder / "course.toml").write_text(plan)
    return [str(fault).removeprefix(f"{folder}/") for fault in check_course(run=False, folder=folder)]


def test_a_plan_is_read(made_up_course: Path) -> None:
    assert faults_of(made_up_course, PLAN) == []
    file = read_course_file(made_up_course)
    assert file.modules == {9: "The arithmetic of one number", 10: "Beyond"}
    assert [(lesson.number, lesson.title, lesson.line) for lesson in file.planned] == [
        ("9.3", "Thirds: a third way", 6),
        ("10.1", "Powers", 12),
    ]
    assert lesson_numbers(made_up_course) == ["9.1", "9.2", "9.3", "10.1"]


def test_a_course_may_have_no_plan(made_up_course: Path) -> None:
    (made_up_course / "course.toml").unlink()
    assert read_course_file(made_up_course).planned == ()


def test_a_written_lesson_may_build_on_a_planned_one_that_comes_before(made_up_course: Path) -> None:
    (made_up_course / "course.toml").write_text(f"{PLAN}{EARLIER}")
    path = made_up_course / "9-arithmetic/9.1-doubling/lesson.md"
    path.write_text(path.read_text().replace("needs: []", 'needs: ["9.0"]'))
    assert check_course(run=False, folder=made_up_course) == []


def test_a_lesson_that_is_written_needs_no_edit_in_the_plan(made_up_course: Path) -> None:
    assert faults_of(made_up_course, PLAN + EARLIER.replace("9.0", "9.2")) == []
    assert lesson_numbers(made_up_course) == ["9.1", "9.2", "9.3", "10.1"]


CASES = {
    "not TOML": ("[modules]", "[modules", "1: this is not TOML"),
    "unknown field": ("[modules]", 'author = "me"\n[modules]', "1: unknown field 'author'; the fields are title,"),
    "no title": ('title = "Powers"\n', "", "12: an entry needs 'title', as text"),
    "no needs": ('needs = ["9.3"]\n', "", "12: an entry needs 'needs', a list of lessons' numbers"),
    "no number": ('"10.1"', '"ten"', "12: 'ten' is not a lesson's number"),
    "unknown": ('["9.3"]', '["9.4"]', "12: 'needs' names lesson 9.4, which is neither written nor planned"),
    "later": (
        '["9.1", "9.2"]',
        '["10.1"]',
        "6: 'needs' names lesson 10.1, which comes later: a lesson builds",
    ),
    "itself": ('["9.3"]', '["10.1"]', "12: 'needs' names itself: a lesson builds on earlier ones"),
    "twice": ('["9.3"]', '["9.3", "9.3"]', "12: 'needs' names lesson 9.3 twice"),
    "number": ('["9.3"]', "[9.3]", "12: 'needs' names 9.3: write lessons' numbers in quotation marks, such as \"1.2\""),
    "no table": ("[modules]", 'planned = ["ten"]\n[modules]', "1: a lesson to come is a table: begin it with"),
    "module without a number": ("10 =", "ten =", "3: 'modules' names 'ten': write numbers of modules, such as 1 ="),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, made_up_course: Path) -> None:
    old, new, told = CASES[case]
    assert old in PLAN
    plan = PLAN[: PLAN.index("[[planned]]")] if case == "no table" else PLAN
    faults = faults_of(made_up_course, plan.replace(old, new, 1))
    assert any(fault.startswith(f"course.toml:{told}") for fault in faults), faults


def test_the_course_has_twenty_two_lessons() -> None:
    numbers = lesson_numbers(course_folder())
    assert [sum(number.startswith(f"{module}.") for number in numbers) for module in (1, 2, 3)] == [6, 7, 9]
