"""The training loop, compiled: `looplab.loop.train`, for one replica after the other."""

from typing import Any

import numpy as np
from numba.core import types

from looplab.replicas.fused.arguments import Data, Replicas, Scratch, Shape
from looplab.replicas.fused.kernels.blocks import gather, weight_of
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, at, one, put, store
from looplab.replicas.fused.kernels.losses import loss_and_gradient, loss_of
from looplab.replicas.fused.kernels.optimizers import clip, update
from looplab.replicas.fused.kernels.passes import backward, forward
from looplab.replicas.fused.kernels.shallow import shallow_backward, shallow_forward
from looplab.replicas.fused.kernels.shuffles import seed_generator, shuffle
from looplab.replicas.fused.kernels.unpacking import WORDS, unpacked

__all__ = ["SIGNATURE", "train_replicas"]

SIGNATURE = (WORDS,) * 4 + (types.int64,) * 2
"""The types that `train_replicas` is compiled for."""

_NUMBERS = 7


@kernel
def train_replicas(
    shape_words: Any, data_words: Any, replica_words: Any, scratch_words: Any, start: int, stop: int
) -> None:  # fmt: skip
    """Train the replicas from `start` to before `stop`; the words are those of a `Shape`, a `Data` and so on."""
    words = shape_words, data_words, replica_words, scratch_words
    for r in range(start, stop):
        _start_replica(words, r)
        _train_replica(words, r)
        if at(unpacked(Scratch, scratch_words).stop, 0):
            return


@kernel
def _start_replica(words: Any, r: int) -> None:
    """The replica's initial parameters, a clean optimizer, its own random numbers."""
    replicas, memory = unpacked(Replicas, words[2]), unpacked(Scratch, words[3])
    P = unpacked(Shape, words[0]).parameters
    zeros = one(0.0)
    for i in range(0, P, WIDTH):
        store(memory.W, i, zeros)
        store(memory.M, i, zeros)
        store(memory.V, i, zeros)
    for i in range(P):
        put(memory.W, i, at(replicas.parameters, r * P + i))
    put(memory.powers, 0, 1.0)
    put(memory.powers, 1, 1.0)
    seed_generator(memory.generator, at(replicas.seeds, r))


@kernel
def _train_replica(words: Any, r: int) -> None:
    shape, data = unpacked(Shape, words[0]), unpacked(Data, words[1])
    replicas, memory = unpacked(Replicas, words[2]), unpacked(Scratch, words[3])
    P, records, recorded = shape.parameters, replicas.steps // replicas.record_every, 0
    seed, batch_size = at(replicas.seeds, r), at(replicas.batch_size, r)
    count = _include(data, r, memory.included)
    whole = batch_size == 0 or batch_size >= count
    position = count  # in the order of this epoch: at its end, so that the first step shuffles
    for step in range(replicas.steps):
        if at(memory.stop, 0):
            break
        if whole:
            rows, size = memory.included, count
        else:
            rows = memory.batch
            size, position = _next_batch(memory, position, count, batch_size)
        keep = whole and step > 0 and count <= shape.block_rows  # the block still holds these rows
        loss = np.float32(_descend(words, r, seed, step, rows, size, keep))
        if not np.isfinite(loss):
            put(replicas.failed, r, 1)
            put(memory.done, 0, at(memory.done, 0) + replicas.steps - step)
            break
        _update(words, r, step)
        if (step + 1) % replicas.record_every == 0:
            put(replicas.train_loss, r * records + recorded, loss)
            if data.validation_rows > 0:
                put(
                    replicas.validation_loss,
                    r * records + recorded,
                    np.float32(_validate(words)),
                )
            recorded += 1
        put(memory.done, 0, at(memory.done, 0) + 1)
    for i in range(P):
        put(replicas.parameters, r * P + i, at(memory.W, i))


@kernel
def _include(data: Data, r: int, included: Any) -> int:
    """List the rows with a weight above 0; returns their number."""
    count = 0
    for n in range(data.rows):
        if not data.weighted or at(data.weights, at(data.weighting, r) * data.rows + n) > 0.0:
            put(included, count, n)
            count += 1
    return count


@kernel
def _next_batch(memory: Scratch, position: int, count: int, batch_size: int) -> Any:
    """List the rows of the next batch, after a shuffle where an epoch begins; returns their number and the position."""
    if position >= count:
        shuffle(memory.generator, memory.order, count)
        position = 0
    size = min(batch_size, count - position)
    for i in range(size):
        put(memory.batch, i, at(memory.included, at(memory.order, position + i)))
    return size, position + size


