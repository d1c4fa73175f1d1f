"""Muon (Jordan et al., 2024): momentum made orthogonal, for hidden matrices; the rest is AdamW's."""

import torch
from torch import nn

from looplab.loop.optimizers.optimizer import Optimizer
from looplab.registry import Cannot

__all__ = ["MUON", "hidden_matrices"]

_WHY_ALONE = Cannot("it makes whole matrices orthogonal")


def hidden_matrices(model: nn.Module) -> frozenset[str]:
    """The names of a model's matrices, but for those of embeddings and for the last of several, which is the output's.

    >>> sorted(hidden_matrices(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.Linear(8, 1))))
    ['0.weight', '2.weight']
    """
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)}
    named = model.named_parameters()
    matrices = [name for name, parameter in named if parameter.ndim == 2 and id(parameter) not in tables]
    return frozenset(matrices[:-1] or matrices)


MUON = Optimizer(
    name="muon",
    title="Muon",
    torch_class=torch.optim.Muon,
    fields=("momentum", "nesterov", "eps", "weight_decay"),
    selects=hidden_matrices,
    vmapped=_WHY_ALONE,
    fused=_WHY_ALONE,
)
