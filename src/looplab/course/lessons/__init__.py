"""Lessons: plain Markdown files, read into their parts, and checked.

A lesson has YAML front matter, ten sections with fixed headings, `python` fences that run in order, and exercises that
show a stub and a solution. `check_course` says where a lesson breaks that format.
"""

from looplab.errors import MissingExtraError

try:
    from looplab.course.lessons.catalogue import course_folder, find_lesson, list_lessons
    from looplab.course.lessons.check import check_course, check_lesson
    from looplab.course.lessons.faults import Fault
    from looplab.course.lessons.lesson import Claim, ExerciseText, Fence, Figure, Heading, Included, Lesson
    from looplab.course.lessons.reading import read_lesson
except ModuleNotFoundError as error:
    if (error.name or "").startswith("looplab"):
        raise
    raise MissingExtraError("the course", "course") from error

__all__ = [
    "Claim",
    "ExerciseText",
    "Fault",
    "Fence",
    "Figure",
    "Heading",
    "Included",
    "Lesson",
    "check_course",
    "check_lesson",
    "course_folder",
    "find_lesson",
    "list_lessons",
    "read_lesson",
]
