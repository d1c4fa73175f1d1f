"""Whether a lesson says honestly how long its first reading takes."""

import math
from collections.abc import Iterator

from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.minutes import IN_DEPTH, LATER, reading_minutes

__all__ = ["minutes_faults"]


def minutes_faults(lesson: Lesson) -> Iterator[Fault]:
    """A fault where a lesson says fewer minutes than its first reading takes."""
    takes = math.ceil(reading_minutes(lesson))
    if 0 < lesson.minutes < takes:
        line = next((at for at, text in enumerate(lesson.lines, 1) if text.startswith("minutes:")), 1)
        yield Fault(
            lesson.path,
            line,
            f"'minutes' says {lesson.minutes}, and a first reading takes {takes} (180 words and 12 lines of code a "
            f"minute, without {', '.join(LATER)}): say so, shorten it, or mark subsections by a first paragraph "
            f"'{IN_DEPTH}'",
        )
