"""What search looks into: the text of every section of every page, as a script that a page from disk may load."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from looplab.files import write_whole

__all__ = ["write_search_data"]

FILE = "search-data.js"

_SIGNS = re.compile(r"\\(?:left|right|math[a-z]+|text|operatorname|[a-z]?frac|[Bb]ig+[lr]?)\b|\\[,;:!> ]|[\\{}]")
"""What of a formula's source says how it is set, which nobody looks for."""

Section = tuple[int, str, str, str]
"""The page by its place in the list of pages, the section's title, its anchor, and its text without those below it."""


def write_search_data(environment: Any, output: Path) -> None:
    """Write the file anew, from all pages that Sphinx has read so far.

    Args:
        environment: Sphinx's.
        output: the folder of the pages.
    """
    pages: list[tuple[str, str]] = []
    sections: list[Section] = []
    for name in sorted(environment.found_docs):
        found = list(_sections(environment.get_doctree(name), len(pages)))
        if found:
            pages.append((f"{name}.html", found[0][1]))
            sections += found
    text = json.dumps([pages, sections], ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    write_whole(output / FILE, f"{_HEAD}{text});\n")


_HEAD = (
    "window.looplabSections=(([pages,sections])=>"
    "sections.map(([page,title,anchor,text])=>[pages[page],title,anchor,text]))("
)


def _sections(doctree: Any, page: int) -> Iterator[Section]:
    from docutils import nodes

    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        is_first = section.parent is doctree
        anchor = "" if is_first or not section["ids"] else section["ids"][0]
        parts = (_text(child) for child in section.children if not isinstance(child, nodes.section | nodes.title))
        yield page, _text(title), anchor, " ".join(" ".join(parts).split())


def _text(node: Any) -> str:
    """What a reader can read of a node: no HTML, whose text is that of figures and boxes, and no list of pages."""
    from docutils import nodes
    from sphinx.addnodes import toctree

    if isinstance(node, nodes.raw | nodes.comment | toctree):
        return ""
    if isinstance(node, nodes.math | nodes.math_block):
        return _SIGNS.sub(" ", node.astext())
    if isinstance(node, nodes.Text):
        return str(node)
    between = "" if isinstance(node, nodes.TextElement) else " "
    return between.join(_text(child) for child in node.children)
