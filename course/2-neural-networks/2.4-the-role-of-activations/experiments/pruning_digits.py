"""How many weights of a digit network can be set to 0 at under one point of accuracy.

The first claim, a half of them, was refuted; this one says what was measured then.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import Dataset, Recipe, Runs, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

SHARES = torch.arange(0.05, 1.0, 0.05)
POINT = 0.01


def digits(part: int) -> Dataset:
    """1,438 digits to train on (part 0), 359 to measure on (part 1)."""
    return load("digits").split(0.8, seed=0)[part]


def removable_share(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The largest share of weights, the smallest first, that can go before accuracy falls by a point."""
    del arm
    test = digits(1)
    return torch.tensor([_removable(runs.model(replica), test) for replica in range(len(runs.train_loss))])


@torch.no_grad()
def _removable(model: nn.Module, test: Dataset) -> float:
    weights = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    sizes = torch.cat([weight.abs().flatten() for weight in weights])
    needed, largest = measures.accuracy(model, test) - POINT, 0.0
    for share in SHARES.tolist():
        threshold = sizes.kthvalue(round(share * len(sizes))).values
        for weight in weights:
            weight[weight.abs() <= threshold] = 0
        if measures.accuracy(model, test) <= needed:
            break
        largest = share
    return largest


experiment = Experiment(
    id="pruning-digits",
    question="How many weights of a trained network are needed?",
    claim="More than a third but less than a half of a digit network's weights can be set to 0, the smallest first and "
    "without retraining, at under one point of accuracy on new digits.",
    arms=(
        Arm(
            name="64→64→64→10",
            model=lambda: mlp(64, [64, 64], 10),
            dataset=lambda: digits(0),
            recipe=Recipe(optimizer="adam", lr=1e-3, epochs=20, batch_size=64),
        ),
    ),
    measure=removable_share,
    measured="share of weights removable at under one point of accuracy",
    verdict=(rules.typically_above("64→64→64→10", 1 / 3), rules.typically_below("64→64→64→10", 0.5)),
    verify_seeds=64,
)
