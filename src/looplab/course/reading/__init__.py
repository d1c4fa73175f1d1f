"""Reading lessons: plain Markdown files, taken apart into front matter, headings, fences, exercises and claims.

A lesson lies in a folder of its own, `1-first-steps/1.2-a-step/lesson.md`, with all that belongs
to it. It is read however faulty it is; `looplab.course.checking` says what is wrong with it.
"""

from looplab.errors import optional_part

with optional_part("the course", "course"):
    from looplab.course.reading.faults import Fault
    from looplab.course.reading.finding import find_lesson, find_question, list_lessons, question_ids
    from looplab.course.reading.lesson import Lesson
    from looplab.course.reading.markdown import read_lesson
    from looplab.course.reading.parts import Claim, ExerciseText, Fence, Figure, Heading, Hints, Included, Live

__all__ = [
    "Claim",
    "ExerciseText",
    "Fault",
    "Fence",
    "Figure",
    "Heading",
    "Hints",
    "Included",
    "Lesson",
    "Live",
    "find_lesson",
    "find_question",
    "list_lessons",
    "question_ids",
    "read_lesson",
]
