"""Running a lesson's code: in a fresh kernel and an empty folder; the result is the output of each fence."""

import logging
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Fence
from looplab.course.running.waiting import wait_for
from looplab.errors import LessonError
from looplab.files import make_folder, write_whole

__all__ = ["CELL_LIMIT_SECONDS", "Execution", "execute", "execute_async"]

CELL_LIMIT_SECONDS = 180
"""A fence that runs longer than this is assumed to hang."""

_IN_CELL = re.compile(r"Cell In\[(\d+)\], line (\d+)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_KERNEL_CONFIG = """\
c = get_config()
c.InlineBackend.figure_formats = {"retina", "svg"}
c.IPKernelApp.log_level = "ERROR"
"""
_MATPLOTLIB = """\
# matplotlib's own defaults, but SVG with its texts as text
svg.fonttype: none
svg.hashsalt: looplab
"""


@dataclass(frozen=True)
class Execution:
    """The result of running a lesson's code.

    Attributes:
        outputs: for each of the lesson's cells, its outputs as a notebook holds them.
        seconds: what it takes on an otherwise idle machine, including the start of the kernel: the wall time or the
            processor time, whichever is less, because a busy machine makes a lesson wait.
    """

    outputs: tuple[tuple[Any, ...], ...]
    seconds: float


def execute(lesson: Lesson, report: Callable[[int, int], object] | None = None) -> Execution:
    """The same as `execute_async`, for code that is not asynchronous."""
    return wait_for(execute_async, lesson, report)


async def execute_async(lesson: Lesson, report: Callable[[int, int], object] | None = None) -> Execution:
    """Run a lesson's python fences in order in a fresh kernel whose working folder is new and empty.

    The learner's own IPython and matplotlib settings are not used; the figures come out as SVG and as PNG, the latter
    at twice their size for sharp screens.

    Args:
        lesson: the lesson.
        report: called at the beginning, with 0, and after each fence with its position, counted from 1; the other
            argument is the number of fences.

    Raises:
        LessonError: a fence raises, hangs or kills its kernel; the error names the file, the line and the reason.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    cells = lesson.cells
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(fence.source) for fence in cells])
    position, processor_seconds = 0, 0.0

    def done(cell: Any, cell_index: int, **_: Any) -> None:
        nonlocal position, processor_seconds
        position, processor_seconds = cell_index + 1, _processor_seconds(client)
        if report is not None:
            report(position, len(cells))

    begin = time.monotonic()
    if report is not None:
        report(0, len(cells))
    with tempfile.TemporaryDirectory(prefix="looplab-lesson-") as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_LIMIT_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(_working_folder(Path(folder)))}},
            on_cell_executed=done,
            coalesce_streams=True,  # text printed in two pieces is one output
            log=_quiet(),
        )
        try:
            if cells:
                await client.async_execute(env=_environment(Path(folder)))
        except CellExecutionError as error:
            raise _raised(lesson, error, notebook.cells) from error
        except CellTimeoutError as error:
            raise LessonError(
                lesson.path, cells[position].line, f"the code ran longer than {CELL_LIMIT_SECONDS} s"
            ) from error
        except DeadKernelError as error:
            raise LessonError(lesson.path, cells[position].line, "the code ended its Python process") from error
    outputs = tuple(tuple(cell.outputs) for cell in notebook.cells)
    return Execution(outputs, min(time.monotonic() - begin, processor_seconds))


def _processor_seconds(client: Any) -> float:
    """The processor time the kernel's process has used so far."""
    times = psutil.Process(client.km.provisioner.pid).cpu_times()
    return float(times.user + times.system)


def _quiet() -> logging.Logger:
    """A log that hides what nbclient reports about every run."""
    log = logging.getLogger("looplab.kernel")
    log.setLevel(logging.ERROR)
    return log


def _working_folder(folder: Path) -> Path:
    """A folder, empty except for settings that shield the run from the learner's own."""
    profile = folder / "ipython" / "profile_default"
    write_whole(profile / "ipython_kernel_config.py", _KERNEL_CONFIG)
    write_whole(folder / "matplotlibrc", _MATPLOTLIB)
    return make_folder(folder / "work")


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _raised(lesson: Lesson, error: Any, cells: list[Any]) -> LessonError:
    """The error, with the line of the lesson that the innermost frame of its own code had reached."""
    failing = next(index for index, cell in enumerate(cells) if _error_output(cell) is not None)
    output = _error_output(cells[failing])
    fences = lesson.cells
    line = fences[failing].line
    frames = _IN_CELL.findall(_COLOURS.sub("", "\n".join(output.traceback)))
    if frames:
        by_count = {str(cell.execution_count): fence for cell, fence in zip(cells, fences, strict=True)}
        count, offset = frames[-1]
        fence: Fence = by_count.get(count, fences[failing])
        line = fence.line + int(offset)
    reason = " ".join(f"{error.ename}: {error.evalue}".split())
    return LessonError(lesson.path, line, f"the code raises {reason}")


def _error_output(cell: Any) -> Any:
    return next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)
