"""The rule about NaN: which operation it began at, forward or backward, and with what."""

import torch
from torch import Tensor, nn

from .small_trainings import diagnosed, found, is_silent, net, opposite, product, rows

X = rows()


def test_a_logarithm_of_zero_is_named_at_the_step_where_it_came() -> None:
    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        p = torch.sigmoid(20 * outputs)
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    easy = (X[:, :1] > 0).float()
    finding = found(diagnosed(net(6, 1), loss_fn, X, easy, lr=0.05, epochs=20), "nan_loss")
    assert finding.evidence.startswith("In step ")
    assert "It began at log in the model's own forward" in finding.evidence
    assert "and the logarithm of 0 is minus infinity" in finding.evidence


def test_the_slope_of_a_root_of_zero_is_named() -> None:
    class Length(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = nn.Linear(6, 8, bias=False), nn.Linear(1, 1)

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.last(self.first(x).square().sum(1, keepdim=True).sqrt())
            return answer

    x = X.clone()
    x[40] = 0
    finding = found(diagnosed(Length(), nn.MSELoss(), x, product(X)), "nan_loss")
    assert "In step 2 (epoch 1) the gradient became NaN. It began at the slope of sqrt" in finding.evidence
    assert "1 of them are 0, where a root has no finite slope" in finding.evidence


def test_a_quotient_of_zero_and_data_without_numbers_are_named() -> None:
    class Mean(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(1, 1)

        def forward(self, x: Tensor) -> Tensor:
            there = (x > -9).float()
            answer: Tensor = self.out((x * there).sum(1, keepdim=True) / there.sum(1, keepdim=True))
            return answer

    x = X.clone()
    x[7] = -10
    finding = found(diagnosed(Mean(), nn.MSELoss(), x, product(X)), "nan_loss")
    assert "1 of the denominators are 0" in finding.evidence
    x = X.clone()
    x[7, 2] = float("nan")
    finding = found(diagnosed(net(6, 1), nn.MSELoss(), x, product(X)), "nan_loss")
    assert "1 of 256 rows hold inputs that are NaN or infinite" in finding.evidence


def test_numbers_that_grow_until_they_are_infinite_are_the_rates_fault() -> None:
    diagnosis = diagnosed(net(6, 1), nn.MSELoss(), X, product(X), lr=3.0, method=torch.optim.SGD)
    assert is_silent(diagnosis, "nan_loss")
    assert not diagnosis.healthy


def test_a_finite_training_and_masked_scores_are_healthy() -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.score, self.out = nn.Linear(6, 6), nn.Linear(6, 1)

        def forward(self, x: Tensor) -> Tensor:
            scores = self.score(x).masked_fill(x < -1, float("-inf"))
            answer: Tensor = self.out(scores.softmax(1) * x)
            return answer

    assert is_silent(diagnosed(Masked(), nn.MSELoss(), X, product(X)), "nan_loss")
    assert is_silent(diagnosed(net(6, 1), nn.BCEWithLogitsLoss(), X, opposite(X)), "nan_loss")


def test_data_with_gaps_are_not_called_overwritten() -> None:
    x = X.clone()
    x[7, 2] = float("nan")
    assert is_silent(diagnosed(net(6, 1), nn.MSELoss(), x, product(X)), "inplace_input_change")
