"""From a network and a call to what the training loop is given: lines, places in memory, flat arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.lanes.vectors import WIDTH
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.schedules import SCHEDULES, lr_factor
from looplab.replicas.call import Call
from looplab.replicas.fused import layers
from looplab.replicas.fused.arguments import (
    Block,
    Data,
    Line,
    Replicas,
    Scratch,
    Shape,
    packed_columns,
    packed_in_a_row,
)  # fmt: skip
from looplab.replicas.fused.layers import STATE_WORDS
from looplab.replicas.fusible import activation_place, loss_place, optimizer_place
from looplab.replicas.layers import (
    ActivationLayer,
    BatchNorm,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    Network,
    Pool,
)
from looplab.replicas.plan import Floats

__all__ = ["MemoryPlan", "aligned", "kind_and_numbers", "whole_vectors"]

_BLOCK_BYTES = 512 * 1024
_FEWEST_ROWS = 64
_MOST_ROWS = 1984  # in each of 16 lanes, the binary loss then multiplies 124 factors of at most 2, as float32 can


def whole_vectors(count: int) -> int:
    """A count of numbers, rounded up to whole vectors."""
    return -(-count // WIDTH) * WIDTH


class MemoryPlan:
    """Where everything lies, for one network in one call.

    The size of a block depends on the network and the data alone, so that a replica's sums are the same whichever
    others train beside it.
    """

    def __init__(self, network: Network, call: Call) -> None:
        self.network, self.call = network, call
        self.columns = network.outputs if call.dataset.task == "regression" else 1
        self.evaluated_rows = 0
        self.row_length = whole_vectors(network.inputs) if network.inputs >= WIDTH else network.inputs
        self.block_rows = self._block_rows()
        self._size = 0
        self.training, self.validation = self._blocks()
        self.lines, self.outputs_at = self._lines()
        self.values = self._size

    def shape(self) -> Shape:
        """The network for the training loop."""
        optimizer = OPTIMIZERS[self.call.optimizer]
        return Shape(
            lines=packed_in_a_row(self.lines), layers=len(self.lines), shallow=self._is_shallow(),
            first_linear=next((n for n, line in enumerate(self.lines) if line.kind == layers.LINEAR), 0),
            parameters=self.network.parameter_count, inputs=self.network.inputs, row_length=self.row_length,
            target_columns=self.columns, outputs=self.network.outputs, outputs_at=self.outputs_at,
            block_rows=self.block_rows, spare_at=self._widest() * self.block_rows,
            training=self.training, validation=self.validation, loss=loss_place(self.call.objective),
            optimizer=optimizer_place(optimizer.name), moments=optimizer.moments, carried=optimizer.carried,
            layered=False, evaluated_rows=self.evaluated_rows, statistics=self.network.statistics_count,
        )  # fmt: skip

    def data(self) -> Data:
        """The data for the training loop."""
        call, data = self.call, self.call.dataset
        weights = np.zeros((0, 0)) if call.weightings is None else call.weightings.numpy()
        validation_rows, none = 0 if call.validation is None else len(call.validation), np.zeros(0, call.number)
        return Data(
            rows=len(data),
            inputs=self._rows(data.inputs.numpy()),
            targets=_flat(data.targets.numpy(), call.number),
            weighted=call.weightings is not None,
            weights=_flat(weights, call.number),
            weighting=np.ascontiguousarray(call.weighting, dtype=np.int64),
            validation_rows=validation_rows,
            validation_inputs=self._rows(call.validation.inputs.numpy()) if call.validation else none,
            validation_targets=_flat(call.validation.targets.numpy(), call.number) if call.validation else none,
            validation_order=np.arange(validation_rows, dtype=np.int32),
        )

    def replicas(self, parameters: Floats, statistics: Floats) -> Replicas:
        """What differs between the replicas, with room for their results."""
        s, own = self.call, self.call.optimizer_settings
        losses = (len(s), s.records)
        scheduled = SCHEDULES[s.schedule].varies
        options = s.recipes[0].schedule_options
        factors = [lr_factor(s.schedule, step, s.steps, options) for step in range(s.steps if scheduled else 1)]
        return Replicas(
            seeds=np.ascontiguousarray(s.seed, dtype=np.int64),
            batch_size=np.ascontiguousarray(s.batch_size, dtype=np.int64),
            lr=np.ascontiguousarray(s.lr, dtype=np.float64),
            clip_norm=np.ascontiguousarray(s.clip_norm, dtype=np.float64),
            settings=packed_columns(type(own), own, len(s)),
            factors=np.array(factors),
            scheduled=scheduled,
            shares=np.array(_shares(s)),
            averages=s.average.share is not None,
            steps=s.steps,
            record_every=s.record_every,
            keep_best=s.recording.keep == "best",
            patience=s.recording.patience or 0,
            trajectory_every=s.recording.trajectory_every or 0,
            parameters=parameters.reshape(-1),
            statistics=statistics.reshape(-1),
            train_loss=np.full(losses, np.nan, s.number).reshape(-1),
            validation_loss=np.full(losses if s.validation else (0,), np.nan, s.number).reshape(-1),
            failed=np.zeros(len(s), np.uint8),
            made=np.zeros(len(s), np.int64),
            kept_step=np.zeros(len(s), np.int64),
            trajectory=np.full((len(s) * s.waypoints * self.network.parameter_count,), np.nan, s.number),
        )

    def scratch(self) -> Scratch:
        """One thread's memory."""
        parameters, rows = whole_vectors(self.network.parameter_count), len(self.call.dataset)
        optimizer, averages = OPTIMIZERS[self.call.optimizer], self.call.average.share is not None
        return Scratch(
            W=self._aligned(parameters), G=self._aligned(parameters),
            moments=self._aligned(optimizer.moments * parameters),
            carried=np.ones(optimizer.carried), values=self._aligned(self.values),
            upstream=self._aligned(2 * self._widest() * self.block_rows),
            included=np.zeros(rows, np.int32), order=np.zeros(rows, np.int32), batch=np.zeros(rows, np.int32),
            generator=np.zeros(STATE_WORDS, np.uint32), done=np.zeros(1, np.int64), stop=np.zeros(1, np.uint8),
            meter=0, statistics=np.zeros(self.network.statistics_count, self.call.number),
            averaged=self._aligned(parameters if averages else 0),
            averaged_statistics=np.zeros(self.network.statistics_count if averages else 0, self.call.number),
        )  # fmt: skip

    def _aligned(self, count: int) -> Floats:
        return aligned(count, self.call.number)

    def _widest(self) -> int:
        linear = [layer for layer in self.network.layers if isinstance(layer, Linear)]
        return max((max(layer.inputs, layer.outputs) for layer in linear), default=0)

    def _block_rows(self) -> int:
        outputs = sum(layer.outputs for layer in self.network.layers if isinstance(layer, Linear))
        self.evaluated_rows = self._rows_of_block(2 * self._widest() + 2 * outputs)
        return self.evaluated_rows

    def _rows_of_block(self, numbers: int) -> int:
        """How many rows, each of which takes so many numbers besides its inputs, stay in cache together."""
        per_row = 2 * self.row_length + numbers
        fitting = _BLOCK_BYTES // self.call.number.itemsize // per_row // 64 * 64
        validation = 0 if self.call.validation is None else len(self.call.validation)
        needed = whole_vectors(max(len(self.call.dataset), validation))
        return min(needed, max(_FEWEST_ROWS, min(_MOST_ROWS, fitting)))

    def _place(self, lines: int) -> int:
        """Room for the given number of lines of a block among the values."""
        begin = self._size
        self._size += lines * self.block_rows
        return begin

    def _blocks(self) -> tuple[Block, Block]:
        by_rows = self.network.inputs >= WIDTH
        blocks = []
        for _ in ("training", "validation"):
            x, y, share = self._place(self.row_length), self._place(self.columns), self._place(1)
            blocks.append(Block(x, self._place(self.row_length) if by_rows else layers.BLOCK_INPUTS, y, share))
        return blocks[0], blocks[1]

    def _lines(self) -> tuple[list[Line], int]:
        """A line for each layer, and where the outputs begin."""
        lines: list[Line] = []
        source, width = layers.BLOCK_INPUTS, self.network.inputs
        turned = self._place(max((whole_vectors(layer.inputs) for layer in self._hidden_wide()), default=0))
        gate, slopes = layers.OPEN, 0
        for index, layer in enumerate(self.network.layers):
            if isinstance(layer, Linear):
                rectified = self._rectified(index)
                lines.append(self._linear(layer, self.network.places[index], source, slopes, turned, gate, rectified))
                source, width = lines[-1].target, layer.outputs
                gate = layers.RECTIFIED if rectified else layers.OPEN
                continue
            if gate == layers.RECTIFIED:  # the ReLU is part of the layer before
                continue
            if source == layers.BLOCK_INPUTS:
                source = self._place(width)
                lines.append(_line(layers.COPY, width, layers.BLOCK_INPUTS, source))
            assert isinstance(layer, ActivationLayer | Dropout), "other layers are not those of a plain network"
            slopes = self._place(width)
            passed = isinstance(self._layer(index + 1), Linear)
            kind, a, b = kind_and_numbers(layer)
            own_gate = layers.OPEN if passed else layers.SLOPES
            lines.append(_line(kind, width, source, source)._replace(slopes=slopes, gate=own_gate, a=a, b=b))
            gate = layers.SLOPES if passed else layers.OPEN
        return lines, source

    def _linear(
        self, layer: Linear, weights: int, source: int, slopes: int, turned: int, gate: int, rectified: bool
    ) -> Line:
        wide = layer.inputs >= WIDTH and layer.outputs >= layers.BY_ROWS_OUTPUTS
        return Line(
            kind=layers.LINEAR, inputs=layer.inputs, outputs=layer.outputs, weights=weights,
            bias=weights + layer.inputs * layer.outputs if layer.bias else -1, source=source,
            target=self._place(layer.outputs), slopes=slopes, by_rows=turned if wide else -1, gate=gate,
            a=0.0 if rectified else -np.inf, b=0.0,
        )  # fmt: skip

    def _rectified(self, index: int) -> bool:
        """Whether a ReLU and another linear layer follow the linear layer."""
        relu = ActivationLayer("relu")
        return self._layer(index + 1) == relu and isinstance(self._layer(index + 2), Linear)

    def _layer(self, index: int) -> Layer | None:
        return self.network.layers[index] if index < len(self.network.layers) else None

    def _is_shallow(self) -> bool:
        """Whether there is one hidden layer with a ReLU, and few inputs and one output."""
        match self.network.layers:
            case (Linear() as hidden, ActivationLayer() as relu, Linear() as last):
                return relu == ActivationLayer("relu") and hidden.inputs <= layers.FEW and last.outputs == 1
        return False

    def _hidden_wide(self) -> list[Linear]:
        return [layer for layer in self.network.layers if isinstance(layer, Linear) and layer.inputs >= WIDTH]

    def _rows(self, inputs: Floats) -> Floats:
        padded = np.zeros((len(inputs), self.row_length), self.call.number)
        padded[:, : inputs.shape[1]] = inputs
        return padded.reshape(-1)


