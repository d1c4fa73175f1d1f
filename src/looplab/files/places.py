"""Where looplab keeps files of its own: the learner's folder and the cache."""

import os
from pathlib import Path

import platformdirs

from looplab.errors import FileError

__all__ = ["HOME_VARIABLE", "cache_folder", "home_folder"]

HOME_VARIABLE = "LOOPLAB_HOME"
"""The environment variable that names the learner's folder."""


def home_folder() -> Path:
    """The learner's folder, with their progress and notebooks: the one that `LOOPLAB_HOME` names, or the user's own.

    A `~` at its beginning is the user's home, and a relative path begins in the current folder. Empty counts as unset.
    The folder need not exist yet.

    Raises:
        FileError: the name leads to something that is no folder, or to the home of nobody.

    >>> os.environ["LOOPLAB_HOME"] = "somewhere"
    >>> home_folder() == Path.cwd() / "somewhere"
    True
    >>> del os.environ["LOOPLAB_HOME"]
    """
    named = os.environ.get(HOME_VARIABLE)
    folder = _named(named) if named else platformdirs.user_data_path("looplab", appauthor=False).absolute()
    if os.path.lexists(folder) and not folder.is_dir():
        where = f"the folder that {HOME_VARIABLE} names" if named else "the folder for your progress and notebooks"
        fix = f"Name another one in the environment variable {HOME_VARIABLE}."
        raise FileError(where, expected="a folder, or the name of a new one", got=f"the file {folder}", fix=fix)
    return folder


def cache_folder() -> Path:
    """The user's cache: executed lessons, built pages, machine code. Everything there can be made again."""
    return platformdirs.user_cache_path("looplab", appauthor=False).absolute()


def _named(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise FileError(
            f"the environment variable {HOME_VARIABLE}",
            expected="a folder",
            got=repr(text),
            fix="A ~ stands for your home, ~name for the home of a user that this system knows.",
        ) from error
