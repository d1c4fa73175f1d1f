"""The average of the parameters on their way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from looplab.loop.averages import AVERAGES
from looplab.loop.callbacks.callback import Callback
from looplab.loop.recipe import Recipe
from looplab.loop.training import Training

__all__ = ["Averaging"]


class Averaging(Callback):
    """Averages parameters and buffers after each update, as torch's `AveragedModel` with `use_buffers=True` does.

    Whole numbers, such as batch norm's count of batches, are no averages but the latest ones.

    The training goes on with the parameters themselves. The validation rows are measured with the average, and at the
    end the model has it.

    Args:
        recipe: says which average.
    """

    def __init__(self, recipe: Recipe) -> None:
        share = AVERAGES[recipe.average].share
        assert share is not None, "there is nothing to average"
        self._share, self._options = share, recipe.average_options
        self._tensors: dict[str, Tensor] = {}
        self._step = 0
        self._stop: Any = None

    def start(self, training: Training) -> None:
        """Begin with the parameters as they are, or go on; from now on each update counts."""
        device = next(training.model.parameters()).device
        self._tensors = {
            name: self._tensors[name].to(device) if name in self._tensors else tensor.detach().clone()
            for name, tensor in _named(training.model)
        }
        hook = training.optimizer.register_step_post_hook(lambda *_: self._update(training))
        self._stop = hook.remove
        training.averaged = self._tensors
        training.history.judged_within(lambda: self._in_place(training.model))

    def end(self, training: Training) -> None:
        """Give the model the average."""
        _put(training.model, self._tensors)

    def close(self) -> None:
        """Listen to the optimizer no more."""
        if self._stop is not None:
            self._stop()

    def state_dict(self) -> Mapping[str, Any]:
        """The average, and how many updates are in it."""
        return {"tensors": dict(self._tensors), "step": self._step}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._tensors, self._step = dict(state["tensors"]), state["step"]

    def _update(self, training: Training) -> None:
        share = self._share(self._step, training.steps, **self._options)
        self._step += 1
        with torch.no_grad():
            for name, tensor in _named(training.model):
                mine = self._tensors.get(name)
                if mine is None or mine.shape != tensor.shape:  # a buffer that came late
                    self._tensors[name] = tensor.detach().clone()
                elif share == 1.0 or not (tensor.is_floating_point() or tensor.is_complex()):
                    mine.copy_(tensor)
                elif share > 0.0:
                    mine.lerp_(tensor, share)

    @contextmanager
    def _in_place(self, model: nn.Module) -> Iterator[None]:
        """The model with the average, for a while."""
        own = {name: tensor.detach().clone() for name, tensor in _named(model)}
        _put(model, self._tensors)
        try:
            yield
        finally:
            _put(model, own)


def _named(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def _put(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in _named(model):
            if name in tensors and tensors[name].shape == tensor.shape:  # not a buffer that has come since
                tensor.copy_(tensors[name])
