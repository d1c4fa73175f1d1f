"""Errors on digits 0 to 4 before and after 200 labelled digits 5 to 9 have been learned."""

from functools import lru_cache
from typing import Literal

from torch import Tensor

from ._stacked import TOGETHER, Rows, classify, errors, fit, forward, half, joined, starts
from ._transfer import OLD, RATE, STEPS, pretrained

__all__ = ["Kind", "error_on_old"]

Kind = Literal["before", "own output layer", "one output layer", "50 old digits again"]
LABELS, AGAIN = 200, 50


def error_on_old(seed: int, kind: Kind) -> float:
    """Per cent of 201 digits 0 to 4 that are classified wrongly, none of which was learned from."""
    block, place = divmod(seed, TOGETHER)
    return float(_errors(block, kind)[place])


@lru_cache(maxsize=512)
def _errors(block: int, kind: Kind) -> Tensor:
    old = half(block, 0)
    if kind == "before":
        return errors(pretrained(block, "labels"), old)
    if kind == "own output layer":
        before = pretrained(block, "labels")
        changed = [*(part.clone() for part in before[:-2]), *starts(block, 5, task=1)[-2:]]
        _learn(changed, half(block, 1, LABELS), STEPS, RATE, block)
        return errors([*changed[:-2], *before[-2:]], old)
    parameters = [part.clone() for part in _one_output_layer(block)]
    new = half(block, 1, LABELS)
    rows = Rows(new.inputs, new.targets + 5)
    if kind == "50 old digits again":
        rows = joined(rows, half(block, 0, AGAIN))
    _learn(parameters, rows, STEPS, RATE, block)
    return errors(parameters, old)


@lru_cache(maxsize=64)
def _one_output_layer(block: int) -> list[Tensor]:
    """After digits 0 to 4, with outputs for all ten."""
    parameters = starts(block, 10)
    _learn(parameters, half(block, 0, OLD), 600, 1e-3, block)
    return parameters


def _learn(parameters: list[Tensor], rows: Rows, steps: int, rate: float, seed: int) -> None:
    def loss(batch: Rows) -> Tensor:
        return classify(forward(parameters, batch.inputs), batch)

    fit(parameters, loss, rows, steps=steps, rate=rate, seed=seed)
