"""How many cells a sheet of OpenDocument has once its repetitions are written out."""

from typing import IO
from xml.etree import ElementTree

__all__ = ["repeated_cells"]


def repeated_cells(content: IO[bytes]) -> int:
    """The number of cells of all rows that hold something, up to the last one in the row that does.

    One element stands for any number of equal cells, or of equal rows. What is empty to the end takes no memory.

    Args:
        content: the member `content.xml`.

    Raises:
        ElementTree.ParseError: it is no XML.
    """
    cells = width = filled = 0
    for _, element in ElementTree.iterparse(content):  # noqa: S314 - expat bounds entities, and the caller the size
        name = element.tag.rpartition("}")[2]
        if name in ("table-cell", "covered-table-cell"):
            width += _times(element, "number-columns-repeated")
            if len(element) or any(key.endswith("}value-type") for key in element.attrib):
                filled = width
        elif name == "table-row":
            cells += filled * _times(element, "number-rows-repeated")
            width = filled = 0
            element.clear()
    return cells


def _times(element: ElementTree.Element, name: str) -> int:
    text = next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 1
