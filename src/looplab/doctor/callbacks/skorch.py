"""The watch as a callback of skorch."""

import functools
from collections.abc import Callable
from typing import Any

from looplab.doctor.callbacks.following import Following
from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.finding import Finding
from looplab.doctor.watch_loop import require_options
from looplab.errors import optional_part

with optional_part("looplab.doctor.SkorchWatch", "skorch"):
    from skorch.callbacks import Callback

__all__ = ["SkorchWatch"]


class SkorchWatch(Callback):
    """Watches the trainings of a net of skorch, as `looplab.doctor.watch` does a loop.

    It watches `net.module_`, `net.optimizer_` and `net.criterion_`, from the beginning of each `fit` or `partial_fit`
    to its end, whatever ends it. No number of the training changes.

    Args:
        on_finding: called with each finding once, while the training goes on; whatever it raises ends the training.
        every: look at every N-th step (and the one after it), whatever that costs, rather than by time.

    Raises:
        DoctorError: an argument is not what it should be.
        MissingExtraError: when it is imported, skorch is not installed.

    Examples:
        >>> import torch, looplab.doctor
        >>> from skorch import NeuralNetRegressor
        >>> doctor = looplab.doctor.SkorchWatch()
        >>> frozen = torch.nn.Linear(3, 1).requires_grad_(False)
        >>> model = torch.nn.Sequential(torch.nn.Linear(3, 3), frozen)
        >>> net = NeuralNetRegressor(model, lr=0.01, max_epochs=20, callbacks=[doctor], verbose=0)
        >>> x = torch.randn(256, 3)
        >>> _ = net.fit(x, x.sum(dim=1, keepdim=True))
        >>> doctor.diagnosis().findings[0].fault
        'frozen_layers'
    """

    def __init__(self, on_finding: Callable[[Finding], None] | None = None, every: int | None = None) -> None:
        require_options(on_finding, every)
        self.on_finding, self.every = on_finding, every
        self.following_ = Following("SkorchWatch")

    def diagnosis(self) -> Diagnosis:
        """What the rules find in the last training, or in the one that goes on.

        Raises:
            DoctorError: no training has begun.
        """
        return self.following_.diagnosis()

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Begin to watch."""
        parts = (getattr(net, name, None) for name in ("module_", "optimizer_", "criterion_"))
        self.following_.begin(*parts, on_finding=self.on_finding, every=self.every)
        _tell_of_errors(net, self.following_)

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Watch no longer."""
        vars(net).pop("fit_loop", None)
        self.following_.end()


def _tell_of_errors(net: Any, following: Following) -> None:
    """Have the net's next `fit_loop` end the watch where it raises, for which skorch has no event."""
    fit_loop = net.fit_loop

    @functools.wraps(fit_loop)
    def telling(*args: Any, **kwargs: Any) -> Any:
        vars(net).pop("fit_loop", None)  # a net that is stored while it is trained is stored without
        try:
            return fit_loop(*args, **kwargs)
        except BaseException as error:
            following.end(error)
            raise

    vars(net)["fit_loop"] = telling
