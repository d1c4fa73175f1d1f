"""The watch as a callback of Hugging Face's `Trainer`."""

import functools
from collections.abc import Callable
from typing import Any

import torch

from looplab.doctor.callbacks.following import Following
from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.finding import Finding
from looplab.doctor.watch_loop import require_options
from looplab.errors import optional_part

with optional_part("looplab.doctor.TransformersWatch", "transformers"):
    import accelerate  # noqa: F401 - what the Trainer cannot do without, and complains of only when it is made
    from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["TransformersWatch"]


class TransformersWatch(TrainerCallback):
    """Watches the trainings of a `transformers.Trainer`, as `looplab.doctor.watch` does a loop.

    It watches the trainer's model and optimizer, from the beginning of `train` to its end, whatever ends it; the loss
    lies within the model. Labels of whole rows are the targets. No number of the training changes::

        doctor = looplab.doctor.TransformersWatch()
        Trainer(model=model, args=args, train_dataset=data, callbacks=[doctor]).train()
        print(doctor.diagnosis())

    Args:
        on_finding: called with each finding once, while the training goes on; whatever it raises ends the training.
        every: look at every N-th step (and the one after it), whatever that costs, rather than by time.

    Raises:
        DoctorError: an argument is not what it should be.
        MissingExtraError: when it is imported, transformers or accelerate is not installed.
    """

    def __init__(self, on_finding: Callable[[Finding], None] | None = None, every: int | None = None) -> None:
        require_options(on_finding, every)
        self._on_finding, self._every = on_finding, every
        self._following = Following("TransformersWatch")
        _have_errors_told()

    def diagnosis(self) -> Diagnosis:
        """What the rules find in the last training, or in the one that goes on.

        Raises:
            DoctorError: no training has begun.
        """
        return self._following.diagnosis()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin to watch."""
        optimizer: Any = kwargs.get("optimizer")
        while isinstance(getattr(optimizer, "optimizer", None), torch.optim.Optimizer):
            optimizer = optimizer.optimizer  # accelerate's stands around the one whose step is called
        self._following.begin(kwargs.get("model"), optimizer, on_finding=self._on_finding, every=self._every)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Watch no longer."""
        self._following.end()


def _have_errors_told() -> None:
    """Have `Trainer.train` end the watches of its trainer where it raises, for which there is no event."""
    train = Trainer.train
    if hasattr(train, "_tells_watches"):
        return

    @functools.wraps(train)
    def telling(trainer: Trainer, *args: Any, **kwargs: Any) -> Any:
        try:
            return train(trainer, *args, **kwargs)
        except BaseException as error:
            for callback in trainer.callback_handler.callbacks:
                if isinstance(callback, TransformersWatch):
                    callback._following.end(error)
            raise

    telling._tells_watches = True  # type: ignore[attr-defined]  # the mark by which it is known again
    Trainer.train = telling
