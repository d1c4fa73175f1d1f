"""Updates counted in one epoch of PyTorch's usual loop, and the parameters that each of them changed."""

import math
from functools import partial

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from looplab.experiments import Experiment, Trial, rules


def updates_of_everything(seed: int, *, kind: str) -> float:
    """The updates of one epoch that changed every parameter, over N/B rounded up."""
    del seed  # torch's generator has it
    N, D, B = (int(torch.randint(low, high, ())) for low, high in ((10, 40), (1, 6), (2, 10)))
    B = {"batch": N, "mini-batch": B, "stochastic": 1}[kind]
    rows = TensorDataset(torch.randn(N, D).double(), torch.randn(N, 1).double())
    model = nn.Linear(D, 1).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    changed = 0
    for X, y in DataLoader(rows, batch_size=B, shuffle=True):
        before = nn.utils.parameters_to_vector(model.parameters()).detach()
        optimizer.zero_grad()
        nn.functional.mse_loss(model(X), y).backward()
        optimizer.step()
        changed += int((nn.utils.parameters_to_vector(model.parameters()) != before).all())
    return changed / math.ceil(N / B)


KINDS = {"batch": "#6b6b6b", "mini-batch": "#8a1f5c", "stochastic": "#7a6a00"}

experiment = Experiment(
    id="updates-per-epoch",
    question="How many updates has an epoch, and which parameters do they change?",
    claim="On random tables, with batches, mini-batches and single rows alike, an epoch over N rows has N/B updates, "
    "rounded up, and every one of them changes every parameter.",
    arms=tuple(
        Trial(name=kind, measure=partial(updates_of_everything, kind=kind), colour=colour)
        for kind, colour in KINDS.items()
    ),
    measured="updates of an epoch that change every parameter, over N/B rounded up",
    verdict=(
        *(rules.typically_within(kind, 0.999, 1.001) for kind in KINDS),
        *(rules.rate_above(kind, exceeds=0.999, above=0.95) for kind in KINDS),
    ),
    verify_seeds=192,
)
