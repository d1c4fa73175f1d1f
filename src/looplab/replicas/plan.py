"""What both backends of `train_many` are given, and what they give back: arrays, and a network as a list of layers.

Shapes: R replicas, T steps, N rows, V validation rows, D features, O outputs, P parameters, M distinct weightings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from looplab.replicas.network import ActivationLayer, Dropout, Layer, Linear, Network, describe_network

__all__ = ["ActivationLayer", "Dropout", "Layer", "Linear", "Network", "Problem", "Settings", "Trained", "describe_network"]

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """How to train each replica: a number per replica where it may vary, else one value for all.

    Args:
        optimizer: a name from `looplab.loop.optimizers`.
        steps: number of updates, T, at least 1.
        seeds: R seeds; each fixes its replica's batch order and dropout masks.
        batch_size: R numbers of rows in an update; 0 for all rows in their own order.
        lr, momentum, beta1, beta2, eps, weight_decay: R numbers each, as in `Recipe`, with its defaults filled in.
        clip_norm: R largest allowed norms of the gradient; infinity does not clip.
        nesterov: Nesterov's momentum, for "sgd".
        schedule: a name from `looplab.loop.schedules`.
        record_every: keep the losses of steps k-1, 2k-1, 3k-1, ...
    """

    optimizer: str
    steps: int
    seeds: Int64
    batch_size: Int64
    lr: Float64
    momentum: Float64
    beta1: Float64
    beta2: Float64
    eps: Float64
    weight_decay: Float64
    clip_norm: Float64
    nesterov: bool = False
    schedule: str = "constant"
    record_every: int = 1

    def __post_init__(self) -> None:
        for name in ("batch_size", "lr", "momentum", "beta1", "beta2", "eps", "weight_decay", "clip_norm"):
            assert getattr(self, name).shape == self.seeds.shape, name

    @property
    def replicas(self) -> int:
        """Number of replicas, R."""
        return len(self.seeds)

    @property
    def records(self) -> int:
        """Number of recorded losses of a replica, T // record_every."""
        return self.steps // self.record_every


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """What to learn from.

    Args:
        inputs: N×D float32.
        targets: by task: "regression" float32 N×O, "binary" float32 N×1 of 0 and 1, "multiclass" int64 N.
        task: "regression", "binary" or "multiclass".
        validation_inputs: V×D float32, or None.
        validation_targets: as the targets, for V rows, or None.
        row_weights: M×N float32, at least 0, or None for equal weights. A row of weight 0 is left out: batches are
            drawn from the others.
        weighting: R numbers below M: which weighting each replica takes. None with R weightings, one a replica.
    """

    inputs: Float32
    targets: Float32 | Int64
    task: str
    validation_inputs: Float32 | None = None
    validation_targets: Float32 | Int64 | None = None
    row_weights: Float32 | None = None
    weighting: Int64 | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What became of the replicas.

    Args:
        parameters: R×P float32, each replica's parameters in the order and layout of `model.parameters()`.
        train_loss: R×(T // record_every) float32, the mean loss of each recorded step's batch, before its update.
        validation_loss: the same for the validation rows, after the update, with dropout off; None without them.
        failed: R booleans: a loss became infinite or NaN. That replica stopped there: its remaining losses are NaN
            and its parameters are those that gave the loss.
    """

    parameters: Float32
    train_loss: Float32
    validation_loss: Float32 | None
    failed: NDArray[np.bool_]
