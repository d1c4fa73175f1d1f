"""From a network and a call to what the compiled loop is given: tables, places in memory, flat arrays."""

import numpy as np

from looplab.loop.schedules import lr_factor
from looplab.replicas.call import Call
from looplab.replicas.fused import codes
from looplab.replicas.fused.arguments import Block, Data, Replicas, Scratch, Shape
from looplab.replicas.fused.codes import ACTIVATION_CODES, LOSS_CODES, OPTIMIZER_CODES, STATE_WORDS, WIDTH
from looplab.replicas.plan import Activation, Dropout, Float32, Int64, Linear, Network

__all__ = ["Layout"]

_BLOCK_BYTES = 512 * 1024
_FEWEST_ROWS = 64
_MOST_ROWS = 1984  # in each of 16 lanes, the binary loss then multiplies 124 factors of at most 2, as float32 can
_BY_ROWS_OUTPUTS = 8


def whole_vectors(count: int) -> int:
    """So many numbers, rounded up to whole vectors."""
    return -(-count // WIDTH) * WIDTH


class Layout:
    """Where everything lies, for one network in one call.

    The size of a block depends on the network and the data alone, so that a replica's sums are the same whichever
    others train beside it.
    """

    def __init__(self, network: Network, call: Call) -> None:
        self.network, self.call = network, call
        self.columns = network.outputs if call.dataset.task == "regression" else 1
        self.row_length = whole_vectors(network.inputs) if network.inputs >= WIDTH else network.inputs
        self.block_rows = self._block_rows()
        self._size = 0
        self.training, self.validation = self._blocks()
        self.table, self.numbers, self.outputs_at, self.first_linear = self._table()
        self.values = self._size

    def shape(self) -> Shape:
        """The network for the compiled loop."""
        return Shape(
            table=self.table, numbers=self.numbers, layers=len(self.table) // codes.COLUMNS,
            shallow=self._is_shallow(), first_linear=self.first_linear, parameters=self.network.parameter_count,
            inputs=self.network.inputs, row_length=self.row_length, target_columns=self.columns,
            outputs=self.network.outputs, outputs_at=self.outputs_at, block_rows=self.block_rows,
            spare_at=self._widest() * self.block_rows,
            training=self.training, validation=self.validation, loss=LOSS_CODES[self.call.dataset.task],
            optimizer=OPTIMIZER_CODES[self.call.optimizer], nesterov=self.call.nesterov,
        )  # fmt: skip

    def data(self) -> Data:
        """The data for the compiled loop."""
        call, data = self.call, self.call.dataset
        weights = np.zeros((0, 0)) if call.weightings is None else call.weightings.numpy()
        validation_rows, none = 0 if call.validation is None else len(call.validation), np.zeros(0, np.float32)
        return Data(
            rows=len(data),
            inputs=self._rows(data.inputs.numpy()),
            targets=_flat(data.targets.numpy()),
            weighted=call.weightings is not None,
            weights=_flat(weights),
            weighting=np.ascontiguousarray(call.weighting, dtype=np.int64),
            validation_rows=validation_rows,
            validation_inputs=self._rows(call.validation.inputs.numpy())
            if call.validation
            else np.zeros(0, np.float32),
            validation_targets=_flat(call.validation.targets.numpy()) if call.validation else none,
            validation_order=np.arange(validation_rows, dtype=np.int32),
        )

    def replicas(self, parameters: Float32) -> Replicas:
        """What differs between the replicas, with room for their results."""
        s = self.call
        losses = (len(s), s.records)
        numbers = (s.lr, s.momentum, s.beta1, s.beta2, s.eps, s.weight_decay, s.clip_norm)
        validated = s.validation is not None
        scheduled = s.schedule != "constant"
        factors = [lr_factor(s.schedule, step, s.steps) for step in range(s.steps if scheduled else 1)]
        return Replicas(
            seeds=np.ascontiguousarray(s.seed, dtype=np.int64),
            batch_size=np.ascontiguousarray(s.batch_size, dtype=np.int64),
            numbers=np.stack(numbers, axis=1).astype(np.float64).reshape(-1),
            factors=np.array(factors),
            scheduled=scheduled,
            steps=s.steps,
            record_every=s.record_every,
            parameters=parameters.reshape(-1),
            train_loss=np.full(losses, np.nan, np.float32).reshape(-1),
            validation_loss=np.full(losses if validated else (0,), np.nan, np.float32).reshape(-1),
            failed=np.zeros(len(s), np.uint8),
        )

    def scratch(self) -> Scratch:
        """One thread's memory."""
        parameters, rows = whole_vectors(self.network.parameter_count), len(self.call.dataset)
        return Scratch(
            W=_aligned(parameters), G=_aligned(parameters), M=_aligned(parameters), V=_aligned(parameters),
            powers=np.ones(2), values=_aligned(self.values), upstream=_aligned(2 * self._widest() * self.block_rows),
            included=np.zeros(rows, np.int32), order=np.zeros(rows, np.int32), batch=np.zeros(rows, np.int32),
            generator=np.zeros(STATE_WORDS, np.uint32), done=np.zeros(1, np.int64), stop=np.zeros(1, np.uint8),
        )  # fmt: skip

    def _widest(self) -> int:
        return max(max(layer.inputs, layer.outputs) for layer in self.network.layers if isinstance(layer, Linear))

    def _block_rows(self) -> int:
        layers = [layer for layer in self.network.layers if isinstance(layer, Linear)]
        per_row = 2 * self.row_length + 2 * self._widest() + sum(2 * layer.outputs for layer in layers)
        fitting = _BLOCK_BYTES // 4 // per_row // 64 * 64
        validation = 0 if self.call.validation is None else len(self.call.validation)
        needed = whole_vectors(max(len(self.call.dataset), validation))
        return min(needed, max(_FEWEST_ROWS, min(_MOST_ROWS, fitting)))

    def _place(self, lines: int) -> int:
        """Room for so many lines of a block among the values."""
        begin = self._size
        self._size += lines * self.block_rows
        return begin

    def _blocks(self) -> tuple[Block, Block]:
        by_rows = self.network.inputs >= WIDTH
        blocks = []
        for _ in ("training", "validation"):
            x, y, share = self._place(self.row_length), self._place(self.columns), self._place(1)
            blocks.append(Block(x, self._place(self.row_length) if by_rows else codes.BLOCK_INPUTS, y, share))
        return blocks[0], blocks[1]

    def _table(self) -> tuple[Int64, "np.ndarray[tuple[int], np.dtype[np.float64]]", int, int]:
        lines: list[list[int]] = []
        numbers: list[float] = []
        source, width, parameter, first_linear = codes.BLOCK_INPUTS, self.network.inputs, 0, -1
        turned = self._place(max((whole_vectors(layer.inputs) for layer in self._hidden_wide()), default=0))
        gate, slopes = codes.OPEN, 0
        for index, layer in enumerate(self.network.layers):
            if isinstance(layer, Linear):
                first_linear = len(lines) if first_linear < 0 else first_linear
                wide = layer.inputs >= WIDTH and layer.outputs >= _BY_ROWS_OUTPUTS
                target, weights = self._place(layer.outputs), layer.inputs * layer.outputs
                bias = parameter + weights if layer.bias else -1
                lines.append(
                    [codes.LINEAR, width, layer.outputs, parameter, bias, source, target, slopes,
                     turned if wide else -1, gate]
                )  # fmt: skip
                rectified = self._rectified(index)
                numbers += [0.0 if rectified else -np.inf, 0.0]
                parameter += layer.parameter_count
                source, width = target, layer.outputs
                gate = codes.RECTIFIED if rectified else codes.OPEN
                continue
            if gate == codes.RECTIFIED:  # the ReLU is part of the layer before
                continue
            if source == codes.BLOCK_INPUTS:
                source = self._place(width)
                lines.append([codes.COPY, width, width, 0, 0, codes.BLOCK_INPUTS, source, 0, -1, codes.OPEN])
                numbers += [0.0, 0.0]
            code, pair = _code(layer)
            slopes = self._place(width)
            passed = isinstance(self._layer(index + 1), Linear)
            lines.append([code, width, width, 0, 0, source, source, slopes, -1, codes.OPEN if passed else codes.SLOPES])
            gate = codes.SLOPES if passed else codes.OPEN
            numbers += pair
        return np.array(lines, dtype=np.int64).reshape(-1), np.array(numbers), source, first_linear

    def _rectified(self, index: int) -> bool:
        """Whether a ReLU and another linear layer follow the linear layer."""
        relu = Activation("relu")
        return self._layer(index + 1) == relu and isinstance(self._layer(index + 2), Linear)

    def _layer(self, index: int) -> Linear | Activation | Dropout | None:
        return self.network.layers[index] if index < len(self.network.layers) else None

    def _is_shallow(self) -> bool:
        """Whether there is one hidden layer with a ReLU, and few inputs and one output."""
        match self.network.layers:
            case (Linear() as hidden, Activation() as relu, Linear() as last):
                return relu == Activation("relu") and hidden.inputs <= codes.FEW and last.outputs == 1
        return False

    def _hidden_wide(self) -> list[Linear]:
        return [layer for layer in self.network.layers if isinstance(layer, Linear) and layer.inputs >= WIDTH]

    def _rows(self, inputs: Float32) -> Float32:
        padded = np.zeros((len(inputs), self.row_length), np.float32)
        padded[:, : inputs.shape[1]] = inputs
        return padded.reshape(-1)


def _code(layer: Activation | Dropout) -> tuple[int, list[float]]:
    if isinstance(layer, Dropout):
        return codes.DROPOUT, [layer.p, 0.0]
    a, b = (*layer.numbers, 0.0, 0.0)[:2]
    return codes.ACTIVATION + ACTIVATION_CODES[layer.name], [a, b]


def _flat(values: "np.ndarray[tuple[int, ...], np.dtype[np.float32 | np.int64 | np.float64]] | None") -> Float32:
    return np.ascontiguousarray(values, dtype=np.float32).reshape(-1)


def _aligned(count: int) -> Float32:
    """Zeros that begin where a cache line does, so that no vector lies across two."""
    raw = np.zeros(count + WIDTH, np.float32)
    skip = (-raw.ctypes.data // 4) % WIDTH
    return raw[skip : skip + count]
