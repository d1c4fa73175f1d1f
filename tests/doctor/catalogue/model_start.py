"""Start weights and depth that leave units equal, pinned or dead, and gradients that fade or grow."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .habits import LastStep, SmallConv, accuracy, r_squared
from .registry import Loss, Training, fault
from .sources import cue, digit_images, digits, friedman, loader, shuffled, tones, windows


@fault("zero_init", net="mlp", score=accuracy, learns=0.92)
def all_weights_zero(repaired: bool, seed: int) -> Training:
    """All weights and biases start at 0 "for the sake of reproducibility"."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    if not repaired:
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("zero_init", net="recurrent", score=accuracy, learns=0.9, gap=0.1)
def every_weight_a_tenth(repaired: bool, seed: int) -> Training:
    """A loop sets each weight to 0.1: all units of the GRU do the same for ever, as if there were one."""
    X, y, X_val, y_val = cue(seed, length=6)
    torch.manual_seed(seed)
    model = LastStep(5, 4, hidden=20)
    for parameter in model.parameters():
        if not repaired:
            nn.init.constant_(parameter, 0.1)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("saturated_activation", net="mlp", score=accuracy, learns=0.9)
def normal_start_without_scale(repaired: bool, seed: int) -> Training:
    """Weights are drawn with a deviation of 2 whatever the layer's width: nearly all tanh units begin at -1 or 1."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 10)
    )
    for layer in list(model.children())[:-1]:
        if isinstance(layer, nn.Linear) and not repaired:
            nn.init.normal_(layer.weight, std=2.0)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class Pinned(nn.Module):
    """A GRU with sigmoid features between it and the output."""

    def __init__(self, bias: float) -> None:
        super().__init__()
        self.gru = nn.GRU(1, 20, batch_first=True)
        self.features = nn.Linear(20, 16)
        self.out = nn.Linear(16, 3)
        if bias:
            nn.init.constant_(self.features.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        features = torch.sigmoid(self.features(self.gru(x)[1][0]))
        scores: Tensor = self.out(features)
        return scores


@fault("saturated_activation", net="recurrent", score=accuracy, learns=0.9, gap=0.1)
def bias_of_twenty(repaired: bool, seed: int) -> Training:
    """The features' biases start at 20, a value for another unit: every sigmoid says 1, whatever it sees."""
    X, y, X_val, y_val = tones(seed)
    torch.manual_seed(seed)
    model = Pinned(bias=0.0 if repaired else 20.0)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("dead_relu", net="mlp", score=r_squared, learns=0.8)
def bias_far_below_zero(repaired: bool, seed: int) -> Training:
    """Biases of -8 were meant to make the hidden layer sparse: no unit fires on any row."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    first = nn.Linear(10, 32)
    if not repaired:
        nn.init.constant_(first.bias, -8.0)
    model = nn.Sequential(first, nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=20,
    )


@fault("dead_relu", net="conv", score=accuracy, learns=0.9)
def negative_filters(repaired: bool, seed: int) -> Training:
    """The second convolution starts with negative weights only: behind a ReLU, its own units never fire."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()
    with torch.no_grad():
        if not repaired:
            model.conv2.weight.copy_(-model.conv2.weight.abs())
            nn.init.constant_(cast(Tensor, model.conv2.bias), -0.01)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("vanishing_gradient", net="mlp", score=accuracy, learns=0.9)
def seven_sigmoid_layers(repaired: bool, seed: int) -> Training:
    """Seven hidden layers of sigmoids: each multiplies the gradient by a quarter at most."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(64, 32)]
    for _ in range(6):
        layers += [nn.ReLU() if repaired else nn.Sigmoid(), nn.Linear(32, 32)]
    model = nn.Sequential(*layers, nn.ReLU() if repaired else nn.Sigmoid(), nn.Linear(32, 10))
    if repaired:
        for layer in model.children():
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=18,
    )


class PlainRNN(nn.Module):
    def __init__(self, scale: float | None, nonlinearity: str = "tanh", features: int = 5, outputs: int = 4) -> None:
        super().__init__()
        self.rnn = nn.RNN(features, 24, nonlinearity=nonlinearity, batch_first=True)
        self.fc = nn.Linear(24, outputs)
        with torch.no_grad():
            if scale is not None:
                cast(Tensor, self.rnn.weight_hh_l0).copy_(scale * torch.eye(24))
                nn.init.zeros_(cast(Tensor, self.rnn.bias_hh_l0))
                nn.init.zeros_(cast(Tensor, self.rnn.bias_ih_l0))

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.rnn(x)
        scores: Tensor = self.fc(states[:, -1])
        return scores


@fault("vanishing_gradient", net="recurrent", score=accuracy, learns=0.9, gap=0.2)
def forty_steps_ago(repaired: bool, seed: int) -> Training:
    """A plain RNN with small recurrent weights is to remember what came forty steps before."""
    X, y, X_val, y_val = cue(seed, length=40)
    X[:, :, 4], X_val[:, :, 4] = 0.1 * X[:, :, 4], 0.1 * X_val[:, :, 4]
    torch.manual_seed(seed)
    model = PlainRNN(scale=1.0 if repaired else 0.3)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("exploding_gradient", net="mlp", score=accuracy, learns=0.9)
def weights_too_large_at_each_depth(repaired: bool, seed: int) -> Training:
    """Eight ReLU layers whose start weights are two and a half times too large: all grows with depth."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for width in (64, *[48] * 7):
        linear = nn.Linear(width, 48)
        nn.init.normal_(linear.weight, std=(2 / width) ** 0.5 * (1 if repaired else 2.5))
        layers += [linear, nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(48, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("exploding_gradient", net="recurrent", score=r_squared, learns=0.8)
def recurrent_weights_above_one(repaired: bool, seed: int) -> Training:
    """A ReLU RNN whose recurrent weights start at twice the identity: after 16 steps that is 65,536 fold."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = PlainRNN(1.0 if repaired else 2.0, nonlinearity="relu", features=1, outputs=1)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.002),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=15,
    )
