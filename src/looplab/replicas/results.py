"""What a call of `train_many` found out, as plain data."""

from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor

from looplab.loop import Recipe
from looplab.replicas.parts import Part

__all__ = ["Backend", "Results"]


@dataclass(frozen=True)
class Backend:
    """Which backend trained the replicas, and why that one.

    >>> print(Backend("vmapped", "no fused plan, because layer 1 is a PReLU"))
    vmapped: no fused plan, because layer 1 is a PReLU
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Results:
    """R trainings. Replica r has row r of everything.

    Attributes:
        train_loss: R×K, the K recorded losses; each the loss of a step's batch, before that step's update. NaN from the
            step on in which a replica failed, and after the last step of one that takes fewer than others.
        validation_loss: the same shape; the loss over all validation rows after that step's update. None without them.
        failed: R booleans; the loss became infinite or NaN, and the replica's parameters are those that gave that loss;
            or its last update left parameters that are infinite or NaN.
        parts: the replicas by architecture, with their parameters.
        columns: what sets the replicas apart, a list of R values by name: seed, varied fields and settings, fold.
        recipe: the recipe that all had in common, or the first of those that were listed; its `seed` was not used.
        backend: the backend that trained them, and why that one; where several did, which trained what.
        dataset: the name of the dataset.
        record_every: how many steps lie between two recorded losses.
        seconds: wall time of the whole call.
        steps: R numbers, the updates that each made: fewer than the recipe's where it failed or was stopped. What would
            have been recorded later is NaN.
        kept_step: R numbers, how many updates are behind each replica's parameters: `steps`, or with `keep="best"`
            those of the lowest validation loss.
        train_metrics: R×K beside `train_loss`, by the metric's name.
        validation_metrics: the same beside `validation_loss`; empty without validation rows.
        trajectory_every: how many steps lie between two points of a trajectory; None without one.
    """

    train_loss: Float[Tensor, "R K"]
    validation_loss: Float[Tensor, "R K"] | None
    failed: Bool[Tensor, " R"]
    steps: Int[Tensor, " R"]
    kept_step: Int[Tensor, " R"]
    parts: tuple[Part, ...]
    columns: dict[str, list[Any]]
    recipe: Recipe
    backend: Backend
    dataset: str
    record_every: int
    seconds: float
    train_metrics: dict[str, Float[Tensor, "R K"]] = field(default_factory=dict)
    validation_metrics: dict[str, Float[Tensor, "R K"]] = field(default_factory=dict)
    trajectory_every: int | None = None

    def __len__(self) -> int:
        return len(self.train_loss)
