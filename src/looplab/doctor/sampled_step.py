"""One step of a loop that is watched, looked at closely: norms of gradients, weights and updates."""

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from looplab.doctor.operations import unseen
from looplab.doctor.record import StepSeen

__all__ = ["SampledStep"]

_MOST_OF_ONE = 65_536
"""Elements of a parameter that are looked at; of a larger one evenly spaced ones, their norm scaled up."""
_MOST_OF_ALL = 20_000_000
"""Elements looked at in all parameters together, so that a huge model costs no more memory."""


class SampledStep:
    """Hooks on each parameter until the step is over.

    Args:
        named: the model's parameters by name.
        held: the ids of those that the optimizer holds.
        step: the entry to be filled in.
        late: whether the gradients have come back already; then they are taken from `.grad`.
    """

    def __init__(self, named: list[tuple[str, nn.Parameter]], held: set[int], step: StepSeen, *, late: bool) -> None:
        self.step = step
        self._parameters = [parameter for _, parameter in named]
        self._held = held
        self._most = max(16, min(_MOST_OF_ONE, _MOST_OF_ALL // max(1, len(named))))
        self._before = [self._some(each).clone() for each in self._parameters]
        self._returned = [0] * len(named)
        self._removals: list[Callable[[], None]] = []
        step.weights = self._norms(self._before)
        step.fresh, step.gathered, step.used = (torch.full((len(named),), float("nan")) for _ in range(3))
        if late:
            step.fresh, step.gathered, step.backwards = self._gradients(), self._gradients(), 1
        else:
            self._hook()

    def before_update(self, lr: float) -> None:
        """Note what the optimizer is about to use."""
        self.step.optimizer_steps += 1
        self.step.lr = lr
        self.step.used = self._gradients()

    def finished(self, lr: float) -> StepSeen:
        """The entry, completed; the hooks are gone."""
        for remove in self._removals:
            remove()
        now = [self._some(each) for each in self._parameters]
        with torch.no_grad(), unseen():
            self.step.updates = self._norms([new - old for new, old in zip(now, self._before, strict=True)])
        self.step.lr = self.step.lr if self.step.lr == self.step.lr else lr
        self._before = []
        return self.step

    def _hook(self) -> None:
        for index, parameter in enumerate(self._parameters):
            if parameter.requires_grad:
                self._removals.append(parameter.register_hook(functools.partial(self._fresh, index)).remove)
                after = parameter.register_post_accumulate_grad_hook(functools.partial(self._gathered, index))
                self._removals.append(after.remove)

    def _fresh(self, index: int, gradient: Tensor) -> None:
        self.step.fresh[index] = self._norm(gradient, self._parameters[index])
        self._returned[index] += 1
        self.step.backwards = max(self._returned)

    def _gathered(self, index: int, parameter: Tensor) -> None:
        if parameter.grad is None:
            return
        gathered = self._norm(parameter.grad, parameter)
        self.step.gathered[index] = gathered
        fresh = float(self.step.fresh[index])
        first = self._returned[index] == 1 and id(parameter) in self._held
        if first and abs(gathered - fresh) > 1e-4 * max(gathered, fresh):
            self.step.stale = True

    def _gradients(self) -> Tensor:
        return torch.tensor(
            [float("nan") if each.grad is None else self._norm(each.grad, each) for each in self._parameters]
        )

    def _norms(self, parts: list[Tensor]) -> Tensor:
        return torch.tensor([self._norm(part, each) for part, each in zip(parts, self._parameters, strict=True)])

    def _norm(self, values: Tensor, parameter: Tensor) -> float:
        """The norm of a tensor of a parameter's shape, or of what is looked at of it, scaled to the whole."""
        with torch.no_grad(), unseen():
            values = values.detach()
            if values.layout is not torch.strided:
                return float(values.coalesce().values().norm())
            some = self._some(values)
            if not some.numel():
                return 0.0
            return float(some.float().norm()) * math.sqrt(parameter.numel() / some.numel())

    def _some(self, values: Tensor) -> Tensor:
        with torch.no_grad(), unseen():
            flat = values.detach().reshape(-1)
            return flat[:: -(-flat.numel() // self._most)] if flat.numel() > self._most else flat
