"""Dropout on 359 digits, with a short training and a long one.

A first look (seeds 1000 to 1007, another split) found dropout worse after 20 epochs and better after 300; rules and
claim, for both lengths, were written then.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import Dataset, Recipe, Runs, load
from looplab.experiments import Arm, Experiment, measures, rules


def digits(part: int) -> Dataset:
    """359 digits to train on (part 0), 1,438 to measure on (part 1)."""
    return load("digits").split(0.2, seed=0)[part]


def network(p: float) -> nn.Sequential:
    """64→64→64→10, of whose hidden units a share p is dropped in each training step."""
    hidden = [nn.Linear(64, 64), nn.ReLU(), nn.Dropout(p), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(p)]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


def error_rate(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """Per cent of the new digits that are classified wrongly, with dropout off."""
    del arm
    new = digits(1)
    return torch.tensor(
        [100 - 100 * measures.accuracy(runs.model(replica).eval(), new) for replica in range(len(runs))]
    )


def arm(name: str, p: float, epochs: int) -> Arm:
    """A training of this length, with dropout of p or, for 0, without."""
    return Arm(
        name=f"{name}, {epochs} epochs",
        model=lambda: network(p),
        dataset=lambda: digits(0),
        recipe=Recipe(optimizer="adam", lr=1e-3, epochs=epochs, batch_size=64),
        colour="#1f5fa8" if p else "#6b6b6b",
    )


experiment = Experiment(
    id="dropout-on-digits",
    question="Does dropout help on few digits?",
    claim="On 359 digits, dropout of 0.2 makes more errors on new digits than none after 20 epochs and fewer after "
    "200, each for more than three in four seeds.",
    arms=(arm("none", 0, 20), arm("dropout", 0.2, 20), arm("none", 0, 200), arm("dropout", 0.2, 200)),
    measure=error_rate,
    measured="new digits classified wrongly (%)",
    verdict=(
        rules.lower_in_share("none, 20 epochs", than="dropout, 20 epochs", above=0.75),
        rules.lower_in_share("dropout, 200 epochs", than="none, 200 epochs", above=0.75),
    ),
    verify_seeds=64,
)
