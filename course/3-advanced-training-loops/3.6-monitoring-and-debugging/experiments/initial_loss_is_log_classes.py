"""The loss of networks that have not learned anything yet, as a multiple of ln C, over random starts.

In a first look at seeds 1000 to 1031 the means were 1.007 on wine and 1.002 on digits, standardized, and 1.002 for 100
classes of noise; 14.8 on wine as it comes, and 1.33 on digits from He's start. The rules were written then.
"""

import math
from functools import partial

import torch
from torch import Tensor, nn

from looplab import load, mlp
from looplab.experiments import Experiment, Trial, rules


def rows(name: str) -> tuple[Tensor, Tensor]:
    """Inputs and class numbers: a table, standardized unless it says raw, or noise with 100 classes."""
    if name == "noise":
        return torch.randn(1000, 20), torch.randint(100, (1000,))
    table = load(name.removesuffix(", raw"))
    return (table if name.endswith("raw") else table.standardized()).inputs, table.targets


def first_loss(name: str, he: bool, seed: int) -> float:
    """Cross-entropy before the first step over ln C."""
    del seed  # torch's generator is seeded by it
    inputs, classes = rows(name)
    count = 100 if name == "noise" else len(classes.unique())
    network = mlp(inputs.shape[1], [64, 64], count)
    if he:
        for layer in network:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    return nn.functional.cross_entropy(network(inputs), classes).item() / math.log(count)


def trial(arm: str, name: str, *, he: bool = False) -> Trial:
    """Two hidden layers of 64 ReLU units on these rows."""
    return Trial(name=arm, measure=partial(first_loss, name, he), colour="#c4570a" if he else "#1f5fa8")


experiment = Experiment(
    id="initial-loss-is-log-classes",
    question="What should the loss be before the first step?",
    claim="Before the first step, with two hidden layers of 64 units from PyTorch's default start, the cross-entropy "
    "is typically within 3 % of ln C on standardized wine (3 classes) and digits (10) and on noise with 100; on wine "
    "as it comes it is typically more than twice ln C, and on digits from He's start at least a tenth above it.",
    arms=(
        trial("wine, 3 classes", "wine"),
        trial("digits, 10", "digits"),
        trial("noise, 100", "noise"),
        trial("wine, raw inputs", "wine, raw"),
        trial("digits, He's start", "digits", he=True),
    ),
    measured="loss before the first step, as a multiple of ln C",
    logarithmic=True,
    verdict=(
        *(rules.typically_within(arm, 0.97, 1.03) for arm in ("wine, 3 classes", "digits, 10", "noise, 100")),
        rules.typically_above("wine, raw inputs", 2),
        rules.typically_above("digits, He's start", 1.1),
    ),
    verify_seeds=32,
)
