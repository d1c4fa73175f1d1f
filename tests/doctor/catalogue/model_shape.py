"""Nets that cannot bend, are too small, end in the wrong activation, or drop and normalize too much."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import Encoder, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import bars, digit_images, digits, friedman, loader, rings, sentences, shuffled, windows


class Deep(nn.Module):
    def __init__(self, bends: bool) -> None:
        super().__init__()
        self.bends = bends
        self.fc1, self.fc2, self.fc3 = nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.fc1, self.fc2):
            x = functional.relu(layer(x)) if self.bends else layer(x)
        logit: Tensor = self.fc3(x)
        return logit


@fault("missing_nonlinearity", net="mlp", score=sign_accuracy, learns=0.95, gap=0.2)
def three_linear_layers(repaired: bool, seed: int) -> Training:
    """Three linear layers in a row with nothing between them, on two rings."""
    X, y, X_val, y_val = rings(seed)
    torch.manual_seed(seed)
    model = Deep(bends=repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=12,
    )


@fault("missing_nonlinearity", net="conv", score=accuracy, learns=0.85, gap=0.2)
def convolutions_in_a_row(repaired: bool, seed: int) -> Training:
    """Two convolutions and an average with no activation: whatever the bar's direction, the average is the same."""
    X, y, X_val, y_val = bars(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 24, 3, padding=1)]
    if repaired:
        layers = [layers[0], nn.ReLU(), layers[1], nn.ReLU()]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 9))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=18,
    )


@fault("underfit_capacity", net="mlp", score=accuracy, learns=0.92)
def two_hidden_units(repaired: bool, seed: int) -> Training:
    """Ten digits through a hidden layer of two units."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    width = 48 if repaired else 2
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


@fault("underfit_capacity", net="conv", score=accuracy, learns=0.85)
def one_channel(repaired: bool, seed: int) -> Training:
    """A convolution with a single channel, then an average over the whole image."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    width = 20 if repaired else 1
    model = nn.Sequential(
        nn.Conv2d(1, width, 3), nn.ReLU(), nn.Conv2d(width, width, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
    )
    model.append(nn.Linear(4 * width, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("output_activation_range", net="mlp", score=r_squared, learns=0.8)
def relu_at_the_end(repaired: bool, seed: int) -> Training:
    """The output layer has a ReLU like all others, and half of the targets are negative."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential()
    for wide, narrow in ((10, 32), (32, 16), (16, 1)):
        model.append(nn.Linear(wide, narrow))
        if narrow > 1 or not repaired:
            model.append(nn.ReLU())
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=25,
    )


class Forecast(nn.Module):
    def __init__(self, squashed: bool) -> None:
        super().__init__()
        self.squashed = squashed
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        value: Tensor = self.out(states[:, -1])
        return torch.sigmoid(value) if self.squashed else value


@fault("output_activation_range", net="recurrent", score=r_squared, learns=0.8, gap=0.1)
def forecast_between_0_and_1(repaired: bool, seed: int) -> Training:
    """A sigmoid at the end of a forecast whose values lie between -1.4 and 1.4."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = Forecast(squashed=not repaired)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        prediction = model(x)
        loss = loss_fn(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=15,
    )


@fault("dropout_too_large", net="mlp", score=accuracy, learns=0.9)
def nineteen_of_twenty_dropped(repaired: bool, seed: int) -> Training:
    """`p=0.95` was meant as the share that is kept."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    p = 0.05 if repaired else 0.95
    model = nn.Sequential(
        nn.Linear(64, 48), nn.ReLU(), nn.Dropout(p), nn.Linear(48, 32), nn.ReLU(), nn.Dropout(p), nn.Linear(32, 10)
    )

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
        batches=loader(X, y, 48, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


class Graded(nn.Module):
    """Grades a sentence with a number."""

    def __init__(self, dropped: bool) -> None:
        super().__init__()
        self.encoder = Encoder(20, 1, length=10)
        self.dropout = nn.Dropout(0.6 if dropped else 0.0)

    def forward(self, tokens: Tensor) -> Tensor:
        grade: Tensor = self.dropout(self.encoder(tokens))
        return grade


@fault("dropout_too_large", net="transformer", score=r_squared, learns=0.85, gap=0.1)
def dropout_behind_the_output(repaired: bool, seed: int) -> Training:
    """Dropout behind the last layer: most of the grades are 0 in any step, and the others are two and a half fold."""
    X, kind, X_val, kind_val = sentences(seed)
    torch.manual_seed(seed)
    model = Graded(dropped=not repaired)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, kind[:, None] - 1.0, 32, seed),
        step=step,
        validation=(X_val, kind_val[:, None] - 1.0),
        validate=r_squared,
        epochs=12,
    )
