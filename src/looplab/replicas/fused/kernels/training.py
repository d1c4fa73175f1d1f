"""The training loop, compiled: `looplab.loop.train`, for one replica after the other."""

from typing import Any

import numpy as np

from looplab.lanes.vectors import WIDTH, at, number, one, put, store
from looplab.loop.losses.loss import Rows
from looplab.replicas.fused.arguments import Block, Data, Line, Replicas, Scratch, Shape, unpacked
from looplab.replicas.fused.kernels.averaging import average, change_places, start_average
from looplab.replicas.fused.kernels.blocks import Selection, Table, Weighting, fill_block, weight_of, whole_vectors
from looplab.replicas.fused.kernels.groups import Arguments, Pass
from looplab.replicas.fused.kernels.layered import layered_loss, layered_step
from looplab.replicas.fused.kernels.losses import loss_and_gradient, number_of_loss
from looplab.replicas.fused.kernels.passes import backward, forward
from looplab.replicas.fused.kernels.shallow import shallow_backward, shallow_forward, shallow_of
from looplab.replicas.fused.kernels.shuffles import seed_generator, shuffle
from looplab.replicas.fused.kernels.updates import clip, update
from looplab.replicas.fused.reports import BATCH_OVER, OUTPUTS, VALIDATION_OVER, report

__all__ = ["train_replicas"]


def train_replicas(shape: Any, data: Any, replicas: Any, scratch: Any, start: int, stop: int) -> None:
    """Train the replicas from `start` to before `stop`, given the words of a `Shape`, a `Data` and so on."""
    given = Arguments(shape, data, replicas, scratch)
    for r in range(start, stop):
        _start_replica(given, r)
        _train_replica(given, r)
        if at(unpacked(Scratch, scratch, 0).stop, 0):
            return


def _start_replica(given: Any, r: int) -> None:
    """The replica's initial parameters, a clean optimizer, its own random numbers."""
    shape, replicas = unpacked(Shape, given.shape, 0), unpacked(Replicas, given.replicas, 0)
    memory, P, zeros = unpacked(Scratch, given.scratch, 0), shape.parameters, one(0.0)
    for i in range(0, P, WIDTH):
        store(memory.W, i, zeros)
    for i in range(0, shape.moments * whole_vectors(P), WIDTH):
        store(memory.moments, i, zeros)
    for i in range(P):
        put(memory.W, i, at(replicas.parameters, r * P + i))
    for i in range(shape.statistics):
        put(memory.statistics, i, at(replicas.statistics, r * shape.statistics + i))
    for i in range(shape.carried):
        put(memory.carried, i, 1.0)
    if replicas.averages:
        start_average(given)
    seed_generator(memory.generator, at(replicas.seeds, r))