def _shares(call: Call) -> list[float]:
    """Of each step how far the average goes to the parameters; nothing where there is no average."""
    share, options = call.average.share, call.recipes[0].average_options
    return [] if share is None else [float(share(step, call.steps, **options)) for step in range(call.steps)]


def _line(kind: int, width: int, source: int, target: int) -> Line:
    """The line of a layer without parameters, as wide going out as coming in."""
    return Line(kind, width, width, 0, 0, source, target, 0, -1, layers.OPEN, 0.0, 0.0)


def kind_and_numbers(layer: Layer) -> tuple[int, float, float]:
    """What a layer is, and its own two numbers."""
    if isinstance(layer, Dropout):
        return layers.DROPOUT, layer.p, 0.0
    if isinstance(layer, LayerNorm):
        return layers.LAYER_NORM, layer.eps, 0.0
    if isinstance(layer, BatchNorm):
        return layers.BATCH_NORM, layer.eps, layer.momentum
    if isinstance(layer, Embedding):
        return layers.EMBEDDING, float(layer.padding), float(layer.width)
    if isinstance(layer, Pool):
        return layers.POOL, layer.scale, 0.0
    if not isinstance(layer, ActivationLayer):
        return layers.LINEAR if isinstance(layer, Linear) else layers.ADD, 0.0, 0.0
    a, b = (*layer.numbers, 0.0, 0.0)[:2]
    return layers.ACTIVATION + activation_place(layer.name), a, b


def _flat(values: NDArray[Any], number: "np.dtype[np.floating[Any]]") -> Floats:
    return np.ascontiguousarray(values, dtype=number).reshape(-1)


def aligned(count: int, number: "np.dtype[np.floating[Any]]") -> Floats:
    """Zeros aligned to a cache line, so that no vector straddles two."""
    raw = np.zeros(count + WIDTH, number)
    skip = (-raw.ctypes.data // number.itemsize) % WIDTH
    return raw[skip : skip + count]
