"""Rules about linear stacks, widths, dropout, norms, start weights and gradients."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .small_trainings import CLASSES, diagnosed, found, is_silent, net, opposite, product, quarters, rows, series

X = rows()


def stack(depth: int, activation: type[nn.Module], outputs: int = CLASSES, width: int = 24) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for number in range(depth):
        layers += [nn.Linear(6 if number == 0 else width, width), activation()]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def test_linear_layers_in_a_row_are_found_as_modules_and_as_products() -> None:
    class Products(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = nn.Parameter(torch.randn(6, 24) / 3), nn.Parameter(torch.randn(24, 1) / 5)

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.first @ self.last

    finding = found(diagnosed(stack(2, nn.Identity, 1), nn.BCEWithLogitsLoss(), X, opposite(X)), "missing_nonlinearity")
    assert (
        "3 linear layers follow each other: '0' goes into '2' with nothing between them that bends" in finding.evidence
    )
    assert "so the whole model is linear" in finding.evidence
    assert "With a ReLU between the linear layers" in finding.proof
    found(diagnosed(Products(), nn.BCEWithLogitsLoss(), X, opposite(X), epochs=30), "missing_nonlinearity")


def test_a_linear_stack_for_a_linear_task_and_a_linear_model_are_healthy() -> None:
    sums = X.sum(1, keepdim=True) / 6**0.5
    assert is_silent(diagnosed(stack(2, nn.Identity, 1), nn.MSELoss(), X, sums), "missing_nonlinearity")
    assert is_silent(diagnosed(nn.Linear(6, 1), nn.BCEWithLogitsLoss(), X, opposite(X)), "missing_nonlinearity")


def test_a_net_that_is_too_narrow_is_found() -> None:
    finding = found(
        diagnosed(net(6, CLASSES, 1), nn.CrossEntropyLoss(), X, quarters(X), epochs=25), "underfit_capacity"
    )
    assert "passes through 1 number ('0')" in finding.evidence
    assert is_silent(diagnosed(net(6, CLASSES, 32), nn.CrossEntropyLoss(), X, quarters(X)), "underfit_capacity")


def test_noise_that_nothing_can_learn_is_no_lack_of_width() -> None:
    noise = torch.randint(0, CLASSES, (256,), generator=torch.Generator().manual_seed(5))
    assert is_silent(diagnosed(net(6, CLASSES, 8), nn.CrossEntropyLoss(), X, noise, epochs=5), "underfit_capacity")


def test_dropout_that_leaves_a_twentieth_is_found_as_a_layer_and_as_a_function() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = nn.Linear(6, 32), nn.Linear(32, CLASSES)

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.last(functional.dropout(self.first(x).relu(), 0.95, self.training))
            return answer

    layers = net(6, CLASSES)
    model = nn.Sequential(layers[0], layers[1], nn.Dropout(0.95), layers[2])
    finding = found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "dropout_too_large")
    assert "The dropout in '2' drops 95% of its inputs" in finding.evidence
    found(diagnosed(Functional(), nn.CrossEntropyLoss(), X, quarters(X)), "dropout_too_large")


def test_dropout_behind_the_output_is_found_and_one_of_a_half_before_it_is_not() -> None:
    layers = net(6, 1)
    behind = nn.Sequential(*layers, nn.Dropout(0.5))
    finding = found(diagnosed(behind, nn.MSELoss(), X, product(X)), "dropout_too_large")
    assert "come right from a dropout ('3'), which sets 50% of them to 0" in finding.evidence
    layers = net(6, 1)
    before = nn.Sequential(layers[0], layers[1], nn.Dropout(0.5), layers[2])
    assert is_silent(diagnosed(before, nn.MSELoss(), X, product(X)), "dropout_too_large")


def test_batchnorm_of_two_rows_is_found_and_of_one_row_explains_the_error() -> None:
    def model() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))

    finding = found(diagnosed(model(), nn.MSELoss(), X, product(X), size=2, epochs=2), "batchnorm_tiny_batch")
    assert "mean and variance of each of 16 channels from 2 rows" in finding.evidence
    diagnosis = diagnosed(model(), nn.MSELoss(), X[:65], product(X)[:65], size=32)
    assert "refused a batch of one row" in found(diagnosis, "batchnorm_tiny_batch").evidence
    assert is_silent(diagnosed(model(), nn.MSELoss(), X, product(X)), "batchnorm_tiny_batch")


def test_equal_start_weights_are_found_and_a_last_layer_of_zeros_is_healthy() -> None:
    model = net(6, CLASSES)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    finding = found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "zero_init")
    assert (
        "The start weights of 0.weight are 0; after 80 steps the units of 1 of them are still equal" in finding.evidence
    )
    model = nn.Sequential(*stack(1, nn.Tanh))
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    assert "0.weight are 0.1" in found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "zero_init").evidence
    model = net(6, CLASSES)
    nn.init.zeros_(model.get_parameter("2.weight"))
    assert is_silent(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "zero_init")


def test_activations_that_start_pinned_are_found() -> None:
    for change in ("weights", "biases"):
        model = stack(2, nn.Sigmoid if change == "biases" else nn.Tanh)
        for layer in (0, 2):
            if change == "weights":
                nn.init.normal_(model.get_parameter(f"{layer}.weight"), std=10.0)
            else:
                nn.init.constant_(model.get_parameter(f"{layer}.bias"), 15.0)
        finding = found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "saturated_activation")
        assert "lie within a hundredth of its ends" in finding.evidence
    assert is_silent(diagnosed(stack(2, nn.Tanh), nn.CrossEntropyLoss(), X, quarters(X)), "saturated_activation")


def test_units_that_never_fire_are_found_and_a_sparse_layer_is_healthy() -> None:
    model = net(6, 1)
    nn.init.constant_(model.get_parameter("0.bias"), -8.0)
    finding = found(diagnosed(model, nn.MSELoss(), X, product(X)), "dead_relu")
    assert "In '1', 32 of 32 units are 0 on every row looked at, from the first step on" in finding.evidence
    sparse = net(6, 1)
    nn.init.constant_(sparse.get_parameter("0.bias"), -0.4)
    assert is_silent(diagnosed(sparse, nn.MSELoss(), X, product(X)), "dead_relu")


def test_a_gradient_that_fades_through_layers_is_found() -> None:
    finding = found(diagnosed(stack(9, nn.Sigmoid), nn.CrossEntropyLoss(), X, quarters(X)), "vanishing_gradient")
    assert "the norm of the loss's gradient falls from" in finding.evidence
    assert is_silent(diagnosed(stack(3, nn.Tanh), nn.CrossEntropyLoss(), X, quarters(X)), "vanishing_gradient")


class Recurrent(nn.Module):
    """A plain recurrent net whose recurrent weights start as a multiple of the identity."""

    def __init__(self, scale: float, nonlinearity: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.rnn = nn.RNN(CLASSES, 16, nonlinearity=nonlinearity, batch_first=True)
        self.out = nn.Linear(16, CLASSES)
        with torch.no_grad():
            self.rnn.get_parameter("weight_hh_l0").copy_(scale * torch.eye(16))

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.out(self.rnn(x)[0][:, -1])
        return answer


def test_a_gradient_that_fades_or_grows_through_time_is_found() -> None:
    x, y = series(length=30)
    finding = found(diagnosed(Recurrent(0.3, "tanh"), nn.CrossEntropyLoss(), x, y, lr=0.002), "vanishing_gradient")
    assert "at the last step of time" in finding.evidence
    shares = functional.one_hot(y, CLASSES).float()
    finding = found(diagnosed(Recurrent(1.6, "relu"), nn.MSELoss(), x, shares, lr=0.002), "exploding_gradient")
    assert "29 steps before" in finding.evidence
    healthy = diagnosed(Recurrent(1.0, "relu"), nn.MSELoss(), x, shares, lr=0.002, epochs=20)
    assert is_silent(healthy, "exploding_gradient")


def test_a_gradient_that_grows_through_layers_is_found() -> None:
    model = stack(8, nn.ReLU)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(9)
    finding = found(diagnosed(model, nn.CrossEntropyLoss(), X, quarters(X)), "exploding_gradient")
    assert "before anything was changed, the norm of the loss's gradient grows from" in finding.evidence
    assert is_silent(diagnosed(stack(3, nn.ReLU), nn.CrossEntropyLoss(), X, quarters(X)), "exploding_gradient")
