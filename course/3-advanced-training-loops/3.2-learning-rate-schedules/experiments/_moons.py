"""A network 2→16→1 that learns moons of its own, other points for each seed, with one of looplab's recipes."""

from collections.abc import Sequence
from functools import lru_cache, partial

import torch
from torch import Tensor

from looplab import Dataset, Recipe, Runs, load, mlp, train_many

__all__ = ["BATCH", "STEPS", "final_losses", "loss_over_all_rows", "network"]

STEPS, BATCH = 1000, 8
network = partial(mlp, 2, [16], 1, activation="relu")


@lru_cache(maxsize=4096)
def final_losses(
    rates: Sequence[float], seed: int, schedule: str, optimizer: str = "sgd", batch_size: int | None = BATCH
) -> tuple[float, ...]:
    """The loss over all 200 points after 1000 steps, for each learning rate; the seed draws points, start and order."""
    moons = load("moons", seed=seed)
    recipe = Recipe(optimizer=optimizer, lr=1.0, steps=STEPS, batch_size=batch_size, schedule=schedule)
    runs = train_many(
        network, moons, recipe, seeds=[seed], vary={"lr": rates}, record_every=STEPS, threads=1, backend="fused"
    )
    return tuple(loss_over_all_rows(runs, moons).tolist())


def loss_over_all_rows(runs: Runs, rows: Dataset) -> Tensor:
    """The mean cross-entropy of each run; one that blew up counts as 10, far above the 0.69 of a guess."""
    scores = runs.predict(rows.inputs)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        scores, rows.targets.expand_as(scores), reduction="none"
    )
    return losses.mean(dim=(1, 2)).nan_to_num(nan=10.0, posinf=10.0).clamp(max=10.0)
