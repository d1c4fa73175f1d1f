"""Reading checklists, quizzes and predictions: task lists of plain Markdown."""

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from looplab.course.quiz.questions import (
    CHECKLIST,
    INTRODUCTION,
    QUIZ,
    Checklist,
    Option,
    Question,
    Task,
    is_prediction,
    question_id,
)

__all__ = ["read_checklists", "read_predictions", "read_quiz"]

_TASK = re.compile(r"\[(.)\](?:\s+|$)", re.DOTALL)


def read_checklists(tokens: Sequence[Token]) -> tuple[Checklist, ...]:
    """The lists in the section Checklist."""
    nodes = _section(tokens, CHECKLIST)
    return tuple(_checklist(node) for node in nodes if node.type == "bullet_list")


def read_quiz(tokens: Sequence[Token], lines: list[str]) -> tuple[Question, ...]:
    """The questions in the section Quiz, one per third-level heading, however faulty."""
    return tuple(_question(group, lines) for group in _groups(tokens, QUIZ))


def read_predictions(tokens: Sequence[Token], lines: list[str]) -> tuple[Question, ...]:
    """The questions in the section Introduction whose id is that of a prediction; each ends with its first list."""
    groups = [group for group in _groups(tokens, INTRODUCTION) if is_prediction(question_id(_id_and_text(group[0])[0]))]
    return tuple(_question(_to_first_list(group), lines) for group in groups)


def _groups(tokens: Sequence[Token], section: str) -> list[list[SyntaxTreeNode]]:
    """Each third-level heading of a section with what stands below it."""
    groups: list[list[SyntaxTreeNode]] = []
    for node in _section(tokens, section):
        if node.type == "heading" and node.tag == "h3":
            groups.append([node])
        elif groups:
            groups[-1].append(node)
    return groups


def _to_first_list(nodes: list[SyntaxTreeNode]) -> list[SyntaxTreeNode]:
    place = next((place for place, node in enumerate(nodes) if node.type == "bullet_list"), len(nodes) - 1)
    return nodes[: place + 1]


def _id_and_text(heading: SyntaxTreeNode) -> tuple[str, str]:
    id_, _, text = _inline(heading).partition(" ")
    return id_, text.strip()


def _section(tokens: Sequence[Token], name: str) -> Iterator[SyntaxTreeNode]:
    """The content below the second-level heading of that name."""
    inside = False
    for node in SyntaxTreeNode(tokens).children:
        if node.type == "heading" and node.tag in ("h1", "h2"):
            inside = node.tag == "h2" and _inline(node).strip() == name
        elif inside:
            yield node


def _question(nodes: list[SyntaxTreeNode], lines: list[str]) -> Question:
    heading, *rest = nodes
    id_, text = _id_and_text(heading)
    last = max((place for place, node in enumerate(rest) if node.type == "bullet_list"), default=-1)
    body = rest[:last] if last >= 0 else rest
    after = rest[last + 1 :] if last >= 0 else []
    return Question(
        id=id_,
        text=text,
        line=_first(heading),
        body="\n".join(lines[_first(body[0]) - 1 : _last(body[-1])]) if body else "",
        options=tuple(_option(item) for item in rest[last].children) if last >= 0 else (),
        end=_last(nodes[-1]),
        trailing=_first(after[0]) if after else 0,
    )


def _option(item: SyntaxTreeNode) -> Option:
    text, mark = _task(item)
    nested = [inner for child in item.children if child.type == "bullet_list" for inner in child.children]
    return Option(text, mark, tuple(_inline(inner) for inner in nested), _first(item))


def _checklist(node: SyntaxTreeNode) -> Checklist:
    tasks = tuple(Task(*_task(item), _first(item)) for item in node.children)
    return Checklist(tasks, _first(node), _last(node))


def _task(item: SyntaxTreeNode) -> tuple[str, str | None]:
    """An item's Markdown without its task mark, and the mark."""
    text = _inline(item)
    found = _TASK.match(text)
    return (text[found.end() :].strip(), found[1]) if found else (text, None)


def _inline(node: SyntaxTreeNode) -> str:
    """The Markdown of the node's first line of text, on one line."""
    inline = next((inner for inner in node.walk() if inner.type == "inline"), None)
    return " ".join(inline.content.split()) if inline is not None else ""


def _first(node: SyntaxTreeNode) -> int:
    return (node.map or (0, 0))[0] + 1


def _last(node: SyntaxTreeNode) -> int:
    return (node.map or (0, 0))[1]
