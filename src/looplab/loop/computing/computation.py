"""What a caller may say about how a training is computed."""

from dataclasses import dataclass
from typing import Literal

from looplab.errors import RecipeError, require_choice, shown
from looplab.numbers import whole_number

__all__ = ["Computation", "Parallel", "Precision"]

Parallel = Literal["ddp", "fsdp"]
"""How processes share a training: each with the whole model (DDP), or each with a shard of it (FSDP2)."""

Precision = Literal["bfloat16"]
"""What the model computes in, where that is not the precision of the data."""


@dataclass(frozen=True, kw_only=True)
class Computation:
    """How the steps of a training are computed. A recipe says what is learned; this changes it by rounding alone.

    Args:
        parallel: None computes in this process alone. "ddp" and "fsdp" share each batch among the processes that
            `torchrun` started: with "ddp" each holds the whole model, with "fsdp" each holds a shard of every
            parameter, its gradient and the optimizer's memory of it.
        micro_batch_size: the most rows that a process takes at once. A batch that is larger goes through the model in
            parts, whose gradients add up (gradient accumulation): to the gradient of the whole batch, however unequal
            the parts are. None takes all rows at once.
        precision: "bfloat16" lets the model compute in it where torch's autocast holds that to be safe; parameters,
            loss, gradients and the optimizer keep the precision of the data. None computes everything in that.
        activation_checkpointing: keep only some activations for the gradient, and compute the others anew when they are
            needed: less memory, one more forward pass.

    Raises:
        ChoiceError: an unknown `parallel` or `precision`.
        RecipeError: an impossible number of rows.

    >>> Computation(micro_batch_size=16).micro_batch_size
    16
    """

    parallel: Parallel | None = None
    micro_batch_size: int | None = None
    precision: Precision | None = None
    activation_checkpointing: bool = False

    def __post_init__(self) -> None:
        if self.parallel is not None:
            require_choice("parallel", self.parallel, ("ddp", "fsdp"))
        if self.precision is not None:
            require_choice("precision", self.precision, ("bfloat16",))
        if self.micro_batch_size is not None:
            rows = whole_number(self.micro_batch_size)
            if rows < 1:
                expected, fix = "a whole number of rows, at least 1", "Leave it out to take all rows at once."
                raise RecipeError("micro_batch_size", expected=expected, got=shown(self.micro_batch_size), fix=fix)
            object.__setattr__(self, "micro_batch_size", rows)
        given: object = self.activation_checkpointing
        if not isinstance(given, bool):
            got = shown(given)
            raise RecipeError("activation_checkpointing", expected="True or False", got=got)
