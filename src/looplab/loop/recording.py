"""What of a training is to be recorded and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from looplab.data import Dataset
from looplab.errors import RecipeError, require_choice, shown
from looplab.loop.metrics import MetricFunction
from looplab.numbers import whole_number

__all__ = ["Keep", "Recording"]

Keep = Literal["last", "best"]
"""Which parameters a run keeps: the last ones, or those with the lowest validation loss."""


@dataclass(frozen=True)
class Recording:
    """What of a training is to be recorded and kept; see `train`.

    Raises:
        RecipeError: what is impossible, or needs validation rows where there are none.
        ChoiceError: an unknown `keep`.
    """

    validation: Dataset | None = None
    every: int = 1
    metrics: Mapping[str, MetricFunction] = field(default_factory=dict)
    keep: Keep = "last"
    patience: int | None = None
    trajectory_every: int | None = None

    def __post_init__(self) -> None:
        require_choice("keep", self.keep, ("last", "best"))
        for name in ("patience", "trajectory_every"):
            value = getattr(self, name)
            if value is not None and whole_number(value) < 1:
                raise RecipeError(name, expected="a whole number, at least 1", got=shown(value), fix="Leave it out.")
            object.__setattr__(self, name, None if value is None else whole_number(value))
        if self.validation is None and (self.keep == "best" or self.patience is not None):
            raise RecipeError(
                "keep='best'" if self.keep == "best" else "patience",
                expected="validation rows, whose loss tells",
                got="none",
                fix="Split the dataset: train_rows, validation = dataset.split(0.8, seed=0).",
            )
