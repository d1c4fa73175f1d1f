"""Whether `looplab.train` gives the weights of a loop of ten lines in plain PyTorch, for a transformer.

The other arm has the same loop see its batches in another order, so that a comparison which could not fail would show.
"""

import torch
from torch import Tensor

from looplab import Recipe, train
from looplab.data import batch_order
from looplab.experiments import Experiment, Trial, rules

from ._characters import Transformer, learned_and_new, loss

WIDTH, BATCH, RATE, STEPS = 16, 8, 0.01, 50


def plain_loop(seed: int, order: int) -> Tensor:
    """All parameters in a row, after 50 steps of Adam in plain PyTorch."""
    windows = learned_and_new()[0].inputs
    torch.manual_seed(seed)
    model = Transformer(WIDTH)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    for rows in batch_order(len(windows), BATCH, STEPS, order):
        optimizer.zero_grad()
        cross_entropy = -model(windows[rows]).mean()
        cross_entropy.backward()
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def by_train(seed: int) -> Tensor:
    """The same, by `looplab.train`."""
    recipe = Recipe(optimizer="adam", lr=RATE, steps=STEPS, batch_size=BATCH, seed=seed)
    model = train(lambda: Transformer(WIDTH), learned_and_new()[0], recipe, loss=loss).model
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def differing(first: Tensor, second: Tensor) -> float:
    """Per cent of the parameters that are not the same number."""
    return 100 * float((first != second).double().mean())


experiment = Experiment(
    id="same-loop",
    question="Is a language model trained by the same loop?",
    claim="After 50 steps of Adam with batches of eight windows, `looplab.train` has typically given a transformer "
    "of 4525 parameters the weights of a loop in plain PyTorch, to the bit; batches in another order typically change "
    "more than 90 % of them.",
    arms=(
        Trial(name="train", measure=lambda seed: differing(by_train(seed), plain_loop(seed, seed))),
        Trial(
            name="another order",
            measure=lambda seed: differing(plain_loop(seed, seed + 1), plain_loop(seed, seed)),
            colour="#6b6b6b",
        ),
    ),
    measured="parameters that differ from those of the plain loop (%)",
    verdict=(rules.typically_below("train", 1e-9), rules.typically_above("another order", 90)),
    seeds=64,
    verify_seeds=8,
)
