"""Zigzags, and ReLU networks that learn them, from random starts or from one near folds that draw them exactly."""

import torch
from torch import nn

from looplab import Dataset, Recipe, mlp
from looplab.experiments import Arm

STEPS = 2000
STRAY = 1e-3
"""How far, in parts of its size, each parameter starts from the folds."""


def sawtooth(teeth: int, rows: int = 129) -> Dataset:
    """A zigzag between 0 and 1 with so many teeth, at equally spaced x from -1 to 1."""
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


def folded() -> nn.Module:
    """Three layers of 4 units, each close to the one that folds [0, 1] into two teeth: together 32."""
    model = mlp(1, [4, 4, 4], 1)
    first, *later = (layer for layer in model.modules() if isinstance(layer, nn.Linear))
    corners, slopes = torch.tensor([0.0, 0.25, 0.5, 0.75]), torch.tensor([4.0, -8.0, 8.0, -8.0])
    with torch.no_grad():
        first.weight.fill_(0.5)  # x runs from -1 to 1, the folds from 0 to 1
        first.bias.copy_(0.5 - corners)
        for layer in later:
            layer.weight.copy_(slopes.expand_as(layer.weight))
            layer.bias.copy_(-corners if len(layer.bias) == len(corners) else torch.zeros(1))
        for parameter in model.parameters():
            parameter.mul_(1 + STRAY * torch.randn_like(parameter))
    return model


def arm(name: str, teeth: int, *widths: int) -> Arm:
    """A ReLU network of these widths on a zigzag of so many teeth."""
    return Arm(
        name=f"{name}, {teeth} teeth",
        model=lambda: mlp(1, widths, 1),
        dataset=lambda: sawtooth(teeth, rows=16 * teeth + 1),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=STEPS),
        record_every=STEPS,
        colour="#1f5fa8" if len(widths) > 1 else "#6b6b6b",
    )
