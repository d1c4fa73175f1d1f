import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from looplab.course.exercises import WrongAnswer, expect_close, expect_module, expect_tensor, expect_unchanged

COLUMN = torch.tensor([[0.0], [1.0], [2.0]])


def said(expectation: Callable[..., Any], *arguments: object, **keywords: object) -> str:
    with pytest.raises(WrongAnswer) as raised:
        expectation(*arguments, **keywords)
    return str(raised.value)


def test_tensor_that_fits_is_returned() -> None:
    assert expect_tensor(COLUMN, shape=(None, 1), dtype=torch.float32) is COLUMN


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "f(x) is nothing (None), expected a tensor. Is a return missing?"),
        (np.zeros(3), "f(x) is a NumPy array, expected a tensor. Use torch's functions in place of NumPy's."),
        (1.5, "f(x) is a number (float), expected a tensor. Leave out .item() and float(), and compute with"),
        ([1.0], "f(x) is a list, expected a tensor. Compute on whole tensors instead of a loop"),
        ("x", "f(x) is a text (str), expected a tensor. Return what the stub's signature says."),
        (nn.Tanh(), "f(x) is a Tanh, expected a tensor. Return what the stub's signature says."),
    ],
)
def test_what_is_no_tensor(value: object, sentence: str) -> None:
    assert said(expect_tensor, value, name="f(x)").startswith(sentence)


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        ((3,), (3, 1), "has shape (3,), expected (3, 1). The last axis is missing: keep it"),
        ((3, 1), (3,), "has shape (3, 1), expected (3,). There is one axis too many: .squeeze(-1) takes it away."),
        (
            (3, 3),
            (3, 1),
            "has shape (3, 3), expected (3, 1). A (3,) met a (3, 1), and PyTorch broadcast them to (3, 3)",
        ),
        ((3, 3), (3,), "has shape (3, 3), expected (3,). A (3,) met a (3, 1)"),
        ((), (3, 1), "has shape (), expected (3, 1). A sum or mean over everything leaves one number"),
        ((2, 5), (5, 2), "has shape (2, 5), expected (5, 2). It is the transpose of what is expected."),
        ((2, 5), (None, 3), "has shape (2, 5), expected (any, 3)."),
    ],
)
def test_wrong_shape_names_the_likely_cause(
    got: tuple[int, ...], expected: tuple[int | None, ...], sentence: str
) -> None:
    assert said(expect_tensor, torch.zeros(got), shape=expected, name="y").startswith(f"y {sentence}")


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (torch.float64, torch.float32, "y has dtype float64, expected float32. A NumPy number or a torch.float64"),
        (torch.int64, torch.float32, "y has dtype int64, expected float32. Whole numbers crept in"),
        (torch.float32, torch.int64, "y has dtype float32, expected int64. Convert with .to(torch.int64)."),
    ],
)
def test_wrong_dtype(got: torch.dtype, expected: torch.dtype, sentence: str) -> None:
    assert said(expect_tensor, torch.zeros(1, dtype=got), dtype=expected, name="y").startswith(sentence)


def test_values_within_the_tolerance_are_close() -> None:
    expect_close(COLUMN + 1e-5, COLUMN)
    expect_close(1000.05, 1000.0)
    expect_close(torch.tensor(2.0), 2.0)
    expect_close(torch.tensor([math.inf]), torch.tensor([math.inf]))


def test_first_differing_element_is_shown_with_its_input() -> None:
    sentence = said(expect_close, COLUMN**2, COLUMN, inputs=COLUMN, name="f(x)", hint="No square.")
    assert sentence == "f(x) is 4 for input 2 (element [2, 0]), expected 2; 1 of 3 elements differs. No square."


def test_input_may_be_a_row() -> None:
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    sentence = said(expect_close, torch.tensor([3.0, 0.0]), rows.sum(1), inputs=rows, name="s")
    assert sentence == "s is 0 for input [3, 4] (element [1]), expected 7; 1 of 2 elements differs."


def test_long_rows_are_left_out() -> None:
    sentence = said(expect_close, torch.ones(2), torch.zeros(2), inputs=torch.zeros(2, 9), name="s")
    assert sentence == "s is 1 at element [0], expected 0; 2 of 2 elements differ."


def test_a_number_has_no_place() -> None:
    assert said(expect_close, 0.5, 0.25, name="loss") == "loss is 0.5, expected 0.25."


def test_numbers_that_look_alike_get_more_digits() -> None:
    assert said(expect_close, 1.00002, 1.0, tolerance=1e-6, name="loss") == "loss is 1.00002, expected 1."
    assert said(expect_close, 100.001, 100.002, tolerance=1e-7, name="loss") == "loss is 100.001, expected 100.002."


def test_nan_is_named_before_all_else() -> None:
    value = torch.tensor([[9.0], [math.nan], [2.0]])
    sentence = said(expect_close, value, COLUMN, inputs=COLUMN, name="y")
    assert sentence.startswith(
        "y is NaN for input 1 (element [1, 0]), expected 1; 1 of 3 elements is NaN. NaN comes from"
    )


def test_shape_is_looked_at_before_the_values() -> None:
    assert said(expect_close, COLUMN.squeeze(), COLUMN, name="y").startswith("y has shape (3,), expected (3, 1).")


def test_a_column_that_becomes_a_square_is_recognized() -> None:
    assert "PyTorch broadcast them to (3, 3)" in said(expect_close, COLUMN - COLUMN.squeeze(), COLUMN)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (nn.Tanh, "m is the class Tanh, expected a network. Make one: Tanh(…)."),
        (3, "m is a whole number (int), expected a network: an nn.Module such as nn.Sequential."),
        (nn.Sequential(nn.Linear(2, 8), nn.ReLU()), "m has no Tanh, and it needs one."),
        (nn.Sequential(nn.Tanh(), nn.ReLU()), "m still has a ReLU, and it must have none."),
        (
            nn.Sequential(nn.Linear(2, 4), nn.Tanh()),
            "m has the parameters 0.weight (4, 2), 0.bias (4,); expected the shapes (8,), (8, 2). nn.Linear(D, H)",
        ),
    ],
)
def test_network_with_other_parts(value: object, sentence: str) -> None:
    shapes = [(8, 2), (8,)]
    got = said(expect_module, value, contains=[nn.Tanh], lacks=[nn.ReLU], parameter_shapes=shapes, name="m")
    assert got.startswith(sentence)


def test_network_that_fits_is_returned() -> None:
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh())
    assert expect_module(network, contains=[nn.Tanh], lacks=[nn.ReLU], parameter_shapes=[(8,), (8, 2)]) is network


def change(x: torch.Tensor) -> None:
    with expect_unchanged(x=x):
        x[1] = math.nan


def test_change_in_place_is_noticed() -> None:
    assert said(change, COLUMN.clone()).startswith("x was changed in place. Make a new tensor instead: no x += …")


def test_nan_that_was_there_is_no_change() -> None:
    change(torch.tensor([0.0, math.nan]))
