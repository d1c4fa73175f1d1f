"""What every backend of `train_many` gives back, and a network as a list of layers.

Shapes: R replicas, T steps, P parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from looplab.replicas.network import ActivationLayer, Dropout, Layer, Linear, Network, describe_network

__all__ = ["ActivationLayer", "Dropout", "Layer", "Linear", "Network", "Trained", "describe_network"]

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Attributes = Mapping[tuple[str, str], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What became of the replicas.

    Args:
        parameters: R×P float32, each replica's parameters in the order and layout of `model.parameters()`.
        train_loss: R×(T // record_every) float32, the mean loss of each recorded step's batch, before its update.
        validation_loss: the same for the validation rows, after the update, with dropout off; None without them.
        failed: R booleans: a loss became infinite or NaN. That replica stopped there: its remaining losses are NaN
            and its parameters are those that gave the loss.
        buffers: tensors of R rows by name: what the modules keep besides their parameters.
        attributes: for each replica the plain attributes that training changed, by the module's path and the name;
            empty where none can.
    """

    parameters: Float32
    train_loss: Float32
    validation_loss: Float32 | None
    failed: NDArray[np.bool_]
    buffers: Mapping[str, Tensor] = field(default_factory=dict)
    attributes: tuple[Attributes, ...] = ()
