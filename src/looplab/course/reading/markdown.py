"""Reading a lesson: CommonMark with tables, front matter and dollar math, each part with its line."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors.index import slugify
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from looplab.course.quiz.reading import read_checklists, read_predictions, read_quiz
from looplab.course.reading.exercises import read_exercises
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Fence, Formula, Heading, Italic, Link, RawHtml
from looplab.errors import LessonError
from looplab.files import converted, read_bounded

__all__ = ["parse", "read_lesson", "read_title"]

_LONGEST_FRONT_MATTER = 20_000  # characters
_MOST_BYTES = 4 * 2**20  # of a lesson


def read_lesson(path: Path) -> Lesson:
    """Read a lesson, however faulty it is; `check_lesson` says what is wrong with it.

    Raises:
        LessonError: the file cannot be read, or is not UTF-8.
    """
    try:
        return _parse_once(path, read_bounded(path, most_bytes=_MOST_BYTES))
    except OSError as error:
        raise LessonError(path, 1, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LessonError(path, error.object[: error.start].count(b"\n") + 1, "is not UTF-8 text") from error


def read_title(path: Path) -> str:
    """The title in a lesson's front matter alone, which is read many times faster than the lesson; "" without one."""
    text = read_bounded(path, most_bytes=_MOST_BYTES).decode(errors="replace").replace("\r\n", "\n")
    end = text.find("\n---", 3)
    front, _, _ = _front_matter(_markdown().parse(text[: end + 5] if end >= 0 else ""))
    title = front.get("title", "")
    return title if isinstance(title, str) else ""


@lru_cache(maxsize=64)
def _parse_once(path: Path, content: bytes) -> Lesson:
    return parse(content.decode().replace("\r\n", "\n"), path)


def parse(text: str, path: Path) -> Lesson:
    """Parse a lesson from its text; the path gives it its number."""
    tokens = _markdown().parse(text)
    front, front_lines, front_error = _front_matter(tokens)
    headings = tuple(_headings(tokens))
    fences = tuple(_fences(tokens, text.splitlines(), headings))
    inline = [token for token in tokens if token.type == "inline"]
    return Lesson(
        path=path,
        text=text,
        front=front,
        front_lines=front_lines,
        front_error=front_error,
        headings=headings,
        fences=fences,
        exercises=read_exercises(tokens, headings, fences, text.splitlines()),
        formulas=tuple(_formulas(tokens, inline)),
        links=tuple(_links(inline)),
        html=tuple(_html(tokens, inline)),
        italics=tuple(_italics(inline)),
        checklists=read_checklists(tokens),
        quiz=read_quiz(tokens, text.splitlines()),
        predictions=read_predictions(tokens, text.splitlines()),
    )


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(dollarmath_plugin, double_inline=True)


def _line(token: Token) -> int:
    return (token.map or [0, 0])[0] + 1


def _front_matter(tokens: list[Token]) -> tuple[dict[str, object], int, str]:
    token = next((token for token in tokens if token.type == "front_matter"), None)
    if token is None:
        return {}, 0, ""
    lines = (token.map or [0, 0])[1]
    try:
        return _fields(token.content), lines, ""
    except (yaml.YAMLError, ValueError) as error:  # a ValueError for a date that no calendar has
        return {}, lines, " ".join(str(error).split())
    except RecursionError:
        return {}, lines, "it is nested too deeply"


class _FrontMatterLoader(yaml.SafeLoader):
    """YAML without aliases, by which a few lines stand for more than any memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases."""
        if self.check_event(yaml.AliasEvent):
            raise ValueError("an alias, which front matter has no use for: write the value out")
        return super().compose_node(parent, index)


def _fields(text: str) -> dict[str, Any]:
    """Raises ValueError or a YAMLError when the text is anything but a few fields."""
    if len(text) > _LONGEST_FRONT_MATTER:
        raise ValueError(f"it is {len(text):,} characters long, more than {_LONGEST_FRONT_MATTER:,}")
    loaded = yaml.load(text, _FrontMatterLoader)  # noqa: S506 - a safe loader
    if not isinstance(loaded, dict):
        raise ValueError("it is not a list of 'field: value' lines")
    return converted(loaded, dict[str, Any])


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    seen: dict[str, int] = {}
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            slug = slugify("".join(child.content for child in content.children or [] if child.type in _HEADING_TEXT))
            again = seen.get(slug, 0)
            seen[slug] = again + 1
            anchor = f"{slug}-{again}" if again else slug
            yield Heading(int(opening.tag[1]), content.content, anchor, _line(opening))


_HEADING_TEXT = ("text", "code_inline", "math_inline")


def _fences(tokens: list[Token], lines: list[str], headings: tuple[Heading, ...]) -> Iterator[Fence]:
    for token in tokens:
        if token.type == "fence":
            start, end = token.map or [0, 0]
            closing = lines[end - 1].strip(" >") if end <= len(lines) else ""
            closed = end - 1 > start and closing.startswith(token.markup) and not closing.strip(token.markup[0])
            swallowed = re.search(rf"^{token.markup}\w", token.content, re.MULTILINE)  # the beginning of the next fence
            section = [heading.text for heading in headings if heading.level == 2 and heading.line <= start]
            yield Fence(
                language=(token.info.split() or [""])[0],
                source=token.content,
                line=start + 1,
                end=end,
                closed=closed and not swallowed,
                nested=token.level > 0,
                section=section[-1] if section else "",
                argument=" ".join(token.info.split()[1:]),
            )


def _formulas(tokens: list[Token], inline: Iterable[Token]) -> Iterator[Formula]:
    for token in tokens:
        if token.type.startswith("math_block"):
            yield Formula(token.content, _line(token))
    for child, line in _children(inline):
        if child.type.startswith("math_inline"):
            yield Formula(child.content, line)


def _links(inline: Iterable[Token]) -> Iterator[Link]:
    for child, line in _children(inline):
        if child.type == "link_open":
            yield Link(str(child.attrs.get("href", "")), "", line)
        elif child.type == "image":
            yield Link(str(child.attrs.get("src", "")), child.content, line, image=True)


def _html(tokens: list[Token], inline: Iterable[Token]) -> Iterator[RawHtml]:
    for token in tokens:
        if token.type == "html_block":
            yield RawHtml(token.content, _line(token))
    for child, line in _children(inline):
        if child.type == "html_inline" and not child.content.startswith("</"):
            yield RawHtml(child.content, line)


def _italics(inline: Iterable[Token]) -> Iterator[Italic]:
    began, words = 0, ""
    for child, line in _children(inline):
        if child.type == "em_open":
            began, words = line, ""
        elif child.type == "em_close":
            yield Italic(" ".join(words.split()), began)
            began = 0
        elif began:
            words += " " if child.type in ("softbreak", "hardbreak") else child.content


def _children(inline: Iterable[Token]) -> Iterator[tuple[Token, int]]:
    """The inline tokens, each with its line: the paragraph's, plus the line breaks before the token."""
    for token in inline:
        line = _line(token)
        for child in token.children or []:
            yield child, line
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type.startswith(("math_inline", "code_inline")):
                line += child.content.count("\n")
