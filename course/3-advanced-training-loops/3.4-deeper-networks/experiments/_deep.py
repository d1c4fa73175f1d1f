"""Thirty hidden layers on the moons, plain or in residual blocks, from three starts, each at the best of its rates."""

from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor, nn

from looplab import Recipe, load, train_many

__all__ = ["Residual", "best_loss", "he", "plain", "residual"]

WIDTH, DEPTH, STEPS = 16, 30, 300
RATES = (0.01, 0.03, 0.1)


class Residual(nn.Module):
    """Two layers whose result is added to what went in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """The sum of shortcut and branch."""
        return h + torch.as_tensor(self.outer(self.inner(h).relu()))


def he(network: nn.Sequential) -> nn.Sequential:
    """The network with He's start."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return network


def plain(start: str) -> nn.Sequential:
    """2→16→…→16→1; "default" and "He" with ReLU, "orthogonal" with tanh."""
    network = nn.Sequential()
    for fan_in, fan_out in pairwise([2] + [WIDTH] * DEPTH):
        network.extend([nn.Linear(fan_in, fan_out), nn.Tanh() if start == "orthogonal" else nn.ReLU()])
    network.append(nn.Linear(WIDTH, 1))
    if start == "orthogonal":
        for layer in network:
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)
                nn.init.zeros_(layer.bias)
    return he(network) if start == "He" else network


def residual() -> nn.Sequential:
    """The same depth: a first layer and 15 blocks of two layers, from PyTorch's default start."""
    blocks = [Residual(WIDTH) for _ in range(DEPTH // 2)]
    return nn.Sequential(nn.Linear(2, WIDTH), *blocks, nn.ReLU(), nn.Linear(WIDTH, 1))


@lru_cache(maxsize=1024)
def best_loss(start: str, seed: int) -> float:
    """The lowest of three losses on 200 moons after 300 steps of SGD, one for each rate."""
    network = residual if start == "residual" else lambda: plain(start)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=STEPS)
    runs = train_many(network, load("moons"), recipe, seeds=[seed], vary={"lr": RATES}, record_every=STEPS, threads=1)
    return float(runs.final_train_loss.nan_to_num(0.693).min())
