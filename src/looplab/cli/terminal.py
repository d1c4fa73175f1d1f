"""Everything that the command line prints goes through here: what could steer a terminal is shown, not obeyed.

Names of files and columns, cells, exceptions and what a learner's code prints come from elsewhere. An escape sequence
in one could move the cursor, hide text or type answers of its own; a control character or a turned direction of
writing could show another name than there is. Only rich writes sequences, its own, and only where there is a terminal.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

__all__ = ["announce", "guard_streams", "on_one_line", "shown", "streams_as_they_were"]

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions of writing
    "\u2028\u2029\ufff9-\ufffb"  # line ends that others do not see, annotations
    "\ud800-\udfff\U000e0000-\U000e007f]"  # bytes that are no text, invisible tags
)
_OF_RICH = re.compile(r"(\x1b\[[0-9;]*m|\x1b\[\d*[ABGKJ]|\x1b\[\?25[hl]|\r)")


def shown(text: str) -> str:
    r"""The text with whatever could steer a terminal in the way that Python writes it.

    >>> print(shown("red \x1b[31m, back \r, round \u202e"))
    red \x1b[31m, back \r, round \u202e
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def on_one_line(text: str) -> str:
    """The same on one line."""
    return shown(" ".join(text.splitlines()) if "\n" in text else text)


def announce(sentence: str, *, quiet: bool = False) -> None:
    """Say on stderr what is about to happen, if somebody is watching a terminal and has not asked for quiet.

    Commands call this before they load what takes seconds, such as PyTorch.
    """
    if not quiet and sys.stderr.isatty():
        print(sentence, file=sys.stderr, flush=True)


class _Guard:
    """Takes the place of a text stream; writes what is shown, and hands everything else on to the stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._errors = stream, stream.errors
        _write_anything(stream)

    @contextmanager
    def lifted(self) -> Iterator[TextIO]:
        """The stream itself, as it was before."""
        if isinstance(self._stream, io.TextIOWrapper):
            self._stream.reconfigure(errors=self._errors)
        try:
            yield self._stream
        finally:
            _write_anything(self._stream)

    def write(self, text: str) -> int:
        """Write the text as it may stand there."""
        self._stream.write(self.filtered(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several."""
        for line in lines:
            self.write(line)

    def filtered(self, text: str) -> str:
        """What may stand there of a text."""
        return shown(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _GuardOfRich(_Guard):
    """What rich is given instead: on a terminal it may colour, and move within what it has written itself."""

    def filtered(self, text: str) -> str:
        """What may stand there of rich's text."""
        if not self._stream.isatty():
            return shown(text)
        return "".join(part if place % 2 else shown(part) for place, part in enumerate(_OF_RICH.split(text)))


def guard_streams() -> None:
    """From now on, whatever this process writes to its standard output and error is shown, not obeyed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, _Guard):
            continue
        guard: Any = _Guard(stream)
        guard.rich_proxied_file = _GuardOfRich(stream)  # rich asks for it by this name
        setattr(sys, name, guard)


@contextmanager
def streams_as_they_were() -> Iterator[None]:
    """Meanwhile, what is written to standard output and error comes through unchanged: a script's own output does."""
    before = sys.stdout, sys.stderr
    with ExitStack() as stack:
        for name, stream in zip(("stdout", "stderr"), before, strict=True):
            if isinstance(stream, _Guard):
                setattr(sys, name, stack.enter_context(stream.lifted()))
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


def _write_anything(stream: TextIO) -> None:
    """From now on, what the terminal's encoding lacks is written in the way that Python does."""
    if isinstance(stream, io.TextIOWrapper) and not stream.closed:
        stream.reconfigure(errors="backslashreplace")
