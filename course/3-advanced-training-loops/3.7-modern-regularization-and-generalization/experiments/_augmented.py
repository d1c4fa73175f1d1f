"""Digits of 8×8 pixels shifted and turned."""

import math

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["shifted", "turned"]


def shifted(inputs: Tensor) -> list[Tensor]:
    """Four copies, a pixel up, down, left and right; what leaves the image is lost and 0 comes in."""
    padded = functional.pad(inputs.reshape(-1, 8, 8), (1, 1, 1, 1))
    return [padded[:, r : r + 8, c : c + 8].flatten(1) for r, c in ((0, 1), (2, 1), (1, 0), (1, 2))]


def turned(inputs: Tensor, degrees: tuple[float, ...] = (-15, -8, 8, 15)) -> list[Tensor]:
    """A copy for each angle."""
    copies = []
    for angle in map(math.radians, degrees):
        turn = torch.tensor([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]])
        grid = functional.affine_grid(turn.expand(len(inputs), 2, 3), [len(inputs), 1, 8, 8], align_corners=False)
        copies.append(functional.grid_sample(inputs.reshape(-1, 1, 8, 8), grid, align_corners=False).flatten(1))
    return copies
