"""The result of one training."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from looplab.loop.recipe import Recipe

__all__ = ["Run"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One training: the trained model and how it got there.

    Attributes:
        model: the trained model.
        train_loss: float32 of length T // record_every; each the loss of a step's batch, before that step's update.
        validation_loss: the same length; the loss over all validation rows after that step's update. None without them.
        recipe: the recipe that was followed.
        seconds: wall time of the loop.
    """

    model: nn.Module
    train_loss: Float[Tensor, " T"]
    validation_loss: Float[Tensor, " T"] | None
    recipe: Recipe
    seconds: float
