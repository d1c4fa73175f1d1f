"""Judging answers: running a learner's code within limits, saying in words what is wrong, and keeping the progress."""

from looplab.course.answers.file_check import check_file
from looplab.course.answers.object_check import check
from looplab.course.answers.progress import read_progress
from looplab.course.answers.progress_table import print_progress

__all__ = ["check", "check_file", "print_progress", "read_progress"]
