"""Which answers a model can give at all, found with wild parameters."""

import math
from itertools import pairwise, product

import pytest
import torch
from torch import nn

from looplab.doctor.examine import recorded
from looplab.doctor.parts import checked_parts
from looplab.doctor.reach import Reach, reach_of


def reach(model: nn.Module, rows: int) -> Reach:
    x = torch.linspace(-1, 1, rows)[:, None]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    parts = checked_parts(
        model, optimizer, nn.MSELoss(), [(x, x.sin())], step=None, validation=None, validate=None, epochs=1
    )
    found = reach_of(recorded(parts))
    assert found is not None
    return found


@pytest.mark.parametrize("ending", [None, nn.LeakyReLU(0.1)])
def test_answers_of_one_sign_by_chance_have_no_bound(ending: nn.Module | None) -> None:
    """Of a few rows, deep nets with wild parameters often say one sign alone."""
    for widths in product((1, 2, 8), repeat=3):
        sizes = [1, *widths]
        layers = [each for pair in pairwise(sizes) for each in (nn.Linear(*pair), nn.ReLU())]
        model = nn.Sequential(*layers, nn.Linear(sizes[-1], 1), *([] if ending is None else [ending]))
        found = reach(model, rows=2)
        assert (found.low, found.high) == (-math.inf, math.inf), widths


@pytest.mark.parametrize(
    ("ending", "low", "high"),
    [
        (nn.ReLU(), 0, math.inf),
        (nn.Softplus(), 0, math.inf),
        (nn.Sigmoid(), 0, 1),
        (nn.Tanh(), -1, 1),
        (nn.ReLU6(), 0, 6),
        (nn.Hardtanh(-2, 3), -2, 3),
    ],
)
def test_a_bound_is_where_the_answers_come_to_rest(ending: nn.Module, low: float, high: float) -> None:
    found = reach(nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1), ending), rows=16)
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.02)
