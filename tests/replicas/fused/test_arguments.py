"""Groups of arguments pass through words: what a kernel unpacks is what was packed."""

from typing import Any

import numba
import numpy as np
import pytest

from looplab.lanes.vectors import at, put
from looplab.replicas.fused.arguments import (
    NUMBERS,
    Block,
    Line,
    Scratch,
    Shape,
    field_kinds,
    packed,
    packed_columns,
    packed_in_a_row,
    unpacked,
)
from looplab.replicas.fused.compiler.functions import Kernels


def compiled(kernel: Any) -> Any:
    return numba.njit(Kernels().with_stand_ins(kernel))


def _shape(*, shallow: bool) -> Shape:
    blocks = Block(11, -1, 12, 13), Block(14, 15, 16, 17)
    return Shape._make(
        [np.arange(9, dtype=np.int64) + 100, 1, shallow, *range(2, 11), *blocks, *range(18, 22), not shallow, 22, 23]
    )


@pytest.mark.parametrize("shallow", [False, True])
def test_numbers_blocks_and_arrays_arrive(shallow: bool) -> None:
    @compiled
    def read(words: Any, whole: Any) -> Any:
        s = unpacked(Shape, words, 0)
        x, y = s.training, s.validation
        whole[:] = (
            at(s.lines, 0), at(s.lines, 8), s.layers, s.first_linear, s.parameters, s.inputs, s.row_length,
            s.target_columns, s.outputs, s.outputs_at, s.block_rows, s.spare_at, x.x, x.by_rows, x.y, x.share,
            y.x, y.by_rows, y.y, y.share, s.loss, s.optimizer, s.moments, s.carried,
            1 if s.layered else 0, s.evaluated_rows, s.statistics,
        )  # fmt: skip
        return s.shallow

    whole = np.zeros(27, np.int64)
    shape = _shape(shallow=shallow)
    assert read(packed(shape), whole) == shallow
    blocks = [11, -1, 12, 13, 14, 15, 16, 17]
    assert whole.tolist() == [100, 108, *range(1, 11), *blocks, 18, 19, 20, 21, not shallow, 22, 23]
    assert unpacked(Shape, shape, 0) is shape  # where Python runs the kernels


LINES = [Line._make([*range(start, start + 10), 0.25 * start, -np.inf]) for start in (3, -5, 70)]


def test_lines_in_a_row_are_read_by_their_number_compiled_and_in_python() -> None:
    @compiled
    def read(words: Any, index: int, real: Any) -> Any:
        line = unpacked(Line, words, index)
        real[:] = line.a, line.b
        return line.kind, line.bias, line.gate

    words, real = packed_in_a_row(LINES), np.zeros(2)
    for index, line in enumerate(LINES):
        assert read(words, index, real) == (line.kind, line.bias, line.gate)
        assert tuple(real) == (line.a, line.b)
        assert unpacked(Line, words, index) == line


def test_columns_are_packed_as_the_groups_one_by_one() -> None:
    columns = [np.array(column) for column in zip(*LINES, strict=True)]
    np.testing.assert_array_equal(packed_columns(Line, columns, 3), packed_in_a_row(LINES))
    same = packed_columns(Line, LINES[0], 2)
    np.testing.assert_array_equal(same, packed_in_a_row([LINES[0], LINES[0]]))


def _scratch() -> Scratch:
    return Scratch._make(np.zeros(4, np.float32 if kind is NUMBERS else kind) for kind in field_kinds(Scratch))


def test_what_a_kernel_writes_is_in_the_array() -> None:
    @compiled
    def write(words: Any) -> None:
        memory = unpacked(Scratch, words, 0)
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


def test_arrays_of_the_data_s_type_are_packed_as_such_alone() -> None:
    kinds = zip(Scratch._fields, field_kinds(Scratch), strict=True)
    double = {name: getattr(_scratch(), name).astype(np.float64) for name, kind in kinds if kind is NUMBERS}
    assert "averaged" in double
    assert len(packed(_scratch()._replace(**double), np.float64)) == len(packed(_scratch()))
    for name in double:
        single = {name: getattr(_scratch(), name)}
        with pytest.raises(AssertionError):
            packed(_scratch()._replace(**{**double, **single}), np.float64)
