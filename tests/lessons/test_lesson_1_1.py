"""The check of the shuffled loop against the oracle: run the lines in that order and look at the weights."""

from collections.abc import Callable
from itertools import permutations

import torch
from torch import Tensor, nn

from looplab.course.answers.judge import judge
from looplab.course.exercises import find_exercise

STEPS = 4


class Loop:
    """The loop of lesson 1.1, whose lines can be run in any order."""

    def __init__(self) -> None:
        self.X = torch.tensor([[1.0], [2.0], [5.0]])
        self.y = torch.tensor([[2.4], [3.8], [10.0]])
        self.model = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.model.weight)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.025)
        self.prediction: Tensor | None = None
        self.loss: Tensor | None = None

    def run(self, letters: str) -> float | None:
        """The weight after some rounds; None where a line needs what is not there."""
        lines: dict[str, Callable[[], object]] = {
            "A": self.optimizer.step,
            "B": self.measure,
            "C": self.predict,
            "D": self.optimizer.zero_grad,
            "E": self.backward,
        }
        try:
            for _ in range(STEPS):
                for letter in letters:
                    lines[letter]()
        except (AssertionError, RuntimeError):
            return None
        return float(self.model.weight.detach())

    def predict(self) -> None:
        self.prediction = self.model(self.X)

    def measure(self) -> None:
        assert self.prediction is not None
        self.loss = nn.functional.mse_loss(self.prediction, self.y)

    def backward(self) -> None:
        assert self.loss is not None
        self.loss.backward()


def test_the_check_of_an_order_agrees_with_running_it() -> None:
    exercise = find_exercise("1.1.1")
    right = []
    for letters in map("".join, permutations("ABCDE")):
        trains = Loop().run(letters) == 2 - 2 * 0.5**STEPS
        verdict = judge(exercise, lambda given=letters: given)
        assert verdict.passed == trains, f"{letters}: {verdict.message}"
        right += [letters] * trains
    assert right == ["CBDEA", "CBEAD", "CDBEA", "DCBEA"]


def test_small_letters_and_spaces_are_understood() -> None:
    assert judge(find_exercise("1.1.1"), lambda: " dcbea ").passed
