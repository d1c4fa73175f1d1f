"""The learner's own copies of the lessons' notebooks: made once, never written over."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from looplab.errors import ServeError
from looplab.files import write_new

__all__ = ["notebook_for"]

PLAIN_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


def notebook_for(name: str, folder: Path, write: Callable[[], str]) -> Path:
    """The learner's copy of a lesson's notebook, made if there is none yet.

    A copy that is there stays as it is, also when the lesson has changed since: it is the learner's work. Who wants the
    lesson's newest text renames or deletes their copy and opens the lesson again.

    Args:
        name: the file's name without its ending: the lesson's file name.
        folder: the learner's notebooks; it exists.
        write: makes the notebook's text; called only when there is no copy yet.

    Raises:
        ServeError: the name is not a plain file name.
        FileError: the folder cannot be written to.
    """
    if not PLAIN_NAME.fullmatch(name):
        raise ServeError("the lesson's file name", expected="letters, digits, dots and hyphens", got=repr(name))
    path = folder / f"{name}.ipynb"
    if os.path.lexists(path):
        return path
    write_new(path, write())  # if it has come into being meanwhile, it is the learner's
    return path
