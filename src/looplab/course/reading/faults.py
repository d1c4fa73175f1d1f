"""A fault in a lesson: where it is and why it is one."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Fault"]


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong with a lesson.

    Args:
        path: the lesson's file.
        line: the line, counted from 1.
        reason: what is wrong and what would be right instead.

    >>> print(Fault(Path("1.2-a-step/lesson.md"), 12, "HTML is not allowed"))
    1.2-a-step/lesson.md:12: HTML is not allowed
    """

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        path = self.path
        if path.is_absolute() and path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return f"{path}:{self.line}: {self.reason}"
