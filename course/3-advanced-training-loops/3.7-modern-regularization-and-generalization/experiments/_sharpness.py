"""Twenty-four trainings on a few moons, with other rates and batch sizes, and how curved the loss is at their ends."""

from functools import lru_cache, partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from looplab import Dataset, Recipe, load, mlp, train_many

__all__ = ["Ends", "ends"]

RATES, BATCHES, ROWS, STEPS = (0.03, 0.1, 0.2, 0.4, 0.8, 1.6), (2, 4, 8, 16), 60, 2000


class Ends(NamedTuple):
    """One number for each training."""

    sharpness: list[float]
    training_loss: list[float]
    new_loss: list[float]


@lru_cache(maxsize=512)
def ends(seed: int) -> Ends:
    """The seed draws the moons, the start and the order of the batches, which are the same for all rates."""
    moons, new = load("moons", rows=ROWS, seed=seed), load("moons", rows=2000, seed=1_000_000 + seed)
    runs = train_many(
        partial(mlp, 2, [16], 1, activation="tanh"),
        moons,
        Recipe(optimizer="sgd", lr=1.0, steps=STEPS),
        seeds=[seed],
        vary={"lr": RATES, "batch_size": BATCHES},
        record_every=STEPS,
        threads=1,
        backend="fused",
    )
    found = Ends([], [], [])
    for model in map(runs.model, range(len(RATES) * len(BATCHES))):
        found.sharpness.append(sharpness(model, moons))
        for losses, rows in ((found.training_loss, moons), (found.new_loss, new)):
            with torch.no_grad():
                losses.append(float(binary_cross_entropy_with_logits(model(rows.inputs), rows.targets)))
    return found


def sharpness(model: nn.Module, rows: Dataset) -> float:
    """The largest eigenvalue of the Hessian of the loss."""
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}

    def loss(flat: Tensor) -> Tensor:
        pieces = flat.split([parameter.numel() for parameter in parameters.values()])
        named = {name: piece.view_as(parameters[name]) for name, piece in zip(parameters, pieces, strict=True)}
        return binary_cross_entropy_with_logits(torch.func.functional_call(model, named, rows.inputs), rows.targets)

    hessian: Tensor = torch.func.hessian(loss)(nn.utils.parameters_to_vector(parameters.values()))
    return float(torch.linalg.eigvalsh(hessian)[-1])
