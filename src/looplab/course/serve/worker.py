"""Building pages in a process of its own: both ends of the pipe.

The server's end writes one line a page, its path as JSON; the other end answers with lines that say what is being done
and, last, the faults.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import IO

from looplab.course.serve.fast_start import import_jsonschema
from looplab.errors import LooplabError
from looplab.files.system_errors import file_error

__all__ = ["WorkerProcess", "main"]

SECONDS_TO_END = 2.0


class WorkerProcess:
    """The server's end: starts the process and talks to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "looplab.course.serve.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the server, which then calls `stop`
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout

    def build(self, page: str, report: Callable[[str], None]) -> str:
        """Build a page and say on the way what is being done; return the faults, one a line.

        Raises:
            OSError: the process has ended.
        """
        try:
            self._questions.write(json.dumps(page) + "\n")
            self._questions.flush()
            for line in self._answers:
                kind, text = json.loads(line)
                if kind == "done":
                    return str(text)
                report(str(text))
        except ValueError as error:  # the pipe was closed by `stop`
            raise BrokenPipeError("stopped") from error
        raise BrokenPipeError(f"exit status {self._process.wait()}")

    def stop(self) -> None:
        """End the process with whatever it runs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):
            self._questions.close()
            self._answers.close()


def main() -> None:
    """The other end: build what is asked for until the pipe is closed."""
    signal.signal(signal.SIGTERM, _end)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer

    import_jsonschema()
    from looplab.course.pages import CourseBuilder

    builder = CourseBuilder()
    for line in sys.stdin:
        _answer(builder.build, json.loads(line), answers)


def _answer(build: Callable[[str, Callable[[str], None]], object], page: str, answers: IO[str]) -> None:
    def say(kind: str, text: str) -> None:
        answers.write(json.dumps([kind, text]) + "\n")
        answers.flush()

    faults = ""
    try:
        build(page, lambda text: say("doing", text))
    except LooplabError as error:
        faults = str(error)
    except OSError as error:
        faults = str(file_error(error.filename or page, error, expected="a page that can be built"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the page that waits must say so
        faults = f"{page}: {type(error).__name__}: {error}"
    say("done", faults)


def _end(sig: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + sig)


if __name__ == "__main__":
    main()
