"""The optimizers, losses and activations that have kernels, in tables: what stands where both sides look up here.

The memory plan writes an entry's place in its table, the kernels choose by it. A table is made anew at each call, from
what is registered by then.
"""

import numpy as np

from looplab.errors import ModelError
from looplab.loop.input_fixes import largest_category, rows_fix
from looplab.loop.losses import LOSSES, Loss, Objective
from looplab.loop.optimizers import OPTIMIZERS, Optimizer
from looplab.models.activations import ACTIVATIONS, Activation
from looplab.replicas.call import Call
from looplab.replicas.layers import ActivationLayer, Embedding, Network

__all__ = [
    "activation_place", "activations", "has_guests", "loss_place", "losses", "optimizer_place", "optimizers",
    "require_rows", "tables", "why_not_fused", "why_not_in_a_block",
]  # fmt: skip


def optimizers() -> tuple[Optimizer, ...]:
    """The optimizers that the fused backend can run."""
    return tuple(entry for entry in OPTIMIZERS.values() if entry.fused is None)


def losses() -> tuple[Loss, ...]:
    """The losses that the fused backend can run."""
    return tuple(entry for entry in LOSSES.values() if entry.fused is None)


def activations() -> tuple[Activation, ...]:
    """The activations that the fused backend can run."""
    return tuple(entry for entry in ACTIVATIONS.values() if entry.fused is None)


def tables() -> tuple[object, ...]:
    """All that a training loop is compiled with."""
    return optimizers(), losses(), activations()


def has_guests() -> bool:
    """Whether something was registered that did not come with looplab: machine code with it is not cached."""
    return OPTIMIZERS.has_guests or LOSSES.has_guests or ACTIVATIONS.has_guests


def optimizer_place(name: str) -> int:
    """Where the optimizer of this name stands."""
    return [entry.name for entry in optimizers()].index(name)


def loss_place(objective: Objective) -> int:
    """Where the loss stands."""
    return [entry.name for entry in losses()].index(objective.name)


def activation_place(name: str) -> int:
    """Where the activation of this name stands."""
    return [entry.name for entry in activations()].index(name)


def why_not_fused(network: Network, optimizer: str, objective: Objective) -> str | None:
    """The reason, in words, why the fused backend cannot train this network so; None if it can."""
    if objective.registered is None:
        return f"the loss {objective.name} has no kernel: it is a function of yours"
    parts: list[Optimizer | Loss | Activation] = [OPTIMIZERS[optimizer], objective.registered]
    parts += [ACTIVATIONS[layer.name] for layer in network.layers if isinstance(layer, ActivationLayer)]
    for part in parts:
        if part.fused is not None:
            return f"{type(part).__name__.lower()} '{part.name}' has no kernel: {part.fused.reason}"
    return None


def require_rows(network: Network, call: Call) -> None:
    """Refuse an embedding without a vector for each category of a call; machine code would read on beyond its end.

    Raises:
        ModelError: it is too small.
    """
    tables = [layer for layer in network.layers if isinstance(layer, Embedding)]
    smallest = min(tables, key=lambda layer: layer.categories, default=None)
    if smallest is None:
        return
    largest = largest_category(call.dataset, call.validation)
    if largest >= smallest.categories:
        raise ModelError(
            f"the model on '{call.dataset.name}'",
            expected="an embedding with a vector for each category",
            got=f"one of {smallest.categories} vectors",
            fix=rows_fix(largest),
        )


def why_not_in_a_block(network: Network, call: Call) -> str | None:
    """Why the batches of a call cannot pass through a network with batch norms as a whole; None if they can."""
    if not network.norms:
        return None
    count, size = call.row_counts, call.batch_size
    size = np.where((size > 0) & (size < count), size, count)
    if ((size == 1) | (count % size == 1)).any():
        return "a batch of one row has no variance, which batch norm needs"
    if int(size.max()) * sum(network.widths) > _MOST_NUMBERS:
        return f"a batch norm needs all {int(size.max()):,} rows of a batch at once, which takes too much memory"
    return None


_MOST_NUMBERS = 2**27
"""That all layers may give for a batch: a thread has about three times as many numbers in memory."""
