"""The process in which a learner's file runs, seen from the judging one: asked, watched, and ended with its tree."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from looplab.course.answers import supervisor
from looplab.course.answers.channel import Mailbox, Question, Reply
from looplab.course.answers.judge import end_sentence, memory_sentence, time_sentence
from looplab.course.answers.limits import MEMORY_LIMIT_BYTES, AnswerEnded
from looplab.course.answers.memory_group import MemoryGroup, memory_group
from looplab.course.answers.process_tree import MARK, ProcessTree
from looplab.course.answers.signals import Stopping

__all__ = ["AnswerProcess", "answer_process"]

_MOST_WORDS = 2**20
_GRACE_SECONDS, _LOOK_SECONDS, _WEIGH_SECONDS = 2.0, 0.02, 0.2
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from looplab.course.answers.file_check_process import main; main()"
)


class AnswerProcess:
    """Asks the process, one thing at a time, and gives up on it when it takes too long or too much.

    Args:
        process: with pipes as its standard input and output.
        tree: what it starts.
        group: limits the memory of all together; None where the system has no such group.
        errors: what it writes to its standard error.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], tree: ProcessTree, group: MemoryGroup | None, errors: IO[bytes]
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._tree, self._group, self._errors = process, tree, group, errors
        self._mailbox = Mailbox(process.stdin, process.stdout)
        self._most_bytes, self._weighed = sys.maxsize, time.monotonic()

    def ask(self, want: str, name: str, *, seconds: float, told_seconds: float | None = None, **more: Any) -> Reply:
        """The reply to a question.

        Args:
            want: what; see `Question`.
            name: what a sentence calls the learner's code.
            seconds: how long it may take; a little more is waited for.
            told_seconds: what a sentence says of that; the same when left out.
            more: further fields of the question.

        Raises:
            AnswerEnded: there will be none: the process has ended, or takes too long or too much memory.
        """
        number = secrets.token_hex(16)
        self._mailbox.post(Question(number=number, want=want, seconds=seconds, **more))
        until = time.monotonic() + seconds + _GRACE_SECONDS
        while True:
            has_ended = self._process.poll() is not None
            reply = self._mailbox.take(_LOOK_SECONDS)
            if reply is not None and reply.number == number:
                return reply
            if reply is not None:
                continue
            if self._mailbox.is_garbled:
                raise AnswerEnded(f"{name} wrote into the pipe over which it is checked. Take os.write() out.")
            if has_ended and self._group is not None and self._group.was_full():
                raise AnswerEnded(memory_sentence(name))
            if has_ended:
                raise AnswerEnded(end_sentence(self._process.returncode, name))
            if time.monotonic() > until:
                raise AnswerEnded(time_sentence(name, seconds if told_seconds is None else told_seconds))
            self._weigh(name)

    def limit_memory(self) -> None:
        """From now on, the process and all that it starts may take that much more; without a group it is watched."""
        if self._group is not None:
            with suppress(OSError):
                self._group.limit(MEMORY_LIMIT_BYTES)
        self._most_bytes = self._tree.memory_bytes(sys.maxsize) + MEMORY_LIMIT_BYTES

    def last_words(self) -> str:
        """The last line that it has written to its standard error."""
        self._errors.seek(0)
        words = self._errors.read(_MOST_WORDS).decode(errors="replace").splitlines()
        return words[-1] if words else ""

    def close(self) -> None:
        """Ask nothing more; the process has ended."""
        self._mailbox.close()

    def _weigh(self, name: str) -> None:
        if time.monotonic() - self._weighed < _WEIGH_SECONDS:
            return
        self._weighed = time.monotonic()
        if self._tree.memory_bytes(self._most_bytes) > self._most_bytes:
            raise AnswerEnded(memory_sentence(name))


@contextmanager
def answer_process(folder: Path, stopping: Stopping) -> Iterator[AnswerProcess]:
    """The process; ended with all that it has started when the block ends.

    Args:
        folder: takes what it writes to its standard error, and is its home.
        stopping: the signals that end this process.
    """
    mark = secrets.token_hex(16)
    environment = dict(os.environ) | {"MPLBACKEND": "Agg", "LOOPLAB_HOME": str(folder), MARK: mark}
    search_path = json.dumps([entry for entry in sys.path if entry])
    with tempfile.TemporaryFile(dir=folder) as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", supervisor.__file__, _CHILD, search_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        tree = ProcessTree(process.pid, mark)
        group = memory_group(process.pid)
        running = AnswerProcess(process, tree, group, errors)
        try:
            yield running
        finally:
            with stopping.put_off():
                tree.end()
                if group is not None:
                    group.end()
                process.kill()
                process.wait()
                running.close()
