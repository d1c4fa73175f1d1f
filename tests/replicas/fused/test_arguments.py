"""Groups of arguments pass through words: what a kernel unpacks is what was packed."""

from typing import Any

import numba
import numpy as np
import pytest

from looplab.replicas.fused.arguments import Block, Scratch, Shape, field_kinds, packed
from looplab.replicas.fused.kernels.lanes import at, put
from looplab.replicas.fused.kernels.unpacking import unpacked


def _shape(*, shallow: bool, nesterov: bool) -> Shape:
    table, numbers = np.arange(9, dtype=np.int64) + 100, np.array([0.25, -3.5])
    blocks = Block(11, -1, 12, 13), Block(14, 15, 16, 17)
    return Shape._make([table, numbers, 1, shallow, *range(2, 11), *blocks, 18, 19, nesterov])


@pytest.mark.parametrize(("shallow", "nesterov"), [(False, True), (True, False)])
def test_numbers_blocks_and_arrays_arrive(shallow: bool, nesterov: bool) -> None:
    @numba.njit
    def read(words: Any, whole: Any, real: Any) -> Any:
        s = unpacked(Shape, words)
        x, y = s.training, s.validation
        whole[:] = (
            at(s.table, 0), at(s.table, 8), s.layers, s.first_linear, s.parameters, s.inputs, s.row_length,
            s.target_columns, s.outputs, s.outputs_at, s.block_rows, s.spare_at, x.x, x.by_rows, x.y, x.share,
            y.x, y.by_rows, y.y, y.share, s.loss, s.optimizer,
        )  # fmt: skip
        real[:] = at(s.numbers, 0), at(s.numbers, 1)
        return s.shallow, s.nesterov

    whole, real = np.zeros(22, np.int64), np.zeros(2)
    shape = _shape(shallow=shallow, nesterov=nesterov)
    assert read(packed(shape), whole, real) == (shallow, nesterov)
    assert whole.tolist() == [100, 108, *range(1, 11), 11, -1, 12, 13, 14, 15, 16, 17, 18, 19]
    assert real.tolist() == [0.25, -3.5]


def _scratch() -> Scratch:
    return Scratch._make(np.zeros(4, kind) for kind in field_kinds(Scratch))


def test_what_a_kernel_writes_is_in_the_array() -> None:
    @numba.njit
    def write(words: Any) -> None:
        memory = unpacked(Scratch, words)
        put(memory.G, 1, np.float32(2.5))
        put(memory.batch, 1, np.int32(7))
        put(memory.done, 3, np.int64(2**40))
        put(memory.stop, 1, np.uint8(255))

    scratch = _scratch()
    write(packed(scratch))
    assert scratch.G.tolist() == [0.0, 2.5, 0.0, 0.0]
    assert scratch.batch.tolist() == [0, 7, 0, 0]
    assert scratch.done.tolist() == [0, 0, 0, 2**40]
    assert scratch.stop.tolist() == [0, 255, 0, 0]


@pytest.mark.parametrize("wrong", [np.zeros(4, np.float64), np.zeros(4, np.int32), np.zeros((4, 4), np.float32).T])
def test_an_array_of_other_numbers_or_out_of_order_is_refused(wrong: Any) -> None:
    with pytest.raises(AssertionError):
        packed(_scratch()._replace(W=wrong if wrong.ndim == 1 else wrong[:2, :3]))
