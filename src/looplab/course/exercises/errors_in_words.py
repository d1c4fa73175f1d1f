"""The learner's exceptions in one sentence each, with the learner's own line number."""

import linecache
import re
import sysconfig
from pathlib import Path
from types import TracebackType

from looplab.content import CONTENT_PACKAGES
from looplab.words import in_plain_words

__all__ = ["cut", "describe_error", "error_text", "learner_line", "name_of"]

_LIBRARY_FOLDERS = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    | {str(Path(__file__).resolve().parents[2])}
)
_OURS = ("looplab.", CONTENT_PACKAGES)
_LEARNER_MARKS = ("<answer", "<ipython-input", "<python-input", "<stdin")
_CELL = re.compile(r"<answer cell (\d+)>")
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc", "out of memory")
_IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor",
    "plt": "import matplotlib.pyplot as plt",
    "np": "import numpy as np",
    "math": "import math",
}
_LONGEST_MESSAGE, _LONGEST_LINE = 300, 80


def name_of(answer: object) -> str:
    """What to call an answer in a sentence: the name of its function or class, or "answer" if it has none."""
    name = getattr(answer, "__name__", type(answer).__name__)
    return name if name.isidentifier() else "answer"


def describe_error(error: BaseException, name: str) -> str:
    """What went wrong, as a sentence about the answer of that name.

    Args:
        error: what the learner's code raised.
        name: what is at fault, "your swish" or "your file".
    """
    line = learner_line(error.__traceback__)
    place = f" at {line}" if line else ""
    text = cut(in_plain_words(error_text(error)))
    if isinstance(error, NotImplementedError) and raised_by_learner(error.__traceback__):
        return f"{name} is still the stub: write its body in place of the line that raises NotImplementedError."
    if is_out_of_memory(error):
        return f"{name} asked for more memory than a check may use{place}. The task needs only small tensors."
    if isinstance(error, RecursionError):
        return f"{name} calls itself without end{place}. Does something inside it carry its own name?"
    if isinstance(error, SystemExit):
        return f"{name} ended the program{place}. Take the call of exit() out."
    if isinstance(error, EOFError) and "input()" in text:
        return f"{name} asks for input(){place}, but nobody is there to type during a check. Use the arguments instead."
    if isinstance(error, NameError) and error.name in _IMPORTS:
        return f"{name} uses {error.name}{place} before it is imported. Begin with: {_IMPORTS[error.name]}"
    if isinstance(error, TypeError) and not line:
        return f"{name} could not be called as the exercise says: {text}. Compare its signature with the stub's."
    sentence = f"{name} raised {type(error).__name__}{place}{f': {text}' if text else ''}"
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, NumPy or PyTorch reports that memory has run out."""
    said = error_text(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(words in said for words in _OUT_OF_MEMORY)
    )


def learner_line(traceback: TracebackType | None) -> str:
    r"""The innermost line of the learner's own code, "line 3 (`return x.sigmod()`)"; "" if there is none.

    >>> try:
    ...     exec(compile("x = 1\nx.shape", "<answer cell 7>", "exec"), {})
    ... except AttributeError as error:
    ...     print(learner_line(error.__traceback__))
    line 2 of cell 7
    """
    frames = [(file, line) for file, line in _frames(traceback) if _is_learners(file)]
    if not frames:
        return ""
    file, line = frames[-1]
    source = linecache.getline(file, line).strip()
    shown = f" (`{cut(source, _LONGEST_LINE)}`)" if source else ""
    cell = _CELL.fullmatch(file)
    return f"line {line}{f' of cell {cell[1]}' if cell else ''}{shown}"


def raised_by_learner(traceback: TracebackType | None) -> bool:
    """Whether the learner's own code raised it, not a library that it calls."""
    frames = list(_frames(traceback))
    return bool(frames) and _is_learners(frames[-1][0])


def error_text(error: BaseException) -> str:
    """The error's own words; "" if even asking for them fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception class of the learner may do anything here
        return ""


def cut(text: str, length: int = _LONGEST_MESSAGE) -> str:
    """The text on one line, its end replaced by "…" if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _frames(traceback: TracebackType | None) -> list[tuple[str, int]]:
    frames = []
    while traceback is not None:
        if not traceback.tb_frame.f_globals.get("__name__", "").startswith(_OURS):
            frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def _is_learners(file: str) -> bool:
    if file.startswith("<"):
        return file.startswith(_LEARNER_MARKS)
    return not file.startswith(_LIBRARY_FOLDERS)
