"""`partial_fit`: one epoch on whatever rows come, from where the members and their optimizer are.

All members take each step together. Their parameters are one M×P tensor, of which the sum of their losses has each
member's own gradient in its row; the optimizers that are let in here update each number by itself.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import vmap

from looplab.data.batches import epoch_order
from looplab.loop.checks import new_model
from looplab.loop.losses import objective_of
from looplab.loop.optimizers import make_optimizer
from looplab.loop.surroundings import fresh_state, one_thread, recording_gradients
from looplab.models.activations import activation as named_activation
from looplab.replicas.updates import clip_gradient
from looplab.sklearn.job import Job
from looplab.sklearn.members import Floats, layers_of, numbers_of, outputs_through

__all__ = ["Epoch", "Progress", "new_members", "one_epoch"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Progress:
    """What M members need beside their parameters to go on as if they had never paused.

    Attributes:
        memory: what the optimizer remembers, by torch's names: M×P numbers, or one number for all.
        orders: M states of the generators that draw the orders of the rows.
    """

    memory: Mapping[str, Any]
    orders: tuple[Tensor, ...]

    @classmethod
    def beginning(cls, seeds: Sequence[int]) -> "Progress":
        """Nothing to remember yet, and the order of rows that `looplab.train` begins with for each seed."""
        return cls(memory={}, orders=tuple(torch.Generator().manual_seed(seed).get_state() for seed in seeds))

    def of(self, kept: NDArray[np.bool_]) -> "Progress":
        """The same for some of the members."""
        rows = torch.from_numpy(kept)
        memory = {name: value[rows] if _is_stack(value) else value for name, value in self.memory.items()}
        return Progress(memory=memory, orders=tuple(compress(self.orders, kept)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Epoch:
    """What became of M members in an epoch.

    Attributes:
        coefs: a layer each, M×(inputs)×(outputs).
        intercepts: a layer each, M×(outputs).
        failed: M truths; the member's loss, or a parameter after the last step, became infinite or NaN.
        steps: M numbers, the steps before which its loss was finite.
        losses: M numbers, the means over the batches.
        progress: where they are now.
    """

    coefs: list[Floats]
    intercepts: list[Floats]
    failed: NDArray[np.bool_]
    steps: NDArray[np.int64]
    losses: Floats
    progress: Progress


def new_members(job: Job) -> tuple[list[Floats], list[Floats]]:
    """Weights and biases of the members of a job before the first step: those that `looplab.train` begins with."""
    rows = []
    for seed in job.seeds:
        with fresh_state(seed):
            model = new_model(job.make_model, job.dataset.dtype)
            rows.append(nn.utils.parameters_to_vector(model.parameters()).detach())
    return numbers_of(layers_of(torch.stack(rows), job.sizes))


def one_epoch(job: Job, coefs: Sequence[Floats], intercepts: Sequence[Floats], progress: Progress) -> Epoch:
    """Train members once through the rows of a job, each in an order of its own.

    Args:
        job: rows and recipe; its seeds do not matter.
        coefs: a layer each, M×(inputs)×(outputs). Like all that is given, they are left as they are.
        intercepts: a layer each, M×(outputs).
        progress: where the members are in their training.
    """
    generators = [torch.Generator().set_state(order) for order in progress.orders]
    with recording_gradients(), one_thread():
        stack = _Stack(job, coefs, intercepts)
        optimizer = make_optimizer(stack, job.recipe)
        memory = {0: copy.deepcopy(dict(progress.memory))} if progress.memory else {}
        optimizer.load_state_dict({**optimizer.state_dict(), "state": memory})
        losses = torch.stack([_step(job, stack, optimizer, batch) for batch in _batches(job, generators)], dim=1)
    numbers, finite = stack.numbers.detach(), torch.isfinite(losses)
    after, biases = numbers_of(layers_of(numbers, job.sizes))
    return Epoch(
        coefs=after,
        intercepts=biases,
        failed=~(finite.all(dim=1) & torch.isfinite(numbers).all(dim=1)).numpy(),
        steps=finite.long().cumprod(dim=1).sum(dim=1).numpy(),
        losses=losses.mean(dim=1).numpy(),
        progress=Progress(
            memory=optimizer.state_dict()["state"].get(0, {}),
            orders=tuple(generator.get_state() for generator in generators),
        ),
    )


class _Stack(nn.Module):
    """M members as one module, whose one parameter has each member's numbers, as its own model has them, in a row."""

    def __init__(self, job: Job, coefs: Sequence[Floats], intercepts: Sequence[Floats]) -> None:
        super().__init__()
        parts = [
            part
            for W, b in zip(coefs, intercepts, strict=True)
            for part in (W.transpose(0, 2, 1).reshape(len(W), -1), b)
        ]
        self.numbers = nn.Parameter(torch.from_numpy(np.concatenate(parts, axis=1)))
        self._sizes, self._between = job.sizes, named_activation(job.activation).module()
        self._objective = objective_of(None, job.dataset)

    def losses(self, X: Tensor, y: Tensor, w: Tensor | None) -> Tensor:
        """The mean loss of each member, of inputs M×B×D with as many targets and weights."""
        outputs = outputs_through(layers_of(self.numbers, self._sizes), self._between, X)
        if w is None:
            return vmap(self._objective.mean)(outputs, y)
        return vmap(self._objective.weighted)(outputs, y, w)


_Batch = tuple[Tensor, Tensor, Tensor | None]


def _batches(job: Job, generators: Sequence[torch.Generator]) -> Iterator[_Batch]:
    """Inputs M×B×D, targets and weights of each step of an epoch: the batches of `looplab.train`, for all members."""
    X, y = job.dataset.inputs, job.dataset.targets
    w = None if job.row_weights is None else job.row_weights.to(X.dtype)
    if job.recipe.batch_size is None:
        everything = torch.arange(len(X)).expand(len(generators), -1)
        yield X[everything], y[everything], None if w is None else w[everything]
        return
    orders = torch.stack([epoch_order(len(X), generator) for generator in generators])
    for rows in orders.split(job.recipe.batch_size, dim=1):
        yield X[rows], y[rows], None if w is None else w[rows]


def _step(job: Job, stack: _Stack, optimizer: torch.optim.Optimizer, batch: _Batch) -> Tensor:
    """Take a step of all members; returns their M losses before it."""
    optimizer.zero_grad()
    losses = stack.losses(*batch)
    losses.sum().backward()  # no loss depends on another member's row
    gradient = stack.numbers.grad
    if job.recipe.clip_norm is not None and gradient is not None:
        stack.numbers.grad = clip_gradient(gradient, torch.tensor(job.recipe.clip_norm, dtype=gradient.dtype))
    optimizer.step()
    return losses.detach()


def _is_stack(value: Any) -> bool:
    """Whether it has one number for each of each member's, M×P."""
    return isinstance(value, Tensor) and value.ndim == 2
