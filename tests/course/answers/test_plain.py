"""Values that cross as data come back equal; bytes that hold none are refused, whatever they are."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from looplab.course.answers.plain import MOST_BYTES, NotPlain, packed, unpacked

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.complex64, torch.int64, torch.uint8, torch.bool]
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.complex_numbers(allow_nan=False)
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4),
        st.sets(st.integers() | st.text(max_size=3), max_size=4),
    ),
    max_leaves=20,
)


@given(values)
def test_plain_values_come_back_as_they_were(value: object) -> None:
    back = unpacked(packed(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)], ids=str)
def test_tensors_come_back_to_the_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    value = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    back = unpacked(packed(value))
    assert back.dtype == dtype
    assert back.shape == value.shape
    assert torch.equal(back, value)


def test_tensors_that_are_seen_from_elsewhere_come_back() -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    for value in (whole.T, whole[1:, ::2], whole.expand(2, 3, 4), torch.tensor([1 + 2j]).conj()):
        assert torch.equal(unpacked(packed(value)), value)
    parameter = unpacked(packed(nn.Parameter(torch.ones(2))))
    assert parameter.requires_grad


@pytest.mark.parametrize("value", [np.arange(6).reshape(2, 3), np.float32(1.5), np.ones(0), np.array(2 + 1j)])
def test_arrays_come_back(value: Any) -> None:
    back = unpacked(packed(value))
    assert back.dtype == value.dtype
    np.testing.assert_array_equal(back, value)
    assert type(back) is type(value)


def test_special_values_come_back() -> None:
    back = unpacked(packed((math.nan, -math.inf, "\ud800", torch.float32, torch.Size([2]), 2**200)))
    assert math.isnan(back[0])
    assert back[1:] == (-math.inf, "\ud800", torch.float32, torch.Size([2]), 2**200)


class Row(NamedTuple):
    height: float
    weight: float


class AlwaysEqual(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Faked(list[int]):
    def __iter__(self) -> Iterator[int]:
        return iter([1, 2, 3])


class Number(IntEnum):
    ONE = 1


class Word(StrEnum):
    YES = "yes"


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (Row(1.0, 2.0), (1.0, 2.0)),
        (OrderedDict(a=1), {"a": 1}),
        (AlwaysEqual(3.0), 3.0),
        (Faked([7]), [7]),
        (Number.ONE, 1),
        (Word.YES, "yes"),
    ],
    ids=["named tuple", "ordered", "always equal", "faked", "whole number", "text"],
)
def test_what_is_derived_from_data_comes_as_the_base_class_has_it(value: object, base: object) -> None:
    back = unpacked(packed(value))
    assert type(back) is type(base)
    assert base == back


@pytest.mark.parametrize("value", [nn.Linear(1, 1), torch.tanh, object(), nn.Tanh], ids=["net", "f", "object", "class"])
def test_what_is_no_data_does_not_cross(value: object) -> None:
    with pytest.raises(NotPlain, match=r"an object of the class .*, which is no data"):
        packed([value])


def test_what_stands_for_it_is_chosen_and_made() -> None:
    content = packed([1, nn.Tanh()], lambda value, leaf: ["mine", type(value).__name__] if leaf is None else leaf)
    assert unpacked(content, {"mine": lambda name: f"my {name}"}) == [1, "my Tanh"]
    with pytest.raises(NotPlain):
        unpacked(content)


def test_what_is_too_deep_or_too_large_is_refused() -> None:
    round_and_round: list[Any] = []
    round_and_round.append(round_and_round)
    with pytest.raises(NotPlain, match="nested too deeply"):
        packed(round_and_round)
    with pytest.raises(NotPlain, match="more than a check takes"):
        packed("x" * (MOST_BYTES + 1))
    with pytest.raises(NotPlain, match="a whole number of"):
        packed(1 << 100_000)


@pytest.mark.parametrize(
    "tagged",
    [
        ["tensor", "float32", [2**40, 2**40], b"", False],
        ["tensor", "float32", [-1], b"\0\0\0\0", False],
        ["tensor", "float32", [2], b"\0\0\0\0", False],
        ["tensor", "object", [1], b"\0", False],
        ["tensor", "int64", [1], b"\0" * 8, True],
        ["array", "O", [1], b"\0" * 8],
        ["array", "V8", [1], b"\0" * 8],
        ["scalar", "<f8", b""],
        ["int", "9" * 100_000],
        ["int", "x"],
        ["dict", [["list"], 1]],
        ["set", ["list"]],
        ["complex", "x", "y"],
        ["other", "a", "\0"],
        ["named", "os", "system"],
        ["unknown"],
        [],
        [[1]],
        {"a": 1},
        b"bytes",
    ],
    ids=str,
)
def test_bytes_that_hold_no_value_are_refused(tagged: object) -> None:
    with pytest.raises(NotPlain):
        unpacked(msgspec.msgpack.encode(tagged))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_refused(content: bytes) -> None:
    try:
        unpacked(content)
    except NotPlain as error:
        assert str(error)  # noqa: PT017 - nothing else may be raised


def test_deep_bytes_are_refused() -> None:
    with pytest.raises(NotPlain):
        unpacked(b"\x91" * 100_000)
