"""Datasets that only experiments need."""

import torch

from looplab.data import Dataset

__all__ = ["sawtooth"]


def sawtooth(teeth: int, rows: int = 128) -> Dataset:
    """A zigzag between 0 and 1 with so many teeth, at equally spaced x from -1 to 1.

    >>> sawtooth(1, rows=5).targets.squeeze().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    x = torch.linspace(-1, 1, rows)[:, None]
    phase = (x + 1) / 2 * teeth
    return Dataset(
        name="sawtooth",
        inputs=x,
        targets=1 - (2 * (phase - phase.floor()) - 1).abs(),
        task="regression",
        feature_names=("x",),
        target_names=("y",),
    )
