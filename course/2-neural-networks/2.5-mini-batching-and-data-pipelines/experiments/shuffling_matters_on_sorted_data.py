"""Digits sorted by their label, trained on in that order and in shuffled orders.

A pilot of 16 seeds with plain gradient descent left the shuffled networks half trained, 25 per cent errors with a wide
spread; they are trained with Adam since. The rules stayed.
"""

from functools import cache, partial

import torch
from torch import nn

from looplab import Dataset, load, mlp
from looplab.experiments import Experiment, Trial, measures, rules

BATCH_SIZE, EPOCHS, LR = 32, 4, 0.01


@cache
def digits() -> Dataset:
    """All 1,797 of them, read once."""
    return load("digits")


def held_out_error(shuffles: int, seed: int) -> float:
    """Per cent of 1,078 digits classified wrongly after training on 719 sorted ones, shuffled in the first epochs."""
    train, test = digits().split(0.4, seed=seed)
    train = train.subset(train.targets.argsort(stable=True))
    model, order = mlp(64, [32], 10), torch.arange(len(train))
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, fused=True)
    loss = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        if epoch < shuffles:
            order = torch.randperm(len(train))
        for rows in order.split(BATCH_SIZE):
            optimizer.zero_grad()
            loss(model(train.inputs[rows]), train.targets[rows]).backward()
            optimizer.step()
    return 100 * (1 - measures.accuracy(model, test))


experiment = Experiment(
    id="shuffling-matters-on-sorted-data",
    question="Does the order of the rows matter, and is one shuffle enough?",
    claim="On digits sorted by label, a network that sees the rows in that order ends with more held-out errors than "
    "one that sees them shuffled, for more than nine in ten seeds, and shuffling once does as well as shuffling every "
    "epoch, within one point.",
    arms=(
        Trial(name="sorted", measure=partial(held_out_error, 0), colour="#b84f00"),
        Trial(name="shuffled once", measure=partial(held_out_error, 1), colour="#6f3fa0"),
        Trial(name="shuffled every epoch", measure=partial(held_out_error, EPOCHS)),
    ),
    measured="held-out digits classified wrongly after 4 epochs (%)",
    verdict=(
        rules.lower_in_share("shuffled once", than="sorted", above=0.9),
        rules.lower_in_share("shuffled every epoch", than="sorted", above=0.9),
        rules.differs_at_most("shuffled once", "shuffled every epoch", 1.0),
    ),
    verify_seeds=128,
)
