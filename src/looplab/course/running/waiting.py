"""Running asynchronous code to its end from code that is not asynchronous."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

from anyio.from_thread import start_blocking_portal

__all__ = ["wait_for"]

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def wait_for(function: Callable[[*Arguments], Awaitable[Result]], *arguments: *Arguments) -> Result:
    """Call an asynchronous function and wait for its result.

    It runs in an event loop of its own in a thread of its own, so that it can be called where a loop runs already, as
    in every notebook. Ctrl-C ends it.
    """
    with start_blocking_portal() as portal:
        return portal.call(function, *arguments)
