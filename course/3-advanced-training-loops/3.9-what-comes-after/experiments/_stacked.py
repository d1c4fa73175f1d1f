"""Networks 64→64→64→outputs of sixteen seeds at once, and the digits of each, in two halves: 0 to 4 and 5 to 9.

Adam works on each number by itself. So one Adam trains the stacked parameters of sixteen networks as sixteen would.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from looplab import load, mlp

__all__ = ["TOGETHER", "Rows", "classify", "errors", "fit", "forward", "half", "joined", "starts"]

TOGETHER, BATCH = 16, 64
HELD_OUT = {0: 201, 1: 600}
"""How many digits of each half stay for tests, whatever is learned from the others."""


class Rows(NamedTuple):
    """Digits for each of S seeds: inputs of shape S×N×64, targets of shape S×N."""

    inputs: Tensor
    targets: Tensor


def seeds_of(block: int) -> range:
    """The seeds that are trained together."""
    return range(block * TOGETHER, (block + 1) * TOGETHER)


def half(block: int, which: int, count: int | None = None) -> Rows:
    """So many digits of a half to learn from, drawn by each seed; without a count, those held out.

    Args:
        block: of seeds.
        which: 0 for digits 0 to 4, 1 for 5 to 9; targets are counted from 0 in each.
        count: of rows for each seed; a smaller count takes the first of a larger one's.
    """
    digits = load("digits")
    own = (digits.targets // 5 == which).nonzero().flatten()
    picked = []
    for seed in seeds_of(block):
        order = own[torch.randperm(len(own), generator=torch.Generator().manual_seed(seed))]
        picked.append(order[HELD_OUT[which] :][:count] if count else order[: HELD_OUT[which]])
    rows = torch.stack(picked)
    return Rows(digits.inputs[rows], digits.targets[rows] - 5 * which)


def joined(first: Rows, second: Rows) -> Rows:
    """The rows of both."""
    return Rows(torch.cat([first.inputs, second.inputs], dim=1), torch.cat([first.targets, second.targets], dim=1))


def starts(block: int, outputs: int, *, task: int = 0) -> list[Tensor]:
    """Weights S×D×H and biases S×1×H of three layers, as PyTorch draws them; another draw for each task."""
    drawn = []
    for seed in seeds_of(block):
        torch.manual_seed(1_000_000 * task + seed)
        layers = [layer for layer in mlp(64, [64, 64], outputs) if isinstance(layer, nn.Linear)]
        drawn.append([part.detach() for layer in layers for part in (layer.weight.T, layer.bias[None])])
    return [torch.stack(same) for same in zip(*drawn, strict=True)]


def forward(parameters: Sequence[Tensor], inputs: Tensor) -> Tensor:
    """Outputs S×N×C for inputs S×N×64."""
    for weight, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        inputs = torch.baddbmm(bias, inputs, weight).relu()
    return torch.baddbmm(parameters[-1], inputs, parameters[-2])


def classify(outputs: Tensor, rows: Rows) -> Tensor:
    """Cross-entropy of each seed, shape S."""
    losses = cross_entropy(outputs.flatten(0, 1), rows.targets.flatten(), reduction="none")
    return losses.reshape(rows.targets.shape).mean(dim=1)


def fit(
    learned: Sequence[Tensor],
    loss: Callable[[Rows], Tensor],
    rows: Rows,
    *,
    steps: int,
    rate: float,
    seed: int,
) -> None:
    """Lower the loss of batches of at most 64 rows with Adam, in place; tensors that are not named stay.

    Args:
        learned: what Adam may change.
        loss: from a batch of rows to the loss of each seed, shape S.
        rows: to draw batches from; all are taken where there are no more than 64.
        steps: of Adam.
        rate: of Adam.
        seed: draws the batches.
    """
    parameters = [tensor.requires_grad_() for tensor in learned]
    optimizer = torch.optim.Adam(parameters, lr=rate, fused=True)
    random = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(_batch(rows, random)).sum().backward()
        optimizer.step()
    for tensor in parameters:
        tensor.requires_grad_(False)


def _batch(rows: Rows, random: torch.Generator) -> Rows:
    count = rows.targets.shape[1]
    if count <= BATCH:
        return rows
    at = torch.randint(count, (TOGETHER, BATCH), generator=random)
    return Rows(rows.inputs.gather(1, at[..., None].expand(-1, -1, 64)), rows.targets.gather(1, at))


@torch.no_grad()
def errors(parameters: Sequence[Tensor], rows: Rows) -> Tensor:
    """Per cent of rows of each seed that are classified wrongly, shape S."""
    return 100 * (forward(parameters, rows.inputs).argmax(dim=-1) != rows.targets).double().mean(dim=1)
