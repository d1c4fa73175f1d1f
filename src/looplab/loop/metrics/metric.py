"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from looplab.data import Task

__all__ = ["Metric", "MetricFunction"]

MetricFunction = Callable[[Tensor, Tensor], object]
"""(outputs B×O, targets B×O or B) -> one number: a float, or a tensor with one element."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """A number besides the loss that says how good a model's outputs are.

    Attributes:
        name: the name users write, "accuracy".
        title: the name in prose and on axes.
        tasks: the tasks that it has a meaning for.
        function: (outputs, targets) of B rows -> one number.
    """

    name: str
    title: str
    tasks: frozenset[Task]
    function: MetricFunction
