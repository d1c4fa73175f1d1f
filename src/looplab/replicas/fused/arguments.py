"""What the compiled training loop is given, in five groups. Arrays are flat, or pointers to where they begin."""

from typing import Any, NamedTuple

from looplab.replicas.fused.kernel import kernel
from looplab.replicas.fused.lanes import pointer

__all__ = ["Block", "Data", "Replicas", "Scratch", "Shape", "data_pointers", "replica_pointers", "scratch_pointers"]


class Block(NamedTuple):
    """Where among the values a block of rows lies: inputs, inputs by rows (or -1), targets, shares of the loss."""

    x: int
    by_rows: int
    y: int
    share: int


class Shape(NamedTuple):
    """The network as a table (see `passes`), sizes, and where in the scratch memory things begin."""

    table: Any
    numbers: Any
    layers: int
    first_linear: int
    parameters: int
    inputs: int
    row_length: int
    target_columns: int
    outputs: int
    outputs_at: int
    block_rows: int
    spare_at: int
    training: Block
    validation: Block
    loss: int
    optimizer: int
    nesterov: bool


class Data(NamedTuple):
    """Inputs, targets and weights of all rows, row after row; `weighting` says which weights a replica takes."""

    rows: int
    inputs: Any
    targets: Any
    weighted: bool
    weights: Any
    weighting: Any
    validation_rows: int
    validation_inputs: Any
    validation_targets: Any
    validation_order: Any


class Replicas(NamedTuple):
    """What differs between replicas, and what becomes of them.

    `numbers` holds seven a replica: lr, momentum, β₁, β₂, eps, weight decay, largest norm. `factors` holds one a step
    if the learning rate is scheduled, else one.
    """

    seeds: Any
    batch_size: Any
    numbers: Any
    factors: Any
    scheduled: bool
    steps: int
    record_every: int
    parameters: Any
    train_loss: Any
    validation_loss: Any
    failed: Any


class Scratch(NamedTuple):
    """One thread's memory: parameters, gradient, the optimizer's two moments, values, gradients on their way back.

    `powers` are β₁ and β₂ to the power of the step. `done` counts the thread's steps, for all to see; `stop` becomes 1
    when the thread shall stop.
    """

    W: Any
    G: Any
    M: Any
    V: Any
    powers: Any
    values: Any
    upstream: Any
    included: Any
    order: Any
    batch: Any
    generator: Any
    done: Any
    stop: Any


@kernel
def data_pointers(data: Data) -> Any:
    """The same data, by pointers."""
    return Data(
        data.rows, pointer(data.inputs), pointer(data.targets), data.weighted, pointer(data.weights),
        pointer(data.weighting), data.validation_rows, pointer(data.validation_inputs),
        pointer(data.validation_targets), pointer(data.validation_order),
    )  # fmt: skip


@kernel
def replica_pointers(replicas: Replicas) -> Any:
    """The same replicas, by pointers."""
    return Replicas(
        pointer(replicas.seeds), pointer(replicas.batch_size), pointer(replicas.numbers), pointer(replicas.factors),
        replicas.scheduled, replicas.steps, replicas.record_every,
        pointer(replicas.parameters), pointer(replicas.train_loss),
        pointer(replicas.validation_loss), pointer(replicas.failed),
    )  # fmt: skip


@kernel
def scratch_pointers(scratch: Scratch) -> Any:
    """The same memory, by pointers."""
    return Scratch(
        pointer(scratch.W), pointer(scratch.G), pointer(scratch.M), pointer(scratch.V), pointer(scratch.powers),
        pointer(scratch.values), pointer(scratch.upstream), pointer(scratch.included), pointer(scratch.order),
        pointer(scratch.batch), pointer(scratch.generator), pointer(scratch.done), pointer(scratch.stop),
    )  # fmt: skip