@kernel
def _descend(words: Any, r: int, seed: int, step: int, rows: Any, size: int, keep: bool) -> float:
    """The loss of a batch, with its gradient left in G; block by block."""
    shape, data, memory = unpacked(Shape, words[0]), unpacked(Data, words[1]), unpacked(Scratch, words[3])
    zeros = one(0.0)
    for i in range(0, shape.parameters, WIDTH):
        store(memory.G, i, zeros)
    S, block, V, U = shape.block_rows, shape.training, memory.values, memory.upstream
    loss, first, even = 0.0, 0, not data.weighted
    weight = 0.0 if keep else _batch_weight(words, r, rows, size)
    while first < size:
        N = (min(S, size - first) + WIDTH - 1) // WIDTH * WIDTH
        if not keep:
            _fill_block(words, r, rows, first, min(S, size - first), weight)
        if shape.shallow:
            shallow_forward(shape.table, memory.W, V, block.x, S, N)
        else:
            forward(shape.table, shape.numbers, shape.layers, memory.W, V, block.x, True, seed, step, first, S, N)
        sums, p = loss_and_gradient(
            shape.loss, V, shape.outputs_at, block.y, block.share, even, U, 0, shape.outputs, S, N
        )
        if shape.shallow:
            shallow_backward(shape.table, memory.W, memory.G, U, 0, V, block.x, S, N)
        else:
            backward(
                shape.table, shape.layers, shape.first_linear, memory.W, memory.G, V, block.x, block.by_rows,
                shape.row_length, U, 0, shape.spare_at, S, N,
            )  # fmt: skip
        loss += loss_of(shape.loss, V, block.share, even, sums, p)
        first += S
        if at(memory.stop, 0):
            break
    return loss


@kernel
def _batch_weight(words: Any, r: int, rows: Any, size: int) -> float:
    """What the losses of a batch's rows are divided by: the sum of their weights, once for each target column."""
    shape, data = unpacked(Shape, words[0]), unpacked(Data, words[1])
    offset = at(data.weighting, r) * data.rows if data.weighted else 0
    weight: float = weight_of(data.weights, offset, data.weighted, rows, size) * shape.target_columns
    return weight


@kernel
def _fill_block(words: Any, r: int, rows: Any, first: int, count: int, batch_weight: float) -> None:
    """Copy rows of the training data into the block."""
    shape, data, memory = unpacked(Shape, words[0]), unpacked(Data, words[1]), unpacked(Scratch, words[3])
    block, offset = shape.training, at(data.weighting, r) * data.rows if data.weighted else 0
    gather(
        data.inputs, shape.inputs, shape.row_length, data.targets, shape.target_columns,
        data.weights, offset, data.weighted, batch_weight, rows, first, count,
        memory.values, block.x, block.by_rows, block.y, block.share, shape.block_rows,
        (count + WIDTH - 1) // WIDTH * WIDTH,
    )  # fmt: skip


@kernel
def _update(words: Any, r: int, step: int) -> None:
    shape, replicas, memory = unpacked(Shape, words[0]), unpacked(Replicas, words[2]), unpacked(Scratch, words[3])
    numbers, n = replicas.numbers, r * _NUMBERS
    padded = (shape.parameters + WIDTH - 1) // WIDTH * WIDTH
    if at(numbers, n + 6) < np.inf:
        clip(memory.G, at(numbers, n + 6), padded)
    lr = at(numbers, n) * at(replicas.factors, step if replicas.scheduled else 0)
    update(
        shape.optimizer, memory.W, memory.G, memory.M, memory.V, memory.powers, lr,
        at(numbers, n + 1), shape.nesterov, at(numbers, n + 2), at(numbers, n + 3), at(numbers, n + 4),
        at(numbers, n + 5), padded,
    )  # fmt: skip


@kernel
def _validate(words: Any) -> float:
    """The mean loss over the validation rows, with dropout off."""
    shape, data, memory = unpacked(Shape, words[0]), unpacked(Data, words[1]), unpacked(Scratch, words[3])
    S, block, V, U = shape.block_rows, shape.validation, memory.values, memory.upstream
    weight, loss = float(data.validation_rows * shape.target_columns), 0.0
    for first in range(0, data.validation_rows, S):
        size = min(S, data.validation_rows - first)
        N = (size + WIDTH - 1) // WIDTH * WIDTH
        gather(
            data.validation_inputs, shape.inputs, shape.row_length, data.validation_targets, shape.target_columns,
            data.weights, 0, False, weight, data.validation_order, first, size,
            V, block.x, block.by_rows, block.y, block.share, S, N,
        )  # fmt: skip
        forward(shape.table, shape.numbers, shape.layers, memory.W, V, block.x, False, 0, 0, first, S, N)
        sums, p = loss_and_gradient(
            shape.loss, V, shape.outputs_at, block.y, block.share, True, U, 0, shape.outputs, S, N
        )
        loss += loss_of(shape.loss, V, block.share, True, sums, p)
        if at(memory.stop, 0):
            break
    return loss
