"""Words for messages."""

__all__ = ["count", "few", "printable"]

from collections.abc import Iterable


def count(number: int, what: str) -> str:
    """The number with its noun: "1 row", "2 rows"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def few(names: Iterable[object], most: int = 8) -> str:
    """The names, with an ellipsis if there are more than the limit."""
    every = [printable(name) for name in names]
    return ", ".join(every[:most]) + (", …" if len(every) > most else "")


def printable(text: object) -> str:
    """A name or value safe to print to a terminal: control characters are shown, not obeyed."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(text))
