"""Judging answers: running a learner's code within limits, saying in words what is wrong, and keeping the progress."""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.course.answers.file_check import check_file
    from looplab.course.answers.object_check import check
    from looplab.course.answers.progress import read_progress
    from looplab.course.answers.progress_table import print_progress
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.course.answers.file_check": ["check_file"],
            "looplab.course.answers.object_check": ["check"],
            "looplab.course.answers.progress": ["read_progress"],
            "looplab.course.answers.progress_table": ["print_progress"],
        },
    )

__all__ = ["check", "check_file", "print_progress", "read_progress"]
