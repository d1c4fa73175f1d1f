"""How far a training is, shown or told."""

from collections.abc import Callable

from looplab.loop.callbacks.callback import Callback
from looplab.loop.progress import ProgressBar, listener
from looplab.loop.training import Training

__all__ = ["Progress"]


class Progress(Callback):
    """A bar on stderr once the training has lasted a second; where the training is part of a larger work, its count."""

    def __init__(self) -> None:
        self._update: Callable[[int], None] = listener() or (lambda _: None)
        self._bar: ProgressBar | None = None

    def start(self, training: Training) -> None:
        """Begin to count."""
        if listener() is None:
            self._bar = ProgressBar(training.steps)
            self._update = self._bar.update

    def after_step(self, training: Training) -> None:
        """Count a step."""
        self._update(training.step)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
