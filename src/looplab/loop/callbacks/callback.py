"""What a callback is: something that looks at a training between its steps."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from looplab.errors import CallbackError, LooplabError
from looplab.loop.surroundings import in_a_line
from looplab.loop.training import Training

__all__ = ["Callback", "FunctionCallback", "called"]

Result = TypeVar("Result")


class Callback:
    """Looks at a training between its steps; may read everything in it, and stop it with `training.stop()`.

    Override what you need. A function of the training does as well: it is called as `after_step` would be. What draws
    random numbers from torch in a callback changes the training where the model draws some, too.

    >>> from looplab import Recipe, linear, load, train
    >>> def stop_when_low(training):
    ...     if training.loss < 0.5:
    ...         training.stop("low enough")
    >>> recipe = Recipe(optimizer="sgd", lr=0.1, steps=1000)
    >>> run = train(lambda: linear(2, 1), load("moons"), recipe, callbacks=[stop_when_low])
    >>> run.stopped, run.steps < 1000
    ('low enough', True)
    """

    def __str__(self) -> str:
        return type(self).__name__

    def start(self, training: Training) -> None:
        """Before the first step: of a training that goes on from a checkpoint, before the next one."""

    def after_step(self, training: Training) -> None:
        """After each step; `training.step` counts them from 1."""

    def end(self, training: Training) -> None:
        """After the last step, unless an error ended the training."""

    def close(self) -> None:
        """At the very end, whatever ended the training: close files and the like."""

    def state_dict(self) -> Mapping[str, Any]:
        """What a checkpoint keeps of the callback: tensors, numbers, text, and lists and dictionaries of them."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept; called before `start`."""


class FunctionCallback(Callback):
    """A function of a training, called after each step."""

    def __init__(self, function: Callable[[Training], object]) -> None:
        self._function = function

    def __str__(self) -> str:
        return str(getattr(self._function, "__name__", type(self._function).__name__))

    def after_step(self, training: Training) -> None:
        """Call it."""
        self._function(training)


def called(callback: Callback, method: Callable[..., Result], *arguments: object) -> Result:
    """Call a method of a callback.

    Raises:
        CallbackError: what the method raises, if it is no error of looplab's own.
    """
    try:
        return method(*arguments)
    except LooplabError:
        raise
    except Exception as error:  # the user's code, which may raise anything
        raise CallbackError(
            f"callback {callback}", expected="one that looks at a training and returns", got=in_a_line(error)
        ) from error
