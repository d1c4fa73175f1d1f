"""Errors in a reader's own code, as one sentence with their place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

from looplab.errors import ExperimentError, LooplabError
from looplab.experiments.fingerprint import source_files

__all__ = ["mistakes_with_place"]


@contextmanager
def mistakes_with_place(path: Path, *, anywhere: bool = False) -> Iterator[None]:
    """Raise errors of an experiment's file, or of a file beside it that it imports, as one sentence.

    Args:
        path: the experiment's file.
        anywhere: whether an error counts as the file's even if none of its lines is involved.

    Raises:
        ExperimentError: names file, line and error; errors of other code pass through unchanged.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        place = _place(error, path) or (str(path) if anywhere else None)
        if place is None:
            raise
        raise ExperimentError(f"{place}: {_said(error)}") from error


def _place(error: BaseException, path: Path) -> str | None:
    """File and line of the reader's code that are nearest to the error."""
    main, *helpers = source_files(path)
    files = {str(main): path} | {str(file): path.parent / file.relative_to(main.parent) for file in helpers}
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 1))
    return next((f"{files[file]}:{line}" for file, line in reversed(places) if file in files), None)


def _said(error: BaseException) -> str:
    text = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    if isinstance(error, LooplabError):
        return text
    return f"{type(error).__name__}{f': {text}' if text else ''}"
