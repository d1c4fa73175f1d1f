"""Losses of transformers of four widths, and the power law that fits them, for eight seeds at once."""

import math
from functools import lru_cache, partial

import torch
from torch import Tensor

from looplab import Recipe, train_many

from ._characters import Transformer, learned_and_new, loss

__all__ = ["STEPS", "WIDTHS", "exponent", "foretold", "new_loss", "parameters"]

TOGETHER, STEPS = 8, 480
RATES = {4: 0.08, 8: 0.06, 16: 0.03, 32: 0.015}
WIDTHS = tuple(RATES)


def new_loss(width: int, steps: int, seed: int) -> float:
    """Cross-entropy on windows held out, in nats a character; the seed draws start and order."""
    block, place = divmod(seed, TOGETHER)
    return float(_block(width, steps, block)[place])


@lru_cache(maxsize=1024)
def _block(width: int, steps: int, block: int) -> Tensor:
    learned, new = learned_and_new()
    runs = train_many(
        partial(Transformer, width),
        learned,
        Recipe(optimizer="adam", lr=RATES[width], steps=steps, batch_size=8, schedule="cosine"),
        seeds=range(block * TOGETHER, (block + 1) * TOGETHER),
        loss=loss,
        record_every=steps,
        backend="vmapped",
    )
    losses: Tensor = loss(runs.predict(new.inputs), new.targets)
    return losses.mean(dim=(1, 2))


@lru_cache
def parameters(width: int) -> int:
    """How many numbers a transformer of this width learns."""
    return sum(parameter.numel() for parameter in Transformer(width).parameters())


def exponent(sizes: list[int], losses: list[float]) -> float:
    """The α of "loss ∝ size to the power −α": minus the slope of the line through the logarithms."""
    return -_line(sizes, losses)[1]


def foretold(sizes: list[int], losses: list[float], size: int) -> float:
    """The loss that the line through the logarithms gives at another size."""
    height, slope = _line(sizes, losses)
    return math.exp(height + slope * math.log(size))


def _line(sizes: list[int], losses: list[float]) -> tuple[float, float]:
    logs = torch.tensor(sizes, dtype=torch.float64).log()
    design = torch.stack([torch.ones_like(logs), logs], dim=1)
    heights = torch.tensor(losses, dtype=torch.float64).log()
    height, slope = torch.linalg.lstsq(design, heights[:, None]).solution.flatten().tolist()
    return height, slope
