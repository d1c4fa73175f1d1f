"""When the doctor takes a change for the cause."""

import pytest

from looplab.doctor.effects import helps, helps_much
from looplab.doctor.task import Score
from looplab.doctor.trials import Outcome


def left(train: float, validation: float | None = None) -> Outcome:
    return Outcome(name="a change", train=score(train), validation=None if validation is None else score(validation))


def score(unexplained: float) -> Score:
    return Score(unexplained=unexplained, share=0.5, answers=0.5, balanced=0.5)


@pytest.mark.parametrize(
    ("before", "after", "clear", "much"),
    [
        (left(0.5), left(0.2), True, True),
        (left(0.5), left(0.3), True, False),
        (left(0.5), left(0.4), False, False),
        (left(0.08), left(0.01), True, False),  # too little was left to make much of it
        (left(40.0), left(0.8), False, False),  # no better than nothing before, hardly better after
        (left(0.5), left(float("nan")), False, False),
        (left(0.5, 0.5), left(0.2, 0.3), True, True),
        (left(0.5, 0.5), left(0.2, 0.5), False, False),  # learned by heart
        (left(0.5, 0.5), left(0.2, float("nan")), False, False),
        (left(0.5, 1.4), left(0.2, 1.4), True, True),  # validation that nothing fits says nothing
        (None, left(0.2), False, False),
        (left(0.5), None, False, False),
    ],
)
def test_a_change_helps(before: Outcome | None, after: Outcome | None, clear: bool, much: bool) -> None:
    assert (helps(before, after), helps_much(before, after)) == (clear, much)
