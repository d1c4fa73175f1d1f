"""Messages between the process that judges an answer and the one in which it runs: bounded, each in a frame of its own.

Every reply carries the number that its question drew by chance, so that what was written at another time, or by
anything else that has the pipe, is taken for no reply.
"""

import queue
import struct
import threading
from contextlib import suppress
from typing import IO, Any, TypeVar

import msgspec
from msgspec import Struct

__all__ = ["Lost", "Mailbox", "Question", "Reply", "read_question", "write_message"]

_LENGTH = struct.Struct("<Q")
_MOST_BYTES = 64 * 2**20
_CLOSING_SECONDS = 2.0
_MOST_MESSAGES = 64  # that wait to be taken; whoever sends more is not answering


class Question(Struct, kw_only=True):
    """What the judging process wants.

    Attributes:
        number: drawn by chance; comes back with the reply.
        want: "start", "load" or "call".
        job: for "start".
        call: for "call": what is asked of the answer, pickled.
        seconds: how long it may take.
    """

    number: str
    want: str
    job: dict[str, Any] = {}
    call: bytes = b""
    seconds: float = 0.0


class Reply(Struct, kw_only=True):
    """What the learner's process says.

    Attributes:
        number: the question's.
        fault: why the code was stopped, a sentence; the check is over.
        wrong: what is wrong with a call, a sentence that the check may meet.
        value: for "load" the answer, packed; for "call" what was said to it.
        printed: what the learner's code has printed.
    """

    number: str
    fault: str = ""
    wrong: str = ""
    value: bytes = b""
    printed: str = ""


class Lost(Exception):  # noqa: N818 - what came from the other end, not an error of this one
    """What came is no message, and so nothing more is read."""


class Ended(Lost):
    """The other end has closed the pipe."""


def write_message(pipe: IO[bytes], message: Question | Reply) -> None:
    """Send a message; blocks until the other end has taken it."""
    content = msgspec.msgpack.encode(message)
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def read_question(pipe: IO[bytes]) -> Question:
    """The next question.

    Raises:
        Lost: there is none.
    """
    return _read(pipe, Question)


T = TypeVar("T", Question, Reply)


def _read(pipe: IO[bytes], kind: type[T]) -> T:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > _MOST_BYTES:
        raise Lost("a message that is too long")
    try:
        return msgspec.msgpack.decode(_exactly(pipe, length), type=kind)
    except (ValueError, RecursionError):
        raise Lost("no message") from None


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    content = pipe.read(length)
    if content is None or len(content) < length:
        raise Ended
    return content


class Mailbox:
    """The judging end: sends and receives in threads of their own, so that the other end can hold up nobody.

    Args:
        sending: the pipe to the other process.
        receiving: the pipe from it.

    Attributes:
        is_garbled: something came that is no reply, after which nothing is read.
    """

    def __init__(self, sending: IO[bytes], receiving: IO[bytes]) -> None:
        self._sending, self._receiving = sending, receiving
        self._out: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._in: queue.Queue[Reply] = queue.Queue(_MOST_MESSAGES)
        self.is_garbled = False
        self._threads = [
            threading.Thread(target=work, daemon=True, name="answer") for work in (self._send, self._receive)
        ]
        for thread in self._threads:
            thread.start()

    def post(self, question: Question) -> None:
        """Ask, without waiting until it is taken."""
        self._out.put(question)

    def take(self, seconds: float) -> Reply | None:
        """The next reply; None when none has come in that time."""
        try:
            return self._in.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Close both pipes, once the other process has ended."""
        self._out.put(None)
        for thread in self._threads:
            thread.join(_CLOSING_SECONDS)  # a process that has escaped may hold the pipe open

    def _send(self) -> None:
        try:
            while (question := self._out.get()) is not None:
                write_message(self._sending, question)
        except (OSError, ValueError):
            pass  # the other end is gone, which is found out elsewhere
        finally:
            _close(self._sending)

    def _receive(self) -> None:
        try:
            while True:
                self._in.put_nowait(_read(self._receiving, Reply))
        except (Lost, queue.Full) as error:
            self.is_garbled = not isinstance(error, Ended)
        except (OSError, ValueError):
            pass  # the pipe was closed
        finally:
            _close(self._receiving)


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not sent yet goes nowhere
        pipe.close()
