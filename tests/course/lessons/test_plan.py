"""The plan: lessons to come, and every fault in it with its line and its words."""

from pathlib import Path

import pytest

from looplab.course.lessons import check_course, course_folder
from looplab.course.lessons.planned import lesson_numbers, read_plan

PLAN = """\
modules:
  9: The arithmetic of one number
  10: Beyond
lessons:
  - number: "9.3"
    title: "Thirds: a third way"
    description: A third of it.
    needs: ["9.1", "9.2"]
  - number: "10.1"
    title: Powers
    description: Twice and twice again.
    needs: ["9.3"]
"""


def faults_of(folder: Path, plan: str) -> list[str]:
    (folder / "planned.yml").write_text(plan)
    return [str(fault).removeprefix(f"{folder}/") for fault in check_course(run=False, folder=folder)]


def test_a_plan_is_read(made_up_course: Path) -> None:
    assert faults_of(made_up_course, PLAN) == []
    plan = read_plan(made_up_course)
    assert plan.modules == {9: "The arithmetic of one number", 10: "Beyond"}
    assert [(lesson.number, lesson.title, lesson.line) for lesson in plan.lessons] == [
        ("9.3", "Thirds: a third way", 5),
        ("10.1", "Powers", 9),
    ]
    assert lesson_numbers(made_up_course) == ["9.1", "9.2", "9.3", "10.1"]


def test_a_course_may_have_no_plan(made_up_course: Path) -> None:
    assert read_plan(made_up_course).lessons == ()


def test_a_written_lesson_may_build_on_a_planned_one_that_comes_before(made_up_course: Path) -> None:
    (made_up_course / "planned.yml").write_text(PLAN.replace("9.3", "9.0").replace('"9.1", "9.2"', ""))
    path = made_up_course / "9-arithmetic/9.1-doubling.md"
    path.write_text(path.read_text().replace("needs: []", 'needs: ["9.0"]'))
    assert check_course(run=False, folder=made_up_course) == []


CASES = {
    "not YAML": ("lessons:", "lessons: [", "1: this is not YAML"),
    "written already": (
        '"9.3"\n',
        '"9.2"\n',
        "5: lesson 9.2 is written (9-arithmetic/9.2-halving.md): take it out",
    ),
    "no title": ("    title: Powers\n", "", "9: an entry needs 'title', as text"),
    "no needs": ('    needs: ["9.3"]\n', "", "9: an entry needs 'needs', a list of lessons' numbers"),
    "no number": ('"10.1"', "ten", "9: 'ten' is no lesson's number"),
    "unknown": ('["9.3"]', '["9.4"]', "9: 'needs' names lesson 9.4, which is neither written nor planned"),
    "later": (
        '["9.1", "9.2"]',
        '["10.1"]',
        "5: 'needs' names lesson 10.1, which comes later: a lesson builds",
    ),
    "itself": ('["9.3"]', '["10.1"]', "9: 'needs' names itself: a lesson builds on earlier ones"),
    "twice": ('["9.3"]', '["9.3", "9.3"]', "9: 'needs' names lesson 9.3 twice"),
    "number": ('["9.3"]', "[9.3]", "9: 'needs' names 9.3: write lessons' numbers in quotation marks, such as \"1.2\""),
    "no list": ('  - number: "10.1"', '  - ten\n  - number: "10.1"', "1: an entry is no list of 'field: value' lines"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, made_up_course: Path) -> None:
    old, new, told = CASES[case]
    assert old in PLAN
    faults = faults_of(made_up_course, PLAN.replace(old, new, 1))
    assert any(fault.startswith(f"planned.yml:{told}") for fault in faults), faults


def test_the_course_has_twenty_two_lessons() -> None:
    numbers = lesson_numbers(course_folder())
    assert [sum(number.startswith(f"{module}.") for number in numbers) for module in (1, 2, 3)] == [6, 7, 9]
