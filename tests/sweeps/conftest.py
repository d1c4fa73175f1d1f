"""Executors that tests can steer: they run work here, in whatever order and as often as is wanted."""

import random
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest


class Here:
    """Runs everything at once, in this process.

    Attributes:
        chunks: those that were asked for, in order.
    """

    _max_workers = 2

    def __init__(self) -> None:
        self.chunks: list[Any] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]":
        self.chunks.append(arguments[3] if len(arguments) > 3 else arguments)
        future: Future[Any] = Future()
        self.settle(future, lambda: function(*arguments))
        return future

    def settle(self, future: "Future[Any]", work: Callable[[], Any]) -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001  # as a worker would
            future.set_exception(error)


class Losing(Here):
    """Loses the first so many submissions with an error, after their work is done, as a network does."""

    def __init__(self, losses: int, error: Exception) -> None:
        super().__init__()
        self.losses, self.error = losses, error

    def settle(self, future: "Future[Any]", work: Callable[[], Any]) -> None:
        result = work()
        if self.losses > 0:
            self.losses -= 1
            future.set_exception(self.error)
        else:
            future.set_result(result)


class Asked:
    """A future that has to be asked: it works when it is, in random order, and calls nobody back."""

    def __init__(self, owner: "Shuffled", work: Callable[[], Any]) -> None:
        self._owner, self._work = owner, work
        self._returned: Any = None
        self._is_done = False

    def done(self) -> bool:
        if not self._is_done and self._owner.chance.random() < 0.3:
            self._returned, self._is_done = self._work(), True
        return self._is_done

    def result(self) -> Any:
        return self._returned


class Shuffled:
    """An executor of such futures."""

    num_workers = 5

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Asked:
        return Asked(self, lambda: function(*arguments))


@pytest.fixture
def executors() -> SimpleNamespace:
    return SimpleNamespace(Here=Here, Losing=Losing, Shuffled=Shuffled)
