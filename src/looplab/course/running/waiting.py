"""Running asynchronous code to completion from synchronous code."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

from anyio.from_thread import start_blocking_portal

__all__ = ["wait_for"]

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def wait_for(function: Callable[[*Arguments], Awaitable[Result]], *arguments: *Arguments) -> Result:
    """Call an asynchronous function and wait for its result.

    The function runs in its own thread with its own event loop, so this works where a loop is already running, as in
    every notebook. Ctrl-C ends it.
    """
    with start_blocking_portal() as portal:
        return portal.call(function, *arguments)
