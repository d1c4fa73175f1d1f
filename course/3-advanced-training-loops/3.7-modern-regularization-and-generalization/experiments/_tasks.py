"""One network after another task: the same rows, and other random labels each time, for sixteen seeds at once.

Adam works on each number by itself. So one Adam trains the stacked parameters of sixteen networks as sixteen would.
"""

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from looplab import mlp

__all__ = ["right_after_each_task"]

TOGETHER, ROWS, TASKS, STEPS, RATE = 16, 100, 40, 200, 0.01


def right_after_each_task(seed: int, decay: float, *, new_optimizer: bool = False) -> Tensor:
    """The share of rows that a seed's network gets right at the end of each task; the seed draws start, rows, labels.

    Args:
        seed: of the network.
        decay: AdamW's weight decay; Adam itself at 0.
        new_optimizer: whether each task begins with new averages in Adam, rather than with those of the last.
    """
    block, place = divmod(seed, TOGETHER)
    return _block(block, decay, new_optimizer)[:, place]


@lru_cache(maxsize=256)
def _block(block: int, decay: float, new_optimizer: bool) -> Tensor:
    rows, labels, starts = [], [], []
    for seed in range(block * TOGETHER, (block + 1) * TOGETHER):
        torch.manual_seed(seed)
        layers = [layer for layer in mlp(16, [32, 32], 1) if isinstance(layer, nn.Linear)]
        starts.append([tensor.detach() for layer in layers for tensor in (layer.weight.T, layer.bias[None])])
        rows.append(torch.randn(ROWS, 16))
        labels.append(torch.randint(2, (TASKS, ROWS, 1)).float())
    parameters = [torch.stack(same).requires_grad_() for same in zip(*starts, strict=True)]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=decay, fused=True)
    inputs, shares = torch.stack(rows), []
    for task in torch.stack(labels, dim=1):
        if new_optimizer:
            optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=decay, fused=True)
        for _ in range(STEPS):
            optimizer.zero_grad()
            losses = binary_cross_entropy_with_logits(_scores(parameters, inputs), task, reduction="none")
            losses.mean(dim=(1, 2)).sum().backward()
            optimizer.step()
        with torch.no_grad():
            said = _scores(parameters, inputs) > 0
        shares.append((said == (task > 0)).double().mean(dim=(1, 2)))
    return torch.stack(shares)


def _scores(parameters: list[Tensor], rows: Tensor) -> Tensor:
    """Networks × rows × 1, from weights and biases that are stacked over the networks."""
    for weight, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        rows = torch.baddbmm(bias, rows, weight).relu()
    return torch.baddbmm(parameters[-1], rows, parameters[-2])
