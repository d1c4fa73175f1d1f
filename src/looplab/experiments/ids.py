"""What the id of an experiment looks like."""

import re

from looplab.errors import ExperimentError

__all__ = ["require_id"]


def require_id(id: str) -> None:  # noqa: A002  # the word everyone uses
    """Raise an `ExperimentError` unless it is lower-case words with hyphens between."""
    if not isinstance(id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id):
        raise ExperimentError("id", expected="lower-case words with hyphens between", got=repr(id))
