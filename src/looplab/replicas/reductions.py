"""What a forward pass does to the vectors of a row's categories, as a module: `x.mean(dim=1)` has none in torch."""

from typing import Any

from torch import Tensor, nn

__all__ = ["OverPositions"]


class OverPositions(nn.Module):
    """The mean or the sum of a tensor, B×D×E, over D.

    Args:
        kind: "mean" or "sum".
        dim: the axis.
        keepdim: whether it stays, of length 1.
    """

    def __init__(self, kind: str, dim: Any = None, keepdim: bool = False) -> None:
        super().__init__()
        self.kind, self.dim, self.keepdim = kind, dim, keepdim

    @property
    def is_over_positions(self) -> bool:
        """Whether what is left of B×D×E is B×E."""
        return type(self.dim) is int and self.dim in (1, -2) and self.keepdim is False

    def forward(self, inputs: Tensor) -> Tensor:
        """What is left of the inputs."""
        reduced: Tensor = getattr(inputs, self.kind)(dim=self.dim, keepdim=self.keepdim)
        return reduced
