from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from looplab import linear, mlp
from looplab.errors import ChoiceError, ModelError
from looplab.models import ACTIVATIONS


@given(
    inputs=st.integers(1, 9),
    widths=st.lists(st.integers(1, 9), max_size=4),
    outputs=st.integers(1, 5),
    rows=st.integers(1, 7),
)
def test_shapes(inputs: int, widths: list[int], outputs: int, rows: int) -> None:
    network = mlp(inputs, widths, outputs)
    assert network(torch.zeros(rows, inputs)).shape == (rows, outputs)
    sizes = [inputs, *widths, outputs]
    parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_mlp_computes_its_formula(name: str) -> None:
    network, X = mlp(3, [4], 2, activation=name), torch.randn(5, 3)
    first, second = network[0], network[2]
    assert isinstance(first, nn.Linear)
    assert isinstance(second, nn.Linear)
    hidden = ACTIVATIONS[name].module()(X @ first.weight.T + first.bias)
    torch.testing.assert_close(network(X), hidden @ second.weight.T + second.bias)


def test_initial_parameters_are_pytorch_s() -> None:
    torch.manual_seed(3)
    ours = mlp(2, [8], 1)
    torch.manual_seed(3)
    plain = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), plain.parameters(), strict=True))


def test_bad_sizes_are_named() -> None:
    with pytest.raises(ModelError, match=r"widths\[1\]: expected a whole number, at least 1, got 0"):
        mlp(2, [8, 0], 1)
    with pytest.raises(ModelError, match="inputs: expected a whole number, at least 1, got -1"):
        linear(-1, 1)
    with pytest.raises(ModelError, match=r"widths: expected a list of widths, got 8. Write \[8\]."):
        mlp(2, 8, 1)  # type: ignore[arg-type]  # the mistake is the test
    with pytest.raises(ChoiceError, match="activation"):
        mlp(2, [8], 1, activation="swish2")
