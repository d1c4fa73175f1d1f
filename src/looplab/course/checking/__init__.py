"""Checking lessons: `check_course` says where one breaks the format, and what is wrong with its code and exercises."""

from looplab.errors import optional_part

with optional_part("the course", "course"):
    from looplab.course.checking.course import check_course, check_lesson, check_page

__all__ = ["check_course", "check_lesson", "check_page"]
