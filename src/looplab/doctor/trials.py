"""Trains copies of a training with one thing changed, to see whether that thing is the cause."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from looplab.doctor.parts import Parts
from looplab.doctor.randomness import own_random_state
from looplab.doctor.task import Score

__all__ = ["Outcome", "Trials"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a copy.

    Attributes:
        name: what was changed.
        train: how well the trained copy does, in evaluation mode, on rows it was trained with; None if none can tell.
        validation: the same on the validation data.
        failed: what its code raised, in a sentence; "" if nothing.
    """

    name: str
    train: Score | None
    validation: Score | None = None
    failed: str = ""

    @property
    def unexplained(self) -> float:
        """Share of the constant answer's loss that is left on the training rows; infinite where it is no number."""
        value = float("nan") if self.train is None else self.train.unexplained
        return value if value == value else float("inf")


class Trials:
    """Copies of a training, trained for as many epochs as it was, each change once.

    Args:
        parts: the training, which stays as it is.
        run: trains a copy, and says how well it does.
        seconds: of this thread's processor time that all trials may take together; once used up, `run` gives None.
    """

    def __init__(self, parts: Parts, run: Callable[[str, Parts], Outcome], seconds: float) -> None:
        self.parts = parts
        self._run = run
        self._left = seconds
        self._known: dict[tuple[str, int], Outcome] = {}

    def outcome(self, name: str, change: Callable[[Parts], Parts] | None = None, *, seed: int = 0) -> Outcome | None:
        """Train a copy after a change; None where no time is left.

        Args:
            name: what the change is, in words; the same name is trained once, whoever asks.
            change: makes the parts to train from a copy, which it may alter; None for the training as it is.
            seed: of torch's random state when the training begins: batch order, dropout.
        """
        if (name, seed) not in self._known:
            if self._left <= 0:
                return None
            began = time.thread_time()
            with own_random_state(seed):
                copy = self.parts.copied()
                self._known[name, seed] = self._run(name, copy if change is None else change(copy))
            self._left -= time.thread_time() - began
        return self._known[name, seed]
