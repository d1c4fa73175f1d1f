"""What every backend of `train_many` gives back, and a network as a list of layers.

Shapes: R replicas, T steps, P parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from looplab.replicas.layers import ActivationLayer, Dropout, Layer, Linear, Network
from looplab.replicas.network import describe_network

__all__ = ["ActivationLayer", "Dropout", "Layer", "Linear", "Network", "Trained", "describe_network"]

Floats = NDArray[np.floating[Any]]
"""Numbers of the type of the data: float32 or float64."""
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Attributes = Mapping[tuple[str, str], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What became of the replicas. Losses, metrics and parameters have the type of the data.

    Args:
        parameters: R×P, each replica's parameters in the order and layout of `model.parameters()`.
        train_loss: R×(T // record_every), the mean loss of each recorded step's batch, before its update.
        validation_loss: the same for the validation rows, after the update, with dropout off; None without them.
        failed: R booleans: a loss became infinite or NaN. That replica stopped there: its remaining losses are NaN
            and its parameters are those that gave the loss.
        buffers: tensors of R rows by name: what the modules keep besides their parameters.
        statistics: R×Q, what machine code made of the running statistics of batch norms; None of other backends.
        steps: R numbers, the updates that each made: fewer than T where it failed or was stopped. What would have been
            recorded later is NaN.
        kept_step: R numbers, how many updates are behind each replica's parameters.
        attributes: for each replica the plain attributes that training changed, by the module's path and the name;
            empty where none can.
        train_metrics: values beside `train_loss` by the metric's name.
        validation_metrics: values beside `validation_loss` by the metric's name.
        trajectory: R×J×P, the parameters before the first step and at every waypoint; NaN after the last step
            of a replica. None if they were not asked for.
    """

    parameters: Floats
    train_loss: Floats
    validation_loss: Floats | None
    failed: NDArray[np.bool_]
    steps: Int64
    kept_step: Int64
    buffers: Mapping[str, Tensor] = field(default_factory=dict)
    statistics: Floats | None = None
    attributes: tuple[Attributes, ...] = ()
    train_metrics: Mapping[str, Floats] = field(default_factory=dict)
    validation_metrics: Mapping[str, Floats] = field(default_factory=dict)
    trajectory: Floats | None = None
