"""What a call of `train_many` found out, as plain data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from looplab.loop import Recipe
from looplab.replicas.plan import Attributes

__all__ = ["Backend", "Results"]


@dataclass(frozen=True)
class Backend:
    """Which backend trained the replicas, and why that one.

    >>> print(Backend("vmapped", "no fused plan, because layer 1 is a LayerNorm"))
    vmapped: no fused plan, because layer 1 is a LayerNorm
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Results:
    """R trainings of one architecture. Replica r has row r of everything.

    Attributes:
        train_loss: R × T // record_every; each the loss of a step's batch, before that step's update. NaN from the
            step on in which a replica failed.
        validation_loss: the same shape; the loss over all validation rows after that step's update. None without them.
        failed: R booleans; the loss became infinite or NaN, and the replica's parameters are those that gave that loss;
            or its last update left parameters that are infinite or NaN.
        parameters: R×P, each row the parameters in the order of `model.parameters()`.
        buffers: tensors of R rows by name: what the modules keep besides their parameters.
        columns: what sets the replicas apart, a list of R values by name: seed, varied fields, fold.
        model_template: the architecture, with the initial parameters of the first seed.
        recipe: the recipe that all had in common; its `seed` was not used.
        backend: the backend that trained them, and why that one.
        dataset: the name of the dataset.
        record_every: how many steps lie between two recorded losses.
        seconds: wall time of the whole call.
        make_model: what made the models, where these may differ in more than parameters and buffers; else None.
        steps: R numbers, the updates that each made: fewer than the recipe's where it failed or was stopped. What would
            have been recorded later is NaN.
        kept_step: R numbers, how many updates are behind each replica's parameters: `steps`, or with `keep="best"`
            those of the lowest validation loss.
        train_metrics: R × T // record_every beside `train_loss`, by the metric's name.
        validation_metrics: the same beside `validation_loss`; empty without validation rows.
        trajectory: R×J×P, all parameters before the first step and after every `trajectory_every` steps; NaN after a
            replica's last step. None if it was not asked for.
        trajectory_every: how many steps lie between two of them; None without a trajectory.
        attributes: for each replica the plain attributes that training changed, by the module's path and the name;
            empty where it changed none.
    """

    train_loss: Float[Tensor, "R K"]
    validation_loss: Float[Tensor, "R K"] | None
    failed: Bool[Tensor, " R"]
    parameters: Float[Tensor, "R P"]
    buffers: dict[str, Tensor]
    columns: dict[str, list[Any]]
    model_template: nn.Module
    recipe: Recipe
    backend: Backend
    dataset: str
    record_every: int
    seconds: float
    steps: Int[Tensor, " R"]
    kept_step: Int[Tensor, " R"]
    make_model: Callable[[], nn.Module] | None = None
    attributes: tuple[Attributes, ...] = ()
    train_metrics: dict[str, Float[Tensor, "R K"]] = field(default_factory=dict)
    validation_metrics: dict[str, Float[Tensor, "R K"]] = field(default_factory=dict)
    trajectory: Float[Tensor, "R J P"] | None = None
    trajectory_every: int | None = None

    def __len__(self) -> int:
        return len(self.train_loss)
