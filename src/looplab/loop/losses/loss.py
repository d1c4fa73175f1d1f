"""What a loss is: all that the loop and the backends of `train_many` need to know about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from jaxtyping import Float, Int
from torch import Tensor, nn

from looplab.data import Task
from looplab.errors import RegistryError
from looplab.lanes.across import total
from looplab.registry import Cannot

__all__ = ["Loss", "Rows", "sum_of_lanes"]


class Rows(NamedTuple):
    """What a loss's kernel is given: a block of rows with the outputs for them.

    V holds the outputs from z on, the targets from y on and the shares from `share` on; U takes the gradient from u on.
    Each is in lines of N rows (a multiple of 16), S numbers apart: O lines of outputs and gradient, and of targets as
    many as they have columns. Each row has a share, its weight divided by the sum of the batch's weights (and by the
    outputs that a mean is taken over), so the batch's loss is Σ shareₙ·lossₙ. Rows that only fill up a vector have
    share 0.
    """

    V: Any
    z: int
    y: int
    share: int
    U: Any
    u: int
    O: int  # noqa: E741 - the mathematics' name
    S: int
    N: int


def sum_of_lanes(rows: Any, even: bool, sums: Any, products: Any) -> Any:
    """The loss as one number, of a kernel that has all of it in its sums."""
    return total(sums)


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss:
    """One loss.

    Attributes:
        name: "cross-entropy".
        title: the name in prose.
        task: the task that it is for.
        of_task: whether it is the one that is taken where nothing is said; each task has one such.
        function: torch's, of outputs and targets; with reduction="none" it gives the loss of each row or output.
        kernel: (rows, even) -> two vectors, of which `number` makes the loss; it writes the gradient with respect to
            the outputs. The shares are `even` if all that are not 0 are the same.
        number: (rows, even, and the two vectors) -> the loss of the block. It runs later, because nothing but the
            record of losses waits for it.
        module_class: torch's module of this loss, if it has one.
        fused: why the fused backend cannot run it; None if it can.
        of_outputs: what each output is, to be told to a user whose model has too few.

    Raises:
        RegistryError: it is incomplete.
    """

    name: str
    title: str
    task: Task
    function: Callable[..., Tensor]
    of_task: bool = True
    module_class: type[nn.Module] | None = None
    kernel: Callable[..., Any] | None = None
    number: Callable[..., Any] = sum_of_lanes
    fused: Cannot | None = None
    of_outputs: str = ""

    def __post_init__(self) -> None:
        if self.kernel is None and self.fused is None:
            raise RegistryError(
                f"loss '{self.name}'",
                expected="a kernel, or the reason why there is none",
                got="neither",
                fix="Say fused=Cannot('…').",
            )

    def weighted(
        self,
        outputs: Float[Tensor, "B O"],
        targets: Float[Tensor, "B O"] | Int[Tensor, " B"],
        weights: Float[Tensor, " B"],
    ) -> Float[Tensor, ""]:
        """The loss over a batch as a weighted mean, Σ wᵢ·lossᵢ / Σ wᵢ."""
        losses = self.function(outputs, targets, reduction="none")
        if losses.ndim == 2:
            losses = losses.mean(dim=1)
        return (weights * losses).sum() / weights.sum()
