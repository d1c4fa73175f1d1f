"""The watch as a callback of Lightning."""

import functools
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from looplab.doctor.belonging import held_by, model_within
from looplab.doctor.callbacks.called_first import Arguments, CalledFirst
from looplab.doctor.callbacks.following import Following
from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.finding import Finding, among_others
from looplab.doctor.watch_loop import Watch, require_options
from looplab.errors import optional_part

with optional_part("looplab.doctor.LightningWatch", "lightning"):
    if "lightning.pytorch" in sys.modules:  # the same under another name
        from lightning.pytorch import Callback
    else:
        from pytorch_lightning import Callback

__all__ = ["LightningWatch"]


class LightningWatch(Callback):
    """Watches what a Lightning `Trainer` fits, as `looplab.doctor.watch` does a loop.

    The model is the module that `training_step` calls first, if it has all parameters of the optimizer; else it is the
    `LightningModule` itself, whose answers are then not known, so that how well it does is not measured. The loss is a
    module of it that gives one number, or a function. Of several optimizers the first is watched, and all but NaN is
    only "worth a look". No number of the training changes::

        doctor = looplab.doctor.LightningWatch()
        Trainer(max_epochs=5, callbacks=[doctor]).fit(module, loader)
        print(doctor.diagnosis())

    Args:
        on_finding: called with each finding once, while the training goes on; whatever it raises ends the training.
        every: look at every N-th step (and the one after it), whatever that costs, rather than by time.

    Raises:
        DoctorError: an argument is not what it should be.
        MissingExtraError: when it is imported, Lightning is not installed.
    """

    def __init__(self, on_finding: Callable[[Finding], None] | None = None, every: int | None = None) -> None:
        require_options(on_finding, every)
        self._on_finding, self._every = on_finding, every
        self._following = Following("LightningWatch")
        self._finder: CalledFirst | None = None
        self._watch: Watch | None = None
        self._is_in_parts = self._are_several = False

    def diagnosis(self) -> Diagnosis:
        """What the rules find in the last training, or in the one that goes on.

        Raises:
            DoctorError: no training has begun.
        """
        found = self._following.diagnosis()
        if not self._are_several:
            return found
        note = "The first of several optimizers was watched, whose steps alternate: findings are only worth a look."
        return replace(found, findings=tuple(map(among_others, found.findings)), notes=(note, *found.notes))

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Look out for the model."""
        self._end(None)
        self._watch, self._is_in_parts = None, False
        optimizers = list(trainer.optimizers)
        self._are_several = len(optimizers) > 1
        if not optimizers:
            self._following.begin_without("configure_optimizers() gave no optimizer")
        elif self._are_several:
            others = [name for other in optimizers[1:] for name in held_by(other)]
            self._begin(model_within(pl_module, held_by(optimizers[0]), others), optimizers[0])
        else:
            self._following.begin_without("training_step() called no module with parameters")
            found = functools.partial(self._begin, optimizer=optimizers[0])
            self._finder = CalledFirst(
                pl_module,
                optimizers[0],
                lambda model, call, within: found(model, call=call, within_update=within),
                self._loss_is,
            )

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Begin a step, where no call of the model does."""
        if self._watch is not None and self._is_in_parts:
            self._watch.step_begins()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Look out no longer."""
        if self._finder is not None and self._finder.is_done:
            self._finder.close()
            self._finder = None

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Watch no longer."""
        self._end(None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Watch no longer; the findings so far are put beside the error."""
        self._end(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Watch no longer, however the training ended."""
        self._end(None)

    def _begin(
        self, model: nn.Module, optimizer: Any, *, call: Arguments | None = None, within_update: bool = False
    ) -> None:
        self._watch = self._following.begin(
            model, optimizer, on_finding=self._told, every=self._every, within_update=within_update
        )
        self._is_in_parts = call is None and not self._are_several
        if self._watch is not None and call is not None:
            self._watch.called(*call)
        elif self._watch is not None and self._is_in_parts:
            self._watch.step_begins()

    def _loss_is(self, module: nn.Module, call: Arguments) -> None:
        if self._watch is not None:
            self._watch.loss_is(module, *call)

    def _told(self, finding: Finding) -> None:
        if self._on_finding is not None:
            self._on_finding(among_others(finding) if self._are_several else finding)

    def _end(self, error: BaseException | None) -> None:
        if self._finder is not None:
            self._finder.close()
            self._finder = None
        self._following.end(error)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_finder": None, "_watch": None}
