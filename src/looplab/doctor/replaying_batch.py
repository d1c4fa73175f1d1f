"""Goes through one batch of a loop that is watched again, on a copy, to see where numbers stop being finite."""

import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.not_numbers import origin_of
from looplab.doctor.operations import Operation, Operations
from looplab.doctor.randomness import own_random_state
from looplab.doctor.running import quiet
from looplab.doctor.task import first_tensor

__all__ = ["BatchCall", "copy_without_hooks", "operations_again"]

_LABELS = "labels"
"""The argument with which a model is given its targets, where it computes its own loss, as those of transformers do."""
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@dataclass(kw_only=True)
class BatchCall:
    """What the model and the loss were last called with.

    Attributes:
        args: of the model.
        kwargs: likewise, by name.
        loss_args: of the loss; None where it is a function, whose calls cannot be seen.
        loss: what the loss returned.
    """

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    loss_args: tuple[Any, ...] | None = None
    loss: Any = None

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take a call of the model; of the loss before it no graph is kept alive, if none was differentiated."""
        self.args, self.kwargs, self.loss = args, kwargs, None
        if self.loss_args is not None:
            self.loss_args = _detached(self.loss_args)

    def forget(self) -> None:
        """Let go of the batch."""
        self.args, self.kwargs, self.loss_args, self.loss = (), {}, None, None

    def inputs(self, first: str) -> Tensor | None:
        """The first tensor that the model was given.

        Args:
            first: name of the first argument of the model's forward, for calls that name all of them.
        """
        return first_tensor(self.args if self.args else self.kwargs.get(first))

    def others(self, first: str) -> dict[str, Tensor]:
        """The other tensors that it was given by name, but for labels; those with a row for each row of the inputs."""
        inputs = self.inputs(first)
        return {
            name: each
            for name, each in self.kwargs.items()
            if isinstance(each, Tensor) and each.ndim and name not in {first, _LABELS}
            if inputs is not None and inputs.ndim and len(each) == len(inputs)
        }

    def targets(self) -> Tensor | None:
        """What the loss was given as targets, or the model as labels: numbers, or a class for each row.

        Classes of the words of a text are left out: nobody says whether the model shifts them.
        """
        targets = self.kwargs.get(_LABELS)
        if self.loss_args is not None:
            targets = self.loss_args[1] if len(self.loss_args) > 1 else None
        elif isinstance(targets, Tensor) and targets.ndim > 1 and not targets.is_floating_point():
            return None
        return targets if isinstance(targets, Tensor) else None


def operations_again(model: nn.Module, loss_fn: Any, call: BatchCall) -> list[Operation]:
    """The operations of the batch; none where they do not show where it begins, or the copy fails."""
    try:
        with own_random_state(), quiet():
            operations = _again(copy_without_hooks(model), copy.deepcopy(loss_fn), call)
            return operations if origin_of(operations) is not None else []
    except Exception:  # noqa: BLE001  # the person's own code
        return []


def copy_without_hooks(model: nn.Module) -> nn.Module:
    """A copy that does not call the person's hooks, which may count or keep what they see."""
    copied = copy.deepcopy(model)
    for module in copied.modules():
        for name in _HOOKS:
            getattr(module, name).clear()
    return copied


def _detached(value: Any) -> Any:
    """The same without graphs: nothing of the person's is kept alive, and no gradient gets back into it."""
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, dict):
        return {name: _detached(each) for name, each in value.items()}
    return type(value)(map(_detached, value)) if type(value) in {list, tuple} else value


def _again(model: nn.Module, loss_fn: Any, call: BatchCall) -> list[Operation]:
    mode = Operations(model)
    with mode.named_places(), mode:
        answers = first_tensor(model(*_detached(call.args), **_detached(call.kwargs)))
        compared, *targets = _detached(call.loss_args) or (None,)
        if answers is not None and _is_same(answers, compared, model):
            loss_fn(answers, *targets).backward()
        elif answers is not None and loss_fn is None and answers.numel() == 1 and answers.requires_grad:
            answers.backward()  # the model computes its own loss
    return mode.finished()


def _is_same(answers: Tensor, given: Any, model: nn.Module) -> bool:
    """Whether the loss was given the model's answers themselves, as far as dropout lets that be seen."""
    if not isinstance(given, Tensor) or given.shape != answers.shape:
        return False
    drops = any(isinstance(each, nn.modules.dropout._DropoutNd) and each.training for each in model.modules())
    return drops or torch.allclose(answers.detach(), given, rtol=1e-3, atol=1e-5, equal_nan=True)
