"""How often a deep and narrow ReLU network is dead at its start: 0 on every row, behind some layer.

The question is Lu et al.'s (2019). Each layer is drawn afresh, so that another one may silence all its units whatever
the width; with few units it happens sooner. A first look at seeds 10,000 to 11,999 gave 89 % for width 2, 24 % for
4 and 0.3 % for 8; rules and claim were written then.
"""

from functools import partial

import torch

from looplab import load
from looplab.experiments import Experiment, Trial, rules

from ._shares import rarely_above

DEPTH = 10


def layers_silenced(width: int, seed: int) -> int:
    """How many of ten layers give 0 for all rows: none, or all from some layer on."""
    del seed  # torch's generator is seeded by it
    h = load("moons").inputs
    for layer in range(DEPTH):
        h = (h @ (torch.randn(h.shape[1], width) * (2 / h.shape[1]) ** 0.5)).relu()
        if not h.any():
            return DEPTH - layer
    return 0


experiment = Experiment(
    id="born-dead",
    question="How often is a deep, narrow ReLU network dead before it is trained?",
    claim="With ten layers and He's start, without biases, more than four in five networks of 2 ReLU units a layer are "
    "dead on all 200 moons of the lessons, more than one in six of 4 units, and fewer than one in 50 of 8.",
    arms=tuple(
        Trial(name=f"{width} units", measure=partial(layers_silenced, width), colour="#c4570a")
        for width in (2, 3, 4, 8)
    ),
    measured="layers of ten that are 0 on every row",
    verdict=(
        rules.rate_above("2 units", exceeds=0, above=0.8),
        rules.rate_above("4 units", exceeds=0, above=1 / 6),
        rarely_above("8 units", 0, 0.02),
    ),
    seeds=1024,
    verify_seeds=1024,
)
