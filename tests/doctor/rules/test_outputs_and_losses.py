"""Rules about what a model ends in, and what its loss makes of that."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .small_trainings import CLASSES, diagnosed, found, is_silent, net, opposite, product, quarters, rows, series

X = rows()


def test_a_softmax_layer_before_cross_entropy_is_found() -> None:
    model = nn.Sequential(*net(6, CLASSES), nn.Softmax(dim=1))
    finding = found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "softmax_before_ce")
    assert "cross_entropy is given lies between" in finding.evidence
    assert "made by a softmax in '3'" in finding.evidence
    assert "a probability above 0.48 cannot be said for any of the 4 classes" in finding.evidence


def test_a_softmax_before_a_loss_written_out_is_found() -> None:
    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        probabilities = outputs.exp() / outputs.exp().sum(1, keepdim=True)
        return -torch.log_softmax(probabilities, 1)[torch.arange(len(y)), y].mean()

    finding = found(diagnosed(net(6, CLASSES), loss_fn, X, quarters(X)), "softmax_before_ce")
    assert "log_softmax is given" in finding.evidence


def test_log_softmax_before_cross_entropy_does_no_harm() -> None:
    model = nn.Sequential(*net(6, CLASSES), nn.LogSoftmax(dim=1))
    assert is_silent(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "softmax_before_ce")


def test_a_softmax_with_its_own_loss_is_healthy() -> None:
    model = nn.Sequential(*net(6, CLASSES), nn.Softmax(dim=1))

    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        return functional.nll_loss(outputs.log(), y)

    assert diagnosed(model, loss_fn, X, quarters(X)).healthy


def test_a_sigmoid_before_a_loss_with_logits_is_found() -> None:
    model = nn.Sequential(*net(6, 1), nn.Sigmoid())
    finding = found(diagnosed(model, nn.BCEWithLogitsLoss(), X, opposite(X)), "sigmoid_twice")
    assert "made by a sigmoid in '3'" in finding.evidence
    assert "never outside 0.50 to 0.73" in finding.evidence


def test_a_sigmoid_by_hand_is_found() -> None:
    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net(6, 1)

        def forward(self, x: Tensor) -> Tensor:
            return 1 / (1 + torch.exp(-self.net(x)))

    finding = found(diagnosed(ByHand(), nn.BCEWithLogitsLoss(), X, opposite(X)), "sigmoid_twice")
    assert "cannot leave the range from 0 to 1, whatever its weights" in finding.evidence


def test_a_sigmoid_with_its_own_loss_is_healthy_and_so_are_small_logits() -> None:
    assert diagnosed(nn.Sequential(*net(6, 1), nn.Sigmoid()), nn.BCELoss(), X, opposite(X)).healthy
    small = net(6, 1)
    with torch.no_grad():
        small.get_parameter("2.weight").mul_(0.1)
        small.get_parameter("2.bias").fill_(0.5)
    assert is_silent(diagnosed(small, nn.BCEWithLogitsLoss(), X, opposite(X)), "sigmoid_twice")


def test_cross_entropy_of_one_column_is_found() -> None:
    finding = found(diagnosed(net(6, 1), nn.CrossEntropyLoss(), X, opposite(X)), "wrong_loss")
    assert "a single class, whose probability is always 1" in finding.evidence


def test_distances_of_class_numbers_are_found_in_a_loss_written_out() -> None:
    names = torch.tensor([2, 0, 3, 1])[quarters(X)]

    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        return ((outputs[:, 0] - y) ** 2).mean()

    finding = found(diagnosed(net(6, 1), loss_fn, X, names), "wrong_loss")
    assert "class numbers 0 to 3" in finding.evidence


def test_probabilities_given_to_nll_are_found() -> None:
    model = nn.Sequential(*net(6, CLASSES), nn.Softmax(dim=1))
    finding = found(diagnosed(model, nn.NLLLoss(), X, quarters(X)), "wrong_loss")
    assert "nll_loss wants logarithms of probabilities" in finding.evidence


def test_scores_given_to_a_loss_for_probabilities_are_found_though_it_raises() -> None:
    diagnosis = diagnosed(net(6, 1), nn.BCELoss(), X, opposite(X))
    assert "Binary cross-entropy without logits wants probabilities" in found(diagnosis, "wrong_loss").evidence
    assert isinstance(diagnosis.error, RuntimeError)


def test_grades_that_are_ordered_and_squares_of_one_hot_targets_are_no_wrong_loss() -> None:
    grades = (X[:, 0] * 1.5 + 2).round().clamp(0, 4).long()

    def squared(outputs: Tensor, y: Tensor) -> Tensor:
        return functional.mse_loss(outputs[:, 0], y.float())

    assert is_silent(diagnosed(net(6, 1), squared, X, grades), "wrong_loss")
    one_hot = functional.one_hot(quarters(X), CLASSES).float()
    assert is_silent(diagnosed(net(6, CLASSES), nn.MSELoss(), X, one_hot), "wrong_loss")


def test_a_relu_behind_the_last_layer_is_found() -> None:
    model = nn.Sequential(*net(6, 1), nn.ReLU())
    finding = found(diagnosed(model, nn.MSELoss(), X, product(X)), "output_activation_range")
    assert "Whatever its weights, the model answers of at least 0" in finding.evidence
    assert "ends in a relu ('3')" in finding.evidence


def test_a_squashed_recurrent_output_is_found() -> None:
    class Squashed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.out = nn.GRU(CLASSES, 12, batch_first=True), nn.Linear(12, 1)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sigmoid(self.out(self.rnn(x)[0].mean(1)))

    x, y = series()
    targets = 2.0 * y.float()[:, None] - 3
    finding = found(diagnosed(Squashed(), nn.MSELoss(), x, targets), "output_activation_range")
    assert "between 0 and 1" in finding.evidence


def test_an_activation_that_reaches_the_targets_is_healthy() -> None:
    shares = torch.sigmoid(2 * product(X))
    assert is_silent(
        diagnosed(nn.Sequential(*net(6, 1), nn.Sigmoid()), nn.MSELoss(), X, shares), "output_activation_range"
    )
    above = product(X).exp()
    assert is_silent(
        diagnosed(nn.Sequential(*net(6, 1), nn.Softplus()), nn.MSELoss(), X, above), "output_activation_range"
    )


def test_a_column_against_a_row_is_found_in_torchs_loss_and_in_one_written_out() -> None:
    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        return (outputs.squeeze(1) - y).abs().mean()

    finding = found(diagnosed(net(6, 1), nn.MSELoss(), X, product(X)[:, 0]), "target_shape_broadcast")
    assert (
        "outputs of shape (32, 1) and targets of shape (32,), which broadcast to (32, 32): 1,024 pairs"
        in finding.evidence
    )
    finding = found(diagnosed(net(6, 1), loss_fn, X, product(X)), "target_shape_broadcast")
    assert finding.evidence.startswith("sub was given outputs of shape (32,) and targets of shape (32, 1)")


def test_distances_between_rows_within_a_model_are_no_broadcast_targets() -> None:
    class Distances(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.centres, self.out = nn.Parameter(torch.randn(24, 6)), nn.Linear(24, 1)

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.out((-(x[:, None] - self.centres).pow(2).mean(2)).exp())
            return answer

    assert is_silent(diagnosed(Distances(), nn.MSELoss(), X, product(X)), "target_shape_broadcast")


def test_a_softmax_over_the_batch_is_found_as_a_layer_and_in_attention() -> None:
    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        return functional.nll_loss((outputs + 1e-9).log(), y)

    model = nn.Sequential(*net(6, CLASSES), nn.Softmax(dim=0))
    finding = found(diagnosed(model, loss_fn, X, quarters(X)), "softmax_wrong_dim")
    assert "over dimension 0 of (32, 4), the 32 rows of the batch" in finding.evidence
    x, y = series()
    finding = found(diagnosed(Attention(0), nn.CrossEntropyLoss(), x, y), "softmax_wrong_dim")
    assert "the 32 rows of the batch" in finding.evidence


def test_attention_over_its_keys_is_healthy() -> None:
    x, y = series()
    assert is_silent(diagnosed(Attention(-1), nn.CrossEntropyLoss(), x, y), "softmax_wrong_dim")


class Attention(nn.Module):
    """Attention by hand, with the softmax over a dimension of one's choice."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim, self.query, self.key, self.out = dim, nn.Linear(4, 8), nn.Linear(4, 8), nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        scores = self.query(x) @ self.key(x).transpose(1, 2) / 8**0.5
        answer: Tensor = self.out((scores.softmax(self.dim) @ x).mean(1))
        return answer
