"""Rules about parameters that are hidden or frozen, gradients that are cut, and dimensions that are mixed."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab.doctor.starting import looks_fresh

from .small_trainings import CLASSES, diagnosed, found, is_silent, net, opposite, product, quarters, rows, series

X = rows()
Loss = Callable[..., Tensor]


class Hidden(nn.Module):
    """Its middle layers are in a plain list, in a dictionary, or registered."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 1)
        layers = [nn.Linear(16, 16), nn.Linear(16, 16)]
        kept: dict[str, Any] = {"list": layers, "dict": dict(enumerate(layers)), "module": nn.ModuleList(layers)}
        self.layers = kept[kind]

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x).relu()
        for layer in self.layers.values() if isinstance(self.layers, dict) else self.layers:
            x = layer(x).relu()
        answer: Tensor = self.last(x)
        return answer


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_layers_in_a_plain_container_are_found(kind: str) -> None:
    finding = found(diagnosed(Hidden(kind), nn.MSELoss(), X, product(X)), "unregistered_params")
    assert "'layers' of the model holds 4 tensors with 544 numbers" in finding.evidence


def test_a_layer_made_in_each_forward_is_found() -> None:
    class Anew(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(16, 1)

        def forward(self, x: Tensor) -> Tensor:
            answer: Tensor = self.out(nn.Linear(6, 16)(x).relu())
            return answer

    finding = found(diagnosed(Anew(), nn.MSELoss(), X, product(X)), "unregistered_params")
    assert "may be made anew in each call" in finding.evidence


def test_registered_layers_and_inputs_with_a_gradient_are_not_unregistered() -> None:
    assert is_silent(diagnosed(Hidden("module"), nn.MSELoss(), X, product(X)), "unregistered_params")

    def step(
        model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Tensor], x: Tensor, y: Tensor
    ) -> Tensor:
        x = x.clone().requires_grad_(True)
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    assert is_silent(diagnosed(net(6, 1), nn.MSELoss(), X, product(X), step=step), "unregistered_params")


def test_a_frozen_layer_as_it_was_drawn_is_found() -> None:
    model = net(6, 1, hidden=4)
    model[0].requires_grad_(False)
    finding = found(diagnosed(model, nn.BCEWithLogitsLoss(), X, opposite(X), epochs=40), "frozen_layers")
    assert "2 of 4 parameters have requires_grad=False (0.weight, 0.bias), 28 of 33 numbers" in finding.evidence


def test_frozen_layers_that_were_trained_are_healthy() -> None:
    model = net(6, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(X), opposite(X)).backward()
        optimizer.step()
    model[0].requires_grad_(False)
    nn.init.normal_(model.get_parameter("2.weight"), std=0.1)
    assert is_silent(diagnosed(model, nn.BCEWithLogitsLoss(), X, opposite(X), epochs=20), "frozen_layers")