def _train_replica(given: Any, r: int) -> None:
    shape, data = unpacked(Shape, given.shape, 0), unpacked(Data, given.data, 0)
    replicas, memory = unpacked(Replicas, given.replicas, 0), unpacked(Scratch, given.scratch, 0)
    batch_size, count = at(replicas.batch_size, r), _include(data, r, memory.included)
    whole = batch_size == 0 or batch_size >= count
    position = count  # in the order of this epoch: at its end, so that the first step shuffles
    lowest, since, made, failed = number(np.inf), 0, 0, False
    _pass(given, r, 0)
    for step in range(replicas.steps):
        if at(memory.stop, 0):
            break
        if whole:
            rows, size = memory.included, count
        else:
            rows = memory.batch
            size, position = _next_batch(memory, position, count, batch_size)
        keep = whole and step > 0 and count <= shape.block_rows  # the block still holds these rows
        loss = number(_descend(given, r, step, rows, size, keep))
        if not np.isfinite(loss):
            failed = True
            break
        _update(given, r, step)
        if replicas.averages:
            average(given, at(replicas.shares, step))
        made = step + 1
        if made % replicas.record_every == 0:
            if memory.meter != 0:
                report(memory.meter, BATCH_OVER, r, made // replicas.record_every - 1, int(whole), size)
            lowest, since = _record(given, r, made, loss, lowest, since)
        _pass(given, r, made)
        put(memory.done, 0, at(memory.done, 0) + 1)
        if replicas.patience > 0 and since >= replicas.patience:
            break
    _finish(given, r, made, failed)


def _record(given: Any, r: int, made: int, loss: Any, lowest: Any, since: int) -> Any:
    """Write down the loss of a batch, and that of the validation rows after its update; keep the best parameters.

    Returns the lowest validation loss, and how many validations have brought no lower one since.
    """
    data, replicas = unpacked(Data, given.data, 0), unpacked(Replicas, given.replicas, 0)
    place = r * (replicas.steps // replicas.record_every) + made // replicas.record_every - 1
    put(replicas.train_loss, place, loss)
    if data.validation_rows > 0:
        if replicas.averages:
            change_places(given)
        judged = number(_validate(given))
        put(replicas.validation_loss, place, judged)
        meter = unpacked(Scratch, given.scratch, 0).meter
        if meter != 0:
            report(meter, VALIDATION_OVER, r, made // replicas.record_every - 1, 0, data.validation_rows)
        since += 1
        if judged < lowest:
            lowest, since = judged, 0
            if replicas.keep_best:
                _keep(given, r, made)
        if replicas.averages:
            change_places(given)
    return lowest, since


def _keep(given: Any, r: int, made: int) -> None:
    """Let the parameters be the replica's result, after so many updates."""
    shape, replicas = unpacked(Shape, given.shape, 0), unpacked(Replicas, given.replicas, 0)
    memory, P = unpacked(Scratch, given.scratch, 0), shape.parameters
    for i in range(P):
        put(replicas.parameters, r * P + i, at(memory.W, i))
    for i in range(shape.statistics):
        put(replicas.statistics, r * shape.statistics + i, at(memory.statistics, i))
    put(replicas.kept_step, r, made)


def _pass(given: Any, r: int, made: int) -> None:
    """Write down the parameters after so many updates, where a point of the trajectory is due."""
    shape, replicas = unpacked(Shape, given.shape, 0), unpacked(Replicas, given.replicas, 0)
    every = replicas.trajectory_every
    if every > 0 and made % every == 0:
        memory, P = unpacked(Scratch, given.scratch, 0), shape.parameters
        start = (r * (1 + replicas.steps // every) + made // every) * P
        for i in range(P):
            put(replicas.trajectory, start + i, at(memory.W, i))


def _finish(given: Any, r: int, made: int, failed: bool) -> None:
    """Write down how the replica ended, and count the steps that it did not take as done."""
    replicas, memory = unpacked(Replicas, given.replicas, 0), unpacked(Scratch, given.scratch, 0)
    put(replicas.made, r, made)
    if failed:
        put(replicas.failed, r, 1)
    if failed or not replicas.keep_best or at(replicas.kept_step, r) == 0:
        if replicas.averages and not failed:
            change_places(given)
        _keep(given, r, made)
    put(memory.done, 0, at(memory.done, 0) + replicas.steps - made)


def _include(data: Data, r: int, included: Any) -> int:
    """List the rows with a weight above 0; returns their number."""
    count = 0
    for n in range(data.rows):
        if not data.weighted or at(data.weights, at(data.weighting, r) * data.rows + n) > 0.0:
            put(included, count, n)
            count += 1
    return count


def _next_batch(memory: Scratch, position: int, count: int, batch_size: int) -> Any:
    """List the rows of the next batch, after a shuffle where an epoch begins; returns their number and the position."""
    if position >= count:
        shuffle(memory.generator, memory.order, count)
        position = 0
    size = min(batch_size, count - position)
    for i in range(size):
        put(memory.batch, i, at(memory.included, at(memory.order, position + i)))
    return size, position + size


def _descend(given: Any, r: int, step: int, rows: Any, size: int, keep: bool) -> float:
    """The loss of a batch, with its gradient left in G; block by block."""
    shape, data, memory = (
        unpacked(Shape, given.shape, 0),
        unpacked(Data, given.data, 0),
        unpacked(Scratch, given.scratch, 0),
    )
    replicas = unpacked(Replicas, given.replicas, 0)
    seed, zeros = at(replicas.seeds, r), one(0.0)
    measured = memory.meter != 0 and (step + 1) % replicas.record_every == 0
    for i in range(0, shape.parameters, WIDTH):
        store(memory.G, i, zeros)
    block, S, loss, first, even = shape.training, shape.block_rows, 0.0, 0, not data.weighted
    weight = 0.0 if keep else _batch_weight(given, r, rows, size)
    while first < size:
        count = min(S, size - first)
        N = whole_vectors(count)
        if not keep:
            _fill_block(given, r, Selection(rows, first, count), weight)
        passed = Pass(block.x, block.by_rows, first, S, N, True, seed, step, count)
        outputs = _outputs(shape, memory, block, N)
        hidden, output = unpacked(Line, shape.lines, 0), unpacked(Line, shape.lines, shape.layers - 1)
        network = shallow_of(hidden, output, memory, block.x, 0, S, N)
        if shape.layered:
            loss += layered_step(given, passed, outputs, even)
        else:
            if shape.shallow:
                shallow_forward(network)
            else:
                forward(given, passed)
            sums, products = loss_and_gradient(shape.loss, outputs, even)
            if shape.shallow:
                shallow_backward(network, True)
            else:
                backward(given, passed)
            loss += number_of_loss(shape.loss, outputs, even, sums, products)
        if measured:
            report(memory.meter, OUTPUTS, r, 0, first, count)
        first += S
        if at(memory.stop, 0):
            break
    return loss


def _outputs(shape: Shape, memory: Scratch, block: Block, N: int) -> Any:
    """What the loss of a block is computed from."""
    return Rows(
        memory.values, shape.outputs_at, block.y, block.share, memory.upstream, 0, shape.outputs, shape.block_rows, N
    )


def _batch_weight(given: Any, r: int, rows: Any, size: int) -> float:
    """The divisor of the losses of a batch's rows: the sum of their weights, once for each target column."""
    shape = unpacked(Shape, given.shape, 0)
    weight: float = weight_of(_weighting(given, r), Selection(rows, 0, size)) * shape.target_columns
    return weight


def _weighting(given: Any, r: int) -> Any:
    """The weights of the rows for a replica."""
    data = unpacked(Data, given.data, 0)
    return Weighting(data.weights, at(data.weighting, r) * data.rows if data.weighted else 0, data.weighted)


def _fill_block(given: Any, r: int, chosen: Any, batch_weight: float) -> None:
    """Copy rows of the training data into the block."""
    shape, data, memory = (
        unpacked(Shape, given.shape, 0),
        unpacked(Data, given.data, 0),
        unpacked(Scratch, given.scratch, 0),
    )
    table = Table(data.inputs, data.targets)
    fill_block(given, shape.training, memory.values, table, chosen, _weighting(given, r), batch_weight)


def _update(given: Any, r: int, step: int) -> None:
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    replicas, P = unpacked(Replicas, given.replicas, 0), whole_vectors(shape.parameters)
    largest = at(replicas.clip_norm, r)
    if largest < np.inf:
        clip(memory.G, largest, P)
    lr = at(replicas.lr, r) * at(replicas.factors, step if replicas.scheduled else 0)
    update(shape.optimizer, memory, replicas.settings, r, lr, step + 1, P)


def _validate(given: Any) -> float:
    """The mean loss over the validation rows, with dropout off."""
    shape, data, memory = (
        unpacked(Shape, given.shape, 0),
        unpacked(Data, given.data, 0),
        unpacked(Scratch, given.scratch, 0),
    )
    S, block, loss = shape.block_rows, shape.validation, 0.0
    table, alike = Table(data.validation_inputs, data.validation_targets), Weighting(data.weights, 0, False)
    weight = float(data.validation_rows * shape.target_columns)
    for first in range(0, data.validation_rows, shape.evaluated_rows):
        count = min(shape.evaluated_rows, data.validation_rows - first)
        chosen, N = Selection(data.validation_order, first, count), whole_vectors(count)
        fill_block(given, block, memory.values, table, chosen, alike, weight)
        passed, outputs = (
            Pass(block.x, block.by_rows, first, S, N, False, 0, 0, count),
            _outputs(shape, memory, block, N),
        )
        if shape.layered:
            loss += layered_loss(given, passed, outputs)
        else:
            forward(given, passed)
            sums, products = loss_and_gradient(shape.loss, outputs, True)
            loss += number_of_loss(shape.loss, outputs, True, sums, products)
        if memory.meter != 0:
            report(memory.meter, OUTPUTS, 0, 0, first, count)
        if at(memory.stop, 0):
            break
    return loss
