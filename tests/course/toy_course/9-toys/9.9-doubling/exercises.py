"""A worked example of a lesson's exercises; the course that it belongs to is the tests' own."""

from collections.abc import Callable

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, call, expect_close


def check_double(double: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([[-1.0], [0.0], [2.0]])
    expect_close(call(double, x), 2 * x, inputs=x, name="double(x)", hint="To double is to multiply by two.")


EXERCISES = (
    Exercise(
        id="9.9.1",
        title="Double it",
        answer="double",
        check=check_double,
        wrong=(
            Planted(
                source="""
                from torch import Tensor

                def double(x: Tensor) -> Tensor:
                    return x
                """,
                message="double(x) is -1 for input -1 (element [0, 0]), expected -2; 2 of 3 elements differ.",
            ),
            Planted(
                source="""
                from torch import Tensor

                def double(x: Tensor) -> Tensor:
                    x *= 2
                    return x
                """,
                message="x was changed in place.",
            ),
            Planted(
                source="""
                from torch import Tensor

                def double(x: Tensor) -> Tensor:
                    return 2 * x.squeeze()
                """,
                message="double(x) has shape (3,), expected (3, 1). The last axis is missing",
            ),
        ),
        time_limit_seconds=1.0,
    ),
)
