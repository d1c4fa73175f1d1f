"""A network with an L2 penalty that learns from thirty noisy points of a sine, other points for each seed."""

from functools import lru_cache, partial

import torch
from torch import Tensor

from looplab import Recipe, load, mlp, train_many

__all__ = ["LOOK", "losses"]

ROWS, ALL = 30, 300
LOOK = {0.0: ("no penalty", "#0b7d7d"), 0.003: ("L2 0.003", "#1f5fa8"), 0.3: ("L2 0.3", "#6b6b6b")}


@lru_cache(maxsize=4096)
def losses(strength: float, seed: int) -> tuple[float, float]:
    """The loss on the rows learned from, and on new rows, after 3000 steps.

    The seed draws the noise of 300 points, the thirty of them to learn from, and the initial parameters.
    """
    data = load("sine", rows=ALL, noise=0.3, seed=seed)
    order = torch.randperm(ALL, generator=torch.Generator().manual_seed(seed))
    learned, new = data.subset(order[:ROWS]), data.subset(order[ROWS:])
    runs = train_many(
        partial(mlp, 1, [32], 1, activation="tanh"),
        learned,
        Recipe(optimizer="adam", lr=0.01, steps=3000, weight_decay=strength),
        seeds=[seed],
        record_every=3000,
        threads=1,
    )
    errors: Tensor = (runs.predict(new.inputs)[0] - new.targets).square()
    return float(runs.train_loss[0, -1]), float(errors.mean())
