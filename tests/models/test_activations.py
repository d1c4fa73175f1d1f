"""The contract that every activation obeys by being registered."""

import math

import pytest
import torch

from looplab.errors import ChoiceError
from looplab.models import ACTIVATIONS, Activation, activation

GRID = torch.linspace(-30, 30, 6001, dtype=torch.float64)


def test_the_nine_of_the_course() -> None:
    assert set(ACTIVATIONS) >= {
        "relu",
        "leaky-relu",
        "elu",
        "gelu",
        "silu",
        "softplus",
        "hardtanh",
        "tanh",
        "sigmoid",
    }


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
class TestContract:
    def test_derivative_is_autograd_s(self, entry: Activation) -> None:
        x = GRID.clone().requires_grad_()
        entry.module()(x).sum().backward()
        torch.testing.assert_close(entry.derivative(GRID), x.grad)

    def test_values_fill_the_range(self, entry: Activation) -> None:
        values = entry.module()(GRID)
        low, high = entry.range
        assert low - 1e-8 <= values.min() <= (low + 1e-3 if math.isfinite(low) else -0.2)
        assert (high - 1e-3 if math.isfinite(high) else 29) <= values.max() <= high

    def test_saturation_is_where_it_is_said_to_be(self, entry: Activation) -> None:
        ends = torch.tensor([-30.0, 30.0], dtype=torch.float64)
        left, right = (entry.derivative(ends).abs() < 1e-8).tolist()
        says_left = any(word in entry.saturates for word in ("left of", "to the left", "both", "outside")) and (
            "nowhere" not in entry.saturates
        )
        says_right = any(word in entry.saturates for word in ("both", "outside"))
        assert (left, right) == (says_left, says_right)

    def test_it_is_no_straight_line(self, entry: Activation) -> None:
        assert entry.derivative(GRID).std() > 0.05

    def test_formulas_are_latex_that_balances(self, entry: Activation) -> None:
        for formula in (entry.formula, entry.derivative_formula):
            assert formula.count("{") == formula.count("}")
            assert formula.count(r"\left") == formula.count(r"\right")


def test_an_unknown_activation_lists_the_nine() -> None:
    with pytest.raises(ChoiceError, match=r"activation: expected one of relu, .*got 'rellu'. Did you mean 'relu'"):
        activation("rellu")
