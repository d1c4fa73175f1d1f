"""Checking lessons: `check_course` says where one breaks the format, and what is wrong with its code and exercises."""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.course.checking.course import check_course, check_lesson, check_page
else:
    __getattr__, __dir__ = lazy_names(
        __name__, {"looplab.course.checking.course": ["check_course", "check_lesson", "check_page"]}
    )

__all__ = ["check_course", "check_lesson", "check_page"]
