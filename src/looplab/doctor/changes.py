"""Changes to a copy of a training, by which a cause is put to the test."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.parts import Parts, textbook_step
from looplab.doctor.reachable import schedules_of
from looplab.doctor.repair import Repair

__all__ = [
    "balanced_rows",
    "more_epochs",
    "option",
    "rarer_schedule",
    "scaled_gradients",
    "scaled_inputs",
    "scaled_targets",
    "scaled_updates",
    "shuffled_rows",
    "textbook",
    "unclipped",
]


def scaled_updates(factor: float) -> Repair:
    """Each update times a factor: what a learning rate times this factor does, whatever schedule sets the rate."""

    def change(parts: Parts) -> Parts:
        before: list[Tensor] = []
        held = [each for group in parts.optimizer.param_groups for each in group["params"]]

        def keep(*_: object) -> None:
            before[:] = [each.detach().clone() for each in held]

        def scale(*_: object) -> None:
            with torch.no_grad():
                for each, old in zip(held, before, strict=True):
                    each.copy_(old + factor * (each - old))

        parts.optimizer.register_step_pre_hook(keep)
        parts.optimizer.register_step_post_hook(scale)
        return parts

    words = "updates turned round" if factor == -1 else f"a learning rate {factor:g} times as high"
    return Repair(name=words, change=change)


def scaled_gradients(factor: float) -> Repair:
    """Each gradient times a factor, before the optimizer sees it."""

    def change(parts: Parts) -> Parts:
        def scale(*_: object) -> None:
            for parameter in parts.model.parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(factor)

        parts.optimizer.register_step_pre_hook(scale)
        return parts

    return Repair(name=f"gradients {factor:.3g} times as large", change=change)


def unclipped() -> Repair:
    """The gradients as they were when they came back, whatever was done to them before the update."""

    def change(parts: Parts) -> Parts:
        kept: dict[int, Tensor] = {}

        def keep(parameter: Tensor) -> None:
            if parameter.grad is not None:
                kept[id(parameter)] = parameter.grad.detach().clone()

        for parameter in parts.model.parameters():
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(keep)

        def put_back(*_: object) -> None:
            for parameter in parts.model.parameters():
                if parameter.grad is not None and id(parameter) in kept:
                    parameter.grad.copy_(kept[id(parameter)])

        parts.optimizer.register_step_pre_hook(put_back)
        return parts

    return Repair(name="gradients that are not clipped", change=change)


def option(words: str, **values: Any) -> Repair:
    """Other options of the optimizer, in all groups that have them."""

    def change(parts: Parts) -> Parts:
        for group in parts.optimizer.param_groups:
            group.update({name: value for name, value in values.items() if name in group})
        return parts

    return Repair(name=words, change=change)


def rarer_schedule(batches: int) -> Repair:
    """Schedules that go on once in so many calls of their step."""

    def change(parts: Parts) -> Parts:
        for schedule in schedules_of(parts):
            schedule.step = _every(batches, schedule.step)
        return parts

    return Repair(name="a schedule that is stepped once an epoch", change=change)


def _every(count: int, function: Callable[..., Any]) -> Callable[..., Any]:
    calls = itertools.count(1)
    return lambda *args, **kwargs: function(*args, **kwargs) if next(calls) % count == 0 else None


def more_epochs(times: int) -> Repair:
    """Several times as many epochs."""
    return Repair(
        name=f"{times} times as many epochs", change=lambda parts: replace(parts, epochs=times * parts.epochs)
    )


def textbook() -> Repair:
    """The textbook's step in place of the person's."""
    return Repair(name="the textbook's step", change=lambda parts: replace(parts, step=textbook_step))


def scaled_inputs(mean: Tensor, spread: Tensor) -> Repair:
    """Inputs that are standardized before the model sees them."""

    def standardized(_: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return ((args[0] - mean) / spread, *args[1:]) if args and isinstance(args[0], Tensor) else args

    def change(parts: Parts) -> Parts:
        parts.model.register_forward_pre_hook(standardized)
        return parts

    return Repair(name="standardized inputs", change=change)


def scaled_targets(mean: float, spread: float) -> Repair:
    """Outputs in units of the targets' spread around their mean, and gradients as standardized targets give them."""

    def in_units(_: nn.Module, __: Any, output: Any) -> Any:
        if not isinstance(output, Tensor):
            return output
        if output.requires_grad:
            output.register_hook(lambda gradient: gradient / spread**2)
        return mean + spread * output

    def change(parts: Parts) -> Parts:
        parts.model.register_forward_hook(in_units)
        return parts

    return Repair(name="standardized targets", change=change)


def shuffled_rows() -> Repair:
    """The rows of an epoch drawn anew into batches of the same sizes."""
    return Repair(
        name="shuffled rows", change=lambda parts: replace(parts, batches=_regrouped(parts.batches, _shuffle))
    )


def balanced_rows() -> Repair:
    """Rows drawn so that each class comes equally often."""
    return Repair(
        name="classes drawn equally often",
        change=lambda parts: replace(parts, batches=_regrouped(parts.batches, _balance)),
    )


def _regrouped(
    batches: Callable[[], Iterable[tuple[Any, Any]]], order: Callable[[Tensor], Tensor]
) -> Callable[[], Iterator[tuple[Any, Any]]]:
    def epoch() -> Iterator[tuple[Any, Any]]:
        pairs = [(x, y) for x, y in batches() if isinstance(x, Tensor) and isinstance(y, Tensor)]
        x, y = torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])
        ends = list(itertools.accumulate(len(pair[0]) for pair in pairs))
        rows = order(y)
        for start, end in zip([0, *ends], ends, strict=False):
            yield x[rows[start:end]], y[rows[start:end]]

    return epoch


def _shuffle(targets: Tensor) -> Tensor:
    return torch.randperm(len(targets))


def _balance(targets: Tensor) -> Tensor:
    labels = targets.reshape(len(targets), -1)[:, 0].long()
    counts = torch.bincount(labels).double()
    return torch.multinomial(1 / counts[labels], len(labels), replacement=True)
