"""Several optimizers of PyTorch as one: each updates the groups of parameters that are its own."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

__all__ = ["CombinedOptimizer"]


class CombinedOptimizer(torch.optim.Optimizer):
    """Optimizers of PyTorch, each with its own parameters, that step together.

    Their groups are its groups, each with the place of its optimizer as `optimizer`, and their state is its state. So a
    learning rate that is set in a group counts, and `state_dict` holds all there is.
    """

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        self._optimizers = tuple(optimizers)
        super().__init__(
            [{**group, "optimizer": place} for place, each in enumerate(optimizers) for group in each.param_groups], {}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step of each; returns what the closure gives, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for place, optimizer in enumerate(self._optimizers):
            optimizer.state = self.state  # a loaded state is another object
            optimizer.param_groups = [group for group in self.param_groups if group["optimizer"] == place]
            optimizer.step()
        return loss
