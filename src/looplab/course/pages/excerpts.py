"""The looplab code that a lesson shows, for pages, notebooks and posts."""

import re

from looplab.course.reading import Included
from looplab.course.reading.excerpts import excerpt

__all__ = ["included_box", "included_markdown"]


def included_markdown(included: Included) -> str:
    """The code as plain Markdown, its caption and its place below it, for notebooks and posts."""
    found = excerpt(included)
    return f"{_fenced(found.code)}\n\n*{included.caption}* ({found.place})"


def included_box(included: Included, caption: str) -> str:
    """The code as it stands on a page.

    Args:
        included: the code.
        caption: its caption as it is to be shown.
    """
    found = excerpt(included)
    return f"""\
`````{{container}} included
{{.included-place}}
{found.place}

{_fenced(found.code)}

{{.included-caption}}
{caption}
`````"""


def _fenced(code: str) -> str:
    longest = max([2, *(len(ticks) for ticks in re.findall(r"`{3,}", code))])
    fence = "`" * (longest + 1)
    return f"{fence}python\n{code}\n{fence}"
