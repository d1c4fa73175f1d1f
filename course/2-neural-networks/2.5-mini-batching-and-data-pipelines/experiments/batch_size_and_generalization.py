"""Batches of 8 and of 64 rows, after as many passes and after as many updates: which makes fewer errors on new rows?

The first claim said that a learning rate eight times as large makes up for eight times fewer updates, to half a point.
With 256 seeds that was refuted (about 8 points remain); this claim says what was measured then.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from looplab import Dataset, Recipe, Runs, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

EPOCHS, LR = 20, 0.05


def digits(part: int) -> Dataset:
    """449 digits to train on (part 0), 1,348 to measure on (part 1)."""
    return load("digits").split(0.25, seed=0)[part]


def held_out_errors(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """Per cent of the held-out digits classified wrongly."""
    del arm
    test = digits(1)
    return torch.tensor(
        [100 * (1 - measures.accuracy(runs.model(replica), test)) for replica in range(len(runs.train_loss))]
    )


def arm(name: str, batch_size: int, *, lr: float = LR, epochs: int | None = None, steps: int | None = None) -> Arm:
    """A network 64→32→10 trained with plain gradient descent."""
    return Arm(
        name=name,
        model=lambda: mlp(64, [32], 10),
        dataset=lambda: digits(0),
        recipe=Recipe(optimizer="sgd", lr=lr, batch_size=batch_size, epochs=epochs, steps=steps),
        record_every=100,
    )


UPDATES = EPOCHS * 57  # batches of 8 in 449 rows: 57

experiment = Experiment(
    id="batch-size-and-generalization",
    question="Do small batches give a network that is better on new rows?",
    claim="After as many passes, batches of 8 make fewer held-out errors than batches of 64; after as many updates the "
    "two differ by at most half a point; with a learning rate eight times as large a part of the gap stays.",
    arms=(
        arm("8 rows", 8, epochs=EPOCHS),
        arm("64 rows", 64, epochs=EPOCHS),
        arm("64 rows, as many updates", 64, steps=UPDATES),
        arm("64 rows, 8 times the rate", 64, lr=8 * LR, epochs=EPOCHS),
    ),
    measure=held_out_errors,
    measured="held-out digits classified wrongly (%)",
    verdict=(
        rules.lower("8 rows", than="64 rows", paired=True),
        rules.differs_at_most("8 rows", "64 rows, as many updates", 0.5),
        rules.lower("64 rows, 8 times the rate", than="64 rows", paired=True),
        rules.lower("8 rows", than="64 rows, 8 times the rate", paired=True),
    ),
    verify_seeds=64,
)
