"""Callbacks around the steps of a training."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from looplab.errors import DivergenceError, RecipeError, shown
from looplab.loop.callbacks.callback import Callback, FunctionCallback, called
from looplab.loop.training import Training

__all__ = ["Watch", "checked_callbacks"]

Item = TypeVar("Item")


def checked_callbacks(callbacks: Iterable[Callback | Callable[[Training], object]]) -> list[Callback]:
    """The callbacks, functions among them as `FunctionCallback`.

    Raises:
        RecipeError: something else than a list of callbacks and functions.
    """
    expected = "a list of looplab.Callback objects and functions of the training"
    if not isinstance(callbacks, Iterable):
        raise RecipeError("callbacks", expected=expected, got=shown(callbacks), fix="Write callbacks=[look].")
    found = list(callbacks)
    for callback in found:
        if isinstance(callback, type) or not (isinstance(callback, Callback) or callable(callback)):
            fix = f"Make one: {callback.__name__}()." if isinstance(callback, type) else ""
            raise RecipeError("callbacks", expected=expected, got=shown(callback), fix=fix)
    return [each if isinstance(each, Callback) else FunctionCallback(each) for each in found]


class Watch:
    """Calls callbacks between the steps of a training; a context manager, which closes them at the end.

    Args:
        callbacks: in the order in which they are called.
        run_of: what makes a run of a training and its callbacks, for the error of one that diverged.
        checkpoint: called after all others, but the first to start: others then see a training that goes on.
    """

    def __init__(
        self,
        callbacks: Sequence[Callback],
        run_of: Callable[[Training, Sequence[Callback]], object],
        checkpoint: Callback | None = None,
    ) -> None:
        saving = [] if checkpoint is None else [checkpoint]
        self.callbacks = [*callbacks, *saving]
        self._starting = [*saving, *callbacks]
        self._run_of = run_of
        self._training: Training | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Watch":
        for callback in self.callbacks:
            self._stack.callback(called, callback, callback.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, DivergenceError) and self._training is not None:
            error.run = self._run_of(self._training, self.callbacks)
        self._stack.__exit__(kind, error, traceback)

    def steps(self, training: Training, batches: Iterator[Item]) -> Iterator[tuple[int, Item]]:
        """The number of each step, counted from 0, with its batch; callbacks are called before, between and after.

        Args:
            training: what they look at; its `step` is where the steps begin.
            batches: those of the steps, of which the first is taken once all callbacks have started.

        Raises:
            CallbackError: a callback failed.
            DivergenceError: the last update left a parameter infinite or NaN.
        """
        self._training = training
        for callback in self._starting:
            called(callback, callback.start, training)
        while not training.is_over:
            yield training.step, next(batches)
            training.step += 1
            for callback in self.callbacks:
                called(callback, callback.after_step, training)
        for callback in self.callbacks:
            called(callback, callback.end, training)
        training.history.finished(training.step)
