"""The looplab code that a lesson shows, for pages, notebooks and posts."""

import re

from looplab.course.reading import Included
from looplab.course.reading.excerpts import excerpt

__all__ = ["included_box", "included_markdown", "python_fence"]


def included_markdown(included: Included) -> str:
    """The code as plain Markdown, its caption and its place below it, for notebooks and posts."""
    found = excerpt(included)
    return f"{python_fence(found.code)}\n\n*{included.caption}* ({found.place})"


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

{python_fence(found.code)}

{{.included-caption}}
{caption}
`````"""


def python_fence(code: str) -> str:
    """A fence around code, longer than any backticks in it."""
    longest = max([2, *(len(ticks) for ticks in re.findall(r"`{3,}", code))])
    fence = "`" * (longest + 1)
    return f"{fence}python\n{code}\n{fence}"
