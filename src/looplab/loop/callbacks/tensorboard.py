"""Losses and metrics for TensorBoard."""

from pathlib import Path

from looplab.errors import optional_part
from looplab.loop.callbacks.callback import Callback
from looplab.loop.training import Training

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Writes recorded losses, metrics and the learning rate for `tensorboard --logdir FOLDER`, as the training goes on.

    Of several processes that share a training, the first one writes.

    Args:
        folder: where; made if need be.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        with optional_part("writing for TensorBoard", "tensorboard"):
            from torch.utils.tensorboard import SummaryWriter
        self._make, self._folder = SummaryWriter, Path(folder)
        self._writer: SummaryWriter | None = None
        self._written = 0

    def start(self, training: Training) -> None:
        """Open the folder; what an earlier process wrote after the step from which this one goes on is overruled."""
        self._written = len(training.train_loss)
        if training.is_first:
            self._writer = self._make(str(self._folder), purge_step=training.step + 1 if training.step else None)

    def after_step(self, training: Training) -> None:
        """Write what was recorded in this step."""
        if self._writer is None or len(training.train_loss) == self._written:
            return
        self._written = len(training.train_loss)
        history, step = training.history, training.step
        self._writer.add_scalar("lr", training.lr, step)
        for part, losses, metrics in (
            ("train", history.train_loss, history.train_metrics),
            ("validation", history.validation_loss, history.validation_metrics),
        ):
            for name, values in {"loss": losses, **metrics}.items():
                if values:
                    self._writer.add_scalar(f"{name}/{part}", values[-1], step)

    def close(self) -> None:
        """Write all of it, and close."""
        if self._writer is not None:
            self._writer.close()
