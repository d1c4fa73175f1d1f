"""Digits 5 to 9 from few labels: from scratch, or with the hidden layers of a network that learned something before.

Before, it learned either the labels of 700 digits 0 to 4, or to restore half-erased images of 5 to 9 without labels.
"""

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from ._stacked import TOGETHER, Rows, classify, errors, fit, forward, half, starts

__all__ = ["OLD", "RATE", "STEPS", "Before", "Way", "error", "learned", "pretrained"]

Way = Literal["scratch", "frozen", "fine-tuned", "adapter"]
Before = Literal["labels", "images"]

OLD, UNLABELLED, ERASED, RANK = 700, 296, 0.5, 4
STEPS, RATE = 300, 3e-3


def error(seed: int, way: Way, labels: int, before: Before = "labels") -> float:
    """Per cent of 600 new digits 5 to 9 that a seed's network classifies wrongly.

    Args:
        seed: draws the starts, the digits and the batches.
        way: how the second task is learned.
        labels: how many labelled digits 5 to 9 there are.
        before: what the hidden layers had learned; of no effect from scratch.
    """
    block, place = divmod(seed, TOGETHER)
    return float(_errors(block, way, labels, "labels" if way == "scratch" else before)[place])


@lru_cache(maxsize=512)
def _errors(block: int, way: Way, labels: int, before: Before) -> Tensor:
    return errors(learned(block, way, labels, before), half(block, 1))


@lru_cache(maxsize=64)
def pretrained(block: int, before: Before) -> list[Tensor]:
    """Weights and biases after the first task; callers copy what they change."""
    if before == "labels":
        parameters = starts(block, 5)
        rows = half(block, 0, OLD)
        fit(
            parameters, lambda batch: classify(forward(parameters, batch.inputs), batch), rows,
            steps=600, rate=1e-3, seed=block,
        )  # fmt: skip
        return parameters
    parameters = starts(block, 64)
    random = torch.Generator().manual_seed(block)

    def restored(batch: Rows) -> Tensor:
        kept = torch.rand(batch.inputs.shape, generator=random) > ERASED
        return (forward(parameters, batch.inputs * kept) - batch.inputs).square().mean(dim=(1, 2))

    fit(parameters, restored, half(block, 1, UNLABELLED), steps=1000, rate=1e-3, seed=block)
    return parameters


def learned(block: int, way: Way, labels: int, before: Before) -> list[Tensor]:
    """Weights and biases after 300 steps on so many labelled digits 5 to 9, with a new output layer."""
    fresh = starts(block, 5, task=1)
    hidden = fresh[:-2] if way == "scratch" else [part.clone() for part in pretrained(block, before)[:-2]]
    head = fresh[-2:]
    down, up = adapters(block)
    trained = {"frozen": head, "adapter": [*down, *up, *head]}.get(way, [*hidden, *head])

    def assembled() -> list[Tensor]:
        if way != "adapter":
            return [*hidden, *head]
        first, second = (hidden[2 * i] + down[i] @ up[i] for i in (0, 1))
        return [first, hidden[1], second, hidden[3], *head]

    fit(
        trained, lambda batch: classify(forward(assembled(), batch.inputs), batch), half(block, 1, labels),
        steps=STEPS, rate=RATE, seed=block,
    )  # fmt: skip
    return [part.detach() for part in assembled()]


def adapters(block: int) -> tuple[list[Tensor], list[Tensor]]:
    """For each of two hidden layers A, S×64×4, random, and B, S×4×64, zero: at first they add nothing."""
    random = torch.Generator().manual_seed(block)
    down = [torch.randn(TOGETHER, 64, RANK, generator=random) / 8 for _ in range(2)]
    return down, [torch.zeros(TOGETHER, RANK, 64) for _ in range(2)]
