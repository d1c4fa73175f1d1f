"""Whether the loss between two points of the landscape stays below the straight line that joins them; new rows each."""

from collections.abc import Callable

import torch
from torch import Tensor

from looplab.experiments import Experiment, Trial, rules

PAIRS, ROWS = 200, 11
Predict = Callable[[Tensor, Tensor], Tensor]


def line(theta: Tensor, x: Tensor) -> Tensor:
    """w·x + b, one column a row of theta."""
    return x * theta[..., 0] + theta[..., 1]


def two_weights_in_a_row(theta: Tensor, x: Tensor) -> Tensor:
    """v·u·x: a straight line through 0 as well, but its slope is a product of two parameters."""
    return x * theta[..., 0] * theta[..., 1]


def least_depth_below_chord(predict: Predict) -> float:
    """How far the loss stays below the chord at least, over 200 pairs of points, as a share of the larger of the two.

    Negative, when it rises above one of them. Rows and points are drawn anew.
    """
    slope, height, centre = (5 * torch.randn(3).double()).unbind()
    x = centre + 2 * torch.randn(ROWS, 1).double()
    y = slope * x + height + torch.randn(ROWS, 1).double()
    one, other = 10 * torch.randn(2, PAIRS, 2).double()
    inside = torch.arange(0.1, 0.95, 0.1).double()

    def loss(theta: Tensor) -> Tensor:
        return (predict(theta, x) - y).square().mean(dim=0)

    chord = torch.lerp(loss(one)[:, None], loss(other)[:, None], inside)
    along = torch.stack([loss(torch.lerp(one, other, share)) for share in inside.tolist()], dim=1)
    return float(((chord - along) / torch.maximum(chord, along)).min())


experiment = Experiment(
    id="linear-loss-is-convex",
    question="Has the loss of a linear model hills or second valleys?",
    claim="On rows drawn anew, the loss of a linear model stays below the straight line between any two points tried; "
    "with two weights in a row it does not.",
    arms=(
        Trial(name="linear model", measure=lambda seed: least_depth_below_chord(line), colour="#6b6b6b"),
        Trial(name="two weights in a row", measure=lambda seed: least_depth_below_chord(two_weights_in_a_row)),
    ),
    measured="least depth of the loss below the chord, as a share of the larger (below 0: it rises above)",
    verdict=(
        rules.rate_above("linear model", exceeds=0, above=0.95),
        rules.exceeds_less_often("two weights in a row", than="linear model", exceeds=0),
    ),
    verify_seeds=128,
)
