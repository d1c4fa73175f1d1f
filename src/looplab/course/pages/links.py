"""A lesson's links: between pages for Sphinx, plain words in notebooks and posts."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from looplab.course.reading import Lesson
from looplab.course.reading.lesson import LESSON_FILE

__all__ = ["as_words", "elsewhere", "relink", "to_pages"]

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

    def change(text: str, target: str) -> str:
        address = urlsplit(target)
        if address.scheme or not address.path:
            return f"[{text}]({target})"
        path = posixpath.relpath(_path_of(page, address.path, ".ipynb"), page.place.parent)
        return f"[{text}]({address._replace(path=path).geturl()})"

    return lambda text: relink(text, change)


def elsewhere(page: Lesson, pages: str) -> Callable[[str], str]:
    """A function that rewrites the Markdown of a lesson for a notebook or a post, which no page lies beside.

    Args:
        page: the lesson.
        pages: the address under which the built pages lie, "https://example.org/course"; links lead there. Where it
            is empty, a link to a page becomes its text.
    """
    if not pages:
        return as_words

    def change(text: str, target: str) -> str:
        address = urlsplit(target)
        if address.scheme:
            return f"[{text}]({target})"
        path, ending = posixpath.splitext(_path_of(page, address.path, ".html"))
        path = f"{pages.rstrip('/')}/{path}{'.html' if ending == '.md' else ending}"
        return f"[{text}]({path}{f'#{address.fragment}' if address.fragment else ''})"

    return lambda text: relink(text, change)


def _path_of(page: Lesson, path: str, ending: str) -> str:
    """Where a link of a lesson, or of another page, leads among the pages; an empty path is the page's own."""
    if not path:
        return f"{page.place}{ending}"
    folder = page.place if page.path.name == LESSON_FILE else page.place.parent
    whole = posixpath.normpath(folder / path)
    return f"{posixpath.dirname(whole)}{ending}" if posixpath.basename(whole) == LESSON_FILE else whole


def as_words(text: str) -> str:
    """The Markdown for a notebook or a post: no other page lies beside it, so a link to one becomes its text."""
    return relink(text, lambda words, target: f"[{words}]({target})" if urlsplit(target).scheme else words)
