"""How far a training is, shown or told."""

from looplab.loop.callbacks.callback import Callback
from looplab.loop.progress import ProgressBar, listener
from looplab.loop.training import Training

__all__ = ["Progress"]


class Progress(Callback):
    """A bar on stderr once the training has lasted a second; where the training is part of a larger work, its count."""

    def __init__(self) -> None:
        self._bar: ProgressBar | None = None
        self._tell = listener()

    def start(self, training: Training) -> None:
        """Begin to count."""
        if self._tell is None:
            self._bar = ProgressBar(training.steps)
            self._tell = self._bar.update

    def after_step(self, training: Training) -> None:
        """Count a step."""
        assert self._tell is not None, "start comes first"
        self._tell(training.step)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
