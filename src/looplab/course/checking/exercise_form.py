"""Checks of how exercises stand in a lesson: each with a stub and three hints, all solutions together at the end."""

import re
from collections.abc import Iterator
from itertools import pairwise

from looplab.course.reading.exercises import (
    EXERCISE_ID,
    EXERCISES,
    HINTS,
    SOLUTIONS,
    exercise_headings,
    solved,
)
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import ExerciseText, Heading, Hints

__all__ = ["STEPS", "exercise_text_faults"]

STEPS = ("where to look", "the idea", "nearly the line")
"""What the three hints of an exercise give, one after the other."""

_LIST = f"a list of three, '1. …' to '3. …': {', '.join(STEPS)}"


def exercise_text_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong with the exercises as the lesson states them."""
    section = next((each.line for each in lesson.headings if each.level == 2 and each.text == EXERCISES), None)
    if section is None:
        return
    for line, reason in (*_exercises_faults(lesson, section), *_solutions_faults(lesson, section)):
        yield Fault(lesson.path, line, reason)


def _exercises_faults(lesson: Lesson, section: int) -> Iterator[tuple[int, str]]:
    if not 1 <= len(lesson.exercises) <= 4:
        yield section, f"a lesson has one to four exercises ('### {lesson.number}.1 …'); got {len(lesson.exercises)}"
    for position, exercise in enumerate(lesson.exercises, 1):
        expected = f"{lesson.number}.{position}"
        if not re.fullmatch(EXERCISE_ID, exercise.id) or exercise.id != expected:
            yield exercise.line, f"the heading of exercise {position} must begin with '{expected}'; got '{exercise.id}'"
        if not exercise.title:
            yield exercise.line, f"the heading of exercise {exercise.id} has no words after its number"
        if exercise.stub is None:
            yield exercise.line, f"exercise {exercise.id} has no stub: a python fence before '#### {HINTS}'"
        if exercise.hints is None:
            yield (
                exercise.line,
                f"exercise {exercise.id} has no hints: write '#### {HINTS}' below its stub, and {_LIST}",
            )
        else:
            yield from _hints_faults(exercise, exercise.hints)
    yield from _part_faults(lesson)


def _hints_faults(exercise: ExerciseText, hints: Hints) -> Iterator[tuple[int, str]]:
    if len(hints.items) != len(STEPS):
        yield hints.line, f"exercise {exercise.id} has {len(hints.items)} hints; expected {_LIST}"
    for step, text, line in zip(STEPS, hints.items, hints.item_lines, strict=False):
        if not text:
            number = STEPS.index(step) + 1
            yield line, f"hint {number} of exercise {exercise.id} is empty: it gives {step}"
    if hints.items and hints.trailing:
        where = "put it before them, or to the solution"
        yield hints.trailing, f"something follows the hints of exercise {exercise.id}: {where}"


def _part_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Headings within an exercise that are not its own `#### Hints`."""
    exercise, seen = "", 0
    for heading in exercise_headings(lesson.headings):
        if heading.level == 3:
            exercise, seen = ("" if heading.text == SOLUTIONS else heading.text.partition(" ")[0]), 0
        elif heading.level == 4 and exercise:
            if heading.text == HINTS and not seen:
                seen = heading.line
            elif heading.text == HINTS:
                yield heading.line, f"exercise {exercise} has hints already, in line {seen}"
            elif heading.text == "Solution" or solved(heading):
                move = f"move it below '### {SOLUTIONS}', as '#### Solution {exercise}'"
                yield heading.line, f"a solution beside its stub, on the same screen: {move}"
            else:
                parts = f"it has a text, a stub and '#### {HINTS}'"
                yield heading.line, f"'#### {heading.text}' is no part of an exercise: {parts}"


def _solutions_faults(lesson: Lesson, section: int) -> Iterator[tuple[int, str]]:
    inside = exercise_headings(lesson.headings)
    tops = [heading for heading in inside if heading.level == 3 and heading.text == SOLUTIONS]
    if not tops:
        if lesson.exercises:
            example = f"'#### Solution {lesson.exercises[0].id}'"
            yield section, f"no solutions: write '### {SOLUTIONS}' at the end of the section, and below it {example}"
        return
    for heading in tops[1:]:
        yield (
            heading.line,
            f"a second '### {SOLUTIONS}': all solutions stand together, below the one in line {tops[0].line}",
        )
    for exercise in lesson.exercises:
        if exercise.line > tops[0].line:
            yield exercise.line, f"exercise {exercise.id} stands below '### {SOLUTIONS}': put it before them"
        if not exercise.solution_line:
            write = f"write '#### Solution {exercise.id}' below '### {SOLUTIONS}'"
            yield exercise.line, f"exercise {exercise.id} has no solution: {write}"
        elif exercise.solution is None:
            yield exercise.solution_line, f"the solution of exercise {exercise.id} has no python fence"
    below = [heading for heading in inside if heading.level == 4 and heading.line > tops[0].line]
    yield from _order_faults(lesson, below)
    yield from _loose_code_faults(lesson, tops[0].line, below)


def _order_faults(lesson: Lesson, below: list[Heading]) -> Iterator[tuple[int, str]]:
    """Headings below `### Solutions` that are not, in order, those of the exercises' solutions."""
    known = [exercise.id for exercise in lesson.exercises]
    seen: dict[str, int] = {}
    for heading in below:
        id_ = solved(heading)
        if not id_:
            expected = f"each solution has the heading '#### Solution {lesson.number}.1', with its exercise's number"
            yield heading.line, f"'#### {heading.text}' below '### {SOLUTIONS}': {expected}"
        elif id_ not in known:
            yield heading.line, f"'#### {heading.text}' belongs to no exercise of this lesson"
        elif id_ in seen:
            yield heading.line, f"exercise {id_} has a solution already, in line {seen[id_]}"
        else:
            seen[id_] = heading.line
    for (earlier, line), (later, _) in pairwise(seen.items()):
        if known.index(earlier) > known.index(later):
            yield line, f"the solution of {earlier} is misplaced: it stands before that of {later}"


def _loose_code_faults(lesson: Lesson, begin: int, below: list[Heading]) -> Iterator[tuple[int, str]]:
    end = below[0].line if below else len(lesson.lines) + 1
    for fence in lesson.cells:
        if begin < fence.line < end and fence.section == EXERCISES:
            yield fence.line, f"code below '### {SOLUTIONS}' belongs to no solution: put it below its '#### Solution …'"
