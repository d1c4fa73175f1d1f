"""The result of one training."""

from dataclasses import dataclass, field

from jaxtyping import Float, Int
from torch import Tensor, nn

from looplab.loop.recipe import Recipe

__all__ = ["Run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One training: the trained model and how it got there. Losses and metrics have the type of the data.

    Attributes:
        model: the trained model; with `keep="best"`, as it was at its lowest validation loss.
        train_loss: of length T // record_every, T the steps made; each the loss of a step's batch, before that
            step's update.
        validation_loss: the same length; the loss over all validation rows after that step's update. None without them.
        recipe: the recipe that was followed.
        seconds: wall time of the loop.
        steps: updates made; fewer than the recipe's where the run was stopped.
        kept_step: how many updates are behind the model's parameters: `steps`, or with `keep="best"` those of the best.
        stopped: why the run ended before the recipe's last step; None if it did not.
        train_metrics: values beside `train_loss` by the metric's name, of the same batches.
        validation_metrics: values beside `validation_loss` by the metric's name; empty without validation rows.
        trajectory: K×P, all parameters in the order of `model.parameters()`, before the first step and after every
            `trajectory_every` steps. None if it was not asked for.
        trajectory_steps: K numbers, how many updates are behind each row of the trajectory.
    """

    model: nn.Module
    train_loss: Float[Tensor, " T"]
    validation_loss: Float[Tensor, " T"] | None
    recipe: Recipe
    seconds: float
    steps: int
    kept_step: int
    stopped: str | None = None
    train_metrics: dict[str, Float[Tensor, " T"]] = field(default_factory=dict)
    validation_metrics: dict[str, Float[Tensor, " T"]] = field(default_factory=dict)
    trajectory: Float[Tensor, "K P"] | None = None
    trajectory_steps: Int[Tensor, " K"] | None = None
