"""The buffers of batch norms, for replicas that machine code trains: running means, variances, and counters."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from looplab.replicas.call import Call
from looplab.replicas.layers import Network
from looplab.replicas.plan import Floats, Trained
from looplab.replicas.unsuitable import UnsuitableError

__all__ = ["initial_statistics", "running", "with_buffers"]


def running(network: Network) -> list[str]:
    """The names of the buffers with running means and variances, in the order in which machine code has them."""
    return [f"{norm.name}.{name}" for norm in network.norms for name in ("running_mean", "running_var")]


def initial_statistics(network: Network, call: Call, buffers: Mapping[str, Tensor]) -> Floats:
    """R×Q: of each batch norm in turn the running means, then the running variances.

    Args:
        network: the layers.
        call: the replicas.
        buffers: those of the S seeds' models, by name.

    Raises:
        UnsuitableError: a mean of all batches begins with some, where kernels count from the first step.
    """
    for norm in network.norms:
        seen = buffers[f"{norm.name}.num_batches_tracked"][call.seed_index]
        if norm.momentum < 0 and bool(seen.any()):
            raise UnsuitableError("a batch norm goes on from the mean of earlier batches")
    parts = [buffers[name] for name in running(network)]
    if not parts:
        return np.zeros((len(call), 0), call.number)
    rows: Floats = torch.cat(parts, dim=1).numpy()[call.seed_index]
    return rows


def with_buffers(trained: Trained, network: Network, call: Call, buffers: Mapping[str, Tensor]) -> Trained:
    """The same replicas with the buffers of their models: those of the batch norms as they are after the training.

    A replica that failed has seen one more batch than it made updates.
    """
    assert trained.statistics is not None, "machine code trained them"
    stacked = {name: buffer[torch.from_numpy(call.seed_index)] for name, buffer in buffers.items()}
    batches = torch.from_numpy(trained.kept_step + trained.failed)
    place = 0
    for norm in network.norms:
        for name in ("running_mean", "running_var"):
            stacked[f"{norm.name}.{name}"] = torch.from_numpy(trained.statistics[:, place : place + norm.width].copy())
            place += norm.width
        counter = f"{norm.name}.num_batches_tracked"
        stacked[counter] = stacked[counter] + batches
    return replace(trained, buffers=stacked)
