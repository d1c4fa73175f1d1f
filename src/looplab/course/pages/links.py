"""A lesson's links: between pages for Sphinx, plain words in notebooks and posts."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from looplab.course.reading import Lesson
from looplab.course.reading.lesson import LESSON_FILE

__all__ = ["as_words", "relink", "to_pages"]

_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)")
_SHOWN = re.compile(r"(^```.*?^```|`+[^`\n]+`+)", re.MULTILINE | re.DOTALL)


def relink(text: str, change: Callable[[str, str], str]) -> str:
    """Rewrite the links of a piece of Markdown, outside fences and inline code.

    Args:
        text: Markdown.
        change: gets a link's text and target and gives what stands in its place.

    >>> relink("See [it](a.md) and `[x](y)`.", lambda text, target: f"{text} <{target}>")
    'See it <a.md> and `[x](y)`.'
    """
    parts = _SHOWN.split(text)
    parts[::2] = [_LINK.sub(lambda link: change(link["text"], link["target"]), part) for part in parts[::2]]
    return "".join(parts)


def to_pages(page: Lesson) -> Callable[[str], str]:
    """A function that rewrites the Markdown of a page: links to lessons then lead to what Sphinx reads for them.

    Args:
        page: the lesson, or another page of the course.
    """
    is_lesson = page.path.name == LESSON_FILE
    source_folder = page.place if is_lesson else page.place.parent

    def change(text: str, target: str) -> str:
        address = urlsplit(target)
        if address.scheme or not address.path:
            return f"[{text}]({target})"
        path = posixpath.normpath(source_folder / address.path)
        if posixpath.basename(path) == LESSON_FILE:
            path = f"{posixpath.dirname(path)}.ipynb"
        path = posixpath.relpath(path, page.place.parent)
        return f"[{text}]({address._replace(path=path).geturl()})"

    return lambda text: relink(text, change)


def as_words(text: str) -> str:
    """The Markdown for a notebook or a post: no other page lies beside it, so a link to one becomes its text."""
    return relink(text, lambda words, target: f"[{words}]({target})" if urlsplit(target).scheme else words)