class Cut(nn.Module):
    """Two layers, and something between them."""

    def __init__(self, between: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.between, self.first, self.last = between, nn.Linear(6, 16), nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.last(self.between(self.first(x).relu()))
        return answer


@pytest.mark.parametrize(
    ("between", "said"),
    [
        (lambda hidden: hidden.detach(), "It is cut by .detach() in the model's own forward."),
        (lambda hidden: hidden.data, "It is cut by .data in the model's own forward."),
        (lambda hidden: torch.from_numpy(hidden.detach().numpy()), "no gradient came back to 2 parameters"),
    ],
    ids=["detach", "data", "numpy"],
)
def test_a_cut_between_two_layers_is_found(between: Callable[[Tensor], Tensor], said: str) -> None:
    finding = found(diagnosed(Cut(between), nn.MSELoss(), X, product(X)), "detached_graph")
    assert said in finding.evidence


Cutting = Callable[[Tensor], Tensor]
ON_THE_LOSS: dict[str, Cutting] = {
    "detached": lambda loss: loss.detach().requires_grad_(),
    "data": lambda loss: loss.data.requires_grad_(),
    "made anew": lambda loss: torch.tensor(loss.item(), requires_grad=True),
}


@pytest.mark.parametrize("cut", ON_THE_LOSS.values(), ids=ON_THE_LOSS)
def test_a_loss_that_is_cut_off_itself_is_found(cut: Cutting) -> None:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = cut(loss_fn(model(x), y))
        loss.backward()
        optimizer.step()
        return loss

    diagnosis = diagnosed(net(6, 1), nn.MSELoss(), X, product(X), step=step)
    assert diagnosis.findings[0].fault == "detached_graph", str(diagnosis)
    assert "no gradient came back to 4 parameters that were used" in diagnosis.findings[0].evidence


def test_a_backward_pass_that_is_missing_is_told_from_one_in_vain() -> None:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        optimizer.step()
        return loss

    diagnosis = diagnosed(net(6, 1), nn.MSELoss(), X, product(X), step=step)
    assert diagnosis.findings[0].fault == "no_optimizer_step", str(diagnosis)
    assert "backward() was never called" in diagnosis.findings[0].evidence
    assert "loss.backward()" in diagnosis.findings[0].fix


def test_gradients_that_are_asked_for_by_hand_are_neither() -> None:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        loss = loss_fn(model(x), y)
        parameters = list(model.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        optimizer.step()
        return loss

    diagnosis = diagnosed(net(6, 1), nn.MSELoss(), X, product(X), step=step)
    assert is_silent(diagnosis, "no_optimizer_step"), str(diagnosis)
    assert is_silent(diagnosis, "detached_graph"), str(diagnosis)


def test_a_loss_of_decisions_has_no_gradient() -> None:
    def loss_fn(outputs: Tensor, y: Tensor) -> Tensor:
        return (outputs.argmax(1) != y).float().mean()

    diagnosis = diagnosed(net(6, CLASSES), loss_fn, X, quarters(X))
    assert "The backward pass failed" in found(diagnosis, "detached_graph").evidence
    assert "ends at argmax" in found(diagnosis, "detached_graph").evidence


def test_a_detached_target_beside_the_graph_is_no_cut() -> None:
    straight = Cut(lambda hidden: hidden + (hidden.round() - hidden).detach())
    assert is_silent(diagnosed(straight, nn.MSELoss(), X, product(X)), "detached_graph")


class Last(nn.Module):
    """A GRU and its last state."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.rnn, self.out = nn.GRU(CLASSES, 16, batch_first=batch_first), nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.out(self.rnn(x)[0][:, -1])
        return answer


def test_a_layer_that_takes_the_batch_for_time_is_found() -> None:
    x, y = series()
    finding = found(diagnosed(Last(batch_first=False), nn.CrossEntropyLoss(), x, y), "wrong_reshape")
    assert "A changed row changes the answers to" in finding.evidence
    assert "gru in 'rnn' takes the batch for time" in finding.evidence
    assert is_silent(diagnosed(Last(batch_first=True), nn.CrossEntropyLoss(), x, y), "wrong_reshape")


class Filters(nn.Module):
    """Convolutions along time, for which the channels must come second."""

    def __init__(self, turned: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.turned, self.conv, self.out = turned, nn.Conv1d(CLASSES, 12, 1), nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.out(self.conv(self.turned(x)).relu().amax(2))
        return answer


def test_a_view_in_place_of_a_transpose_is_found() -> None:
    x, y = series(length=12)
    viewed = Filters(lambda x: x.reshape(len(x), CLASSES, 12))
    finding = found(diagnosed(viewed, nn.CrossEntropyLoss(), x.roll(3, 1), y), "wrong_reshape")
    assert "turns (32, 12, 4) into (32, 4, 12)" in finding.evidence
    assert "With dimensions moved, not reshaped" in finding.proof
    turned = Filters(lambda x: x.transpose(1, 2))
    assert is_silent(diagnosed(turned, nn.CrossEntropyLoss(), x, y), "wrong_reshape")


def test_norms_over_the_batch_do_not_mix_rows() -> None:
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
    assert is_silent(diagnosed(model, nn.MSELoss(), X, product(X)), "wrong_reshape")


def test_weights_as_layers_draw_them_look_fresh_and_trained_ones_do_not() -> None:
    torch.manual_seed(0)
    layers = [nn.Linear(8, 32), nn.Conv2d(4, 16, 3), nn.GRU(5, 16), nn.Embedding(40, 16)]
    drawn = [each for layer in layers for each in layer.parameters() if each.ndim > 1]
    assert all(looks_fresh(each) for each in drawn)
    assert looks_fresh(nn.init.kaiming_normal_(torch.empty(32, 32)))
    assert looks_fresh(nn.init.xavier_uniform_(torch.empty(32, 16)))
    moved = [each + 0.2 * each.std() * torch.randn_like(each) for each in drawn[:4]]
    assert not any(looks_fresh(each) for each in moved)
