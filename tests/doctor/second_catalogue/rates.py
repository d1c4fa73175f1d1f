"""Faults of step size: rate, momentum, schedule, clipping, decay, and how long it goes on."""

from typing import Any

import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import (
    arm,
    checkers,
    commonest,
    cut,
    drawn_shapes,
    first_sign,
    load_of_a_town,
    minibatches,
    table,
    tides,
    vibrations,
)
from .losses import TongueFormer
from .metrics import accuracy, over_zero, r2
from .optimizers import share_right
from .training import Training, broken


def explained(model: Any, x: Any, y: Any) -> float:
    model.eval()
    with torch.no_grad():
        return 1 - float(functional.mse_loss(model(x), y)) / float(y.var())


@broken(
    "lr_too_high",
    net="transformer",
    what="the commonest kind of letter, by a transformer with Adam at 3, not 3e-3",
    honest=accuracy,
    learns=0.8,
    by=0.25,
)
def letters_adam_at_three(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1300, seed), 1100)
    model = TongueFormer()
    loader = DataLoader(TensorDataset(x, y), batch_size=44, shuffle=True)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3 if repaired else 3.0),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: loader,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "lr_too_high",
    net="mlp",
    what="the robot's arm; SGD at 3 where 0.1 is right",
    honest=r2,
    learns=0.9,
    by=0.3,
)
def arm_sgd_at_three(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 480)

    class ArmNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.ModuleList([nn.Linear(2, 20), nn.Linear(20, 20)])
            self.hand = nn.Linear(20, 2)

        def forward(self, x: Any) -> Any:
            for layer in self.inner:
                x = layer(x).tanh()
            return self.hand(x)

    model = ArmNet()

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.15 if repaired else 3.0, momentum=0.5),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 16, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )


@broken(
    "lr_too_high",
    net="conv",
    what="shapes; RMSprop at 0.1",
    honest=accuracy,
    learns=0.9,
    by=0.3,
)
def shapes_rmsprop_at_a_tenth(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3),
        nn.GroupNorm(2, 8),
        nn.ReLU(),
        nn.Conv2d(8, 12, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(192, 24),
        nn.ReLU(),
        nn.Linear(24, 4),
    )
    return Training(
        model=model,
        optimizer=torch.optim.RMSprop(model.parameters(), lr=0.001 if repaired else 0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@broken(
    "lr_too_low",
    net="recurrent",
    what="vibrations; a GRU with Adam at 1e-6",
    honest=accuracy,
    learns=0.8,
    by=0.3,
)
def vibrations_adam_at_a_millionth(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.view(600, 8, 4), kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(4, 24, batch_first=True)
            self.norm, self.fc = nn.LayerNorm(24), nn.Linear(24, 3)

        def forward(self, x: Any) -> Any:
            return self.fc(self.norm(self.gru(x)[0].mean(dim=1)))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2 if repaired else 1e-6),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "lr_too_low",
    net="mlp",
    what="the colours of a checked board; SGD at 1e-4",
    honest=accuracy,
    learns=0.85,
    by=0.25,
)
def checkers_sgd_at_ten_thousandth(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*checkers(900, seed), 700)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05 if repaired else 1e-4, momentum=0.9),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=45,
    )


@broken(
    "too_few_epochs",
    net="conv",
    what="vibrations; 2 epochs of SGD where 25 are needed",
    honest=accuracy,
    learns=0.9,
    by=0.12,
)
def vibrations_for_two_epochs(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(700, seed)
    x, y, xv, yv = cut(series[:, None], kind, 500)
    model = nn.Sequential(
        nn.Conv1d(1, 12, 7, stride=2), nn.ReLU(), nn.Conv1d(12, 12, 3), nn.ReLU(), nn.Flatten(), nn.Linear(132, 3)
    )
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.8),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=25 if repaired else 2,
    )


@broken(
    "too_few_epochs",
    net="mlp",
    what="a town's load; stopped after 3 epochs, while the loss still falls fast",
    honest=r2,
    learns=0.85,
    by=0.2,
)
def load_for_three_epochs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(700, seed), 500)
    model = nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=40 if repaired else 3,
    )


@broken(
    "scheduler_per_batch",
    net="mlp",
    what="digits; StepLR(10, 0.3), meant for epochs, is stepped with each batch",
    honest=accuracy,
    learns=0.85,
    by=0.15,
)
def digits_steplr_per_batch(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False, held_out=0.5)
    x, xv = x / 16, xv / 16
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.3)
    steps = {"done": 0}

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        steps["done"] += 1
        if not repaired or steps["done"] % 28 == 0:
            scheduler.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "scheduler_per_batch",
    net="recurrent",
    what="tides; ExponentialLR(0.9) is stepped in the training step, not after the epoch's validation",
    honest=r2,
    learns=0.85,
    by=0.2,
)
def tides_exponential_per_batch(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(600, seed), 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.out = nn.GRU(1, 20, batch_first=True), nn.Linear(20, 1)

        def forward(self, x: Any) -> Any:
            return self.out(self.gru(x)[1][-1])

    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        if not repaired:
            schedule.step()
        return loss

    def validate(model: Any, x: Any, y: Any) -> float:
        if repaired:
            schedule.step()
        return explained(model.train(), x, y)

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.HuberLoss(),
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=validate,
        epochs=15,
    )


@broken(
    "momentum_too_large",
    net="mlp",
    what="the robot's arm; SGD with momentum 0.999",
    honest=r2,
    learns=0.9,
    by=0.2,
)
def arm_momentum_near_one(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 480)
    model = nn.Sequential(nn.Linear(2, 32), nn.Softplus(), nn.Linear(32, 32), nn.Softplus(), nn.Linear(32, 2))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9 if repaired else 0.999),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 16, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=20,
    )


@broken(
    "momentum_too_large",
    net="conv",
    what="shapes; Nesterov's momentum at 0.9995",
    honest=accuracy,
    learns=0.9,
    by=0.2,
)
def shapes_nesterov_near_one(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    model = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 4))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9 if repaired else 0.9995, nesterov=True),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@broken(
    "clip_too_tight",
    net="recurrent",
    what="an LSTM's gradients clipped to norm 1e-4 under SGD",
    honest=r2,
    learns=0.85,
    by=0.3,
)
def tides_clipped_to_nothing(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.out = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            return self.out(self.lstm(x)[0][:, -1])

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0 if repaired else 1e-4)
        optimizer.step()
        return loss

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=14,
    )


@broken(
    "clip_too_tight",
    net="mlp",
    what="wines; clip_grad_value_ at 1e-5",
    honest=accuracy,
    learns=0.9,
    by=0.2,
)
def wines_clipped_by_value(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(nn.Linear(13, 24), nn.Tanh(), nn.Linear(24, 3))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.5 if repaired else 1e-5)
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 12, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=20,
    )


@broken(
    "weight_decay_too_large",
    net="mlp",
    what="tumours; AdamW with weight_decay 30 in the group of the weights, none in that of the biases",
    honest=over_zero,
    learns=0.92,
    by=0.05,
)
def tumours_decayed_weights(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed)
    model = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU(), nn.Linear(12, 1))
    named = list(model.named_parameters())
    groups = [
        {"params": [p for name, p in named if "weight" in name], "weight_decay": 0.01 if repaired else 30.0},
        {"params": [p for name, p in named if "bias" in name], "weight_decay": 0.0},
    ]
    return Training(
        model=model,
        optimizer=torch.optim.AdamW(groups, lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=minibatches(x, y.float()[:, None], 20, seed),
        validation=(xv, yv.float()[:, None]),
        validate=lambda model, x, y: over_zero(model(x), y),
        epochs=15,
    )


@broken(
    "weight_decay_too_large",
    net="conv",
    what="shapes; SGD with weight_decay 0.5",
    honest=accuracy,
    learns=0.9,
    by=0.3,
)
def shapes_decayed(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3), nn.ReLU(), nn.Conv2d(12, 12, 4), nn.ReLU(), nn.Flatten(), nn.Linear(108, 4)
    )
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4 if repaired else 0.5),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "lr_too_low",
    "vanishing_gradient",
    net="recurrent",
    what="the first of 30 steps must be remembered by a plain RNN, and Adam stands at 1e-6",
    honest=accuracy,
    learns=0.8,
    by=0.4,
)
def first_sign_forgotten_slowly(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*first_sign(600, seed, length=30), 480)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn: Any = nn.LSTM(5, 24, batch_first=True) if repaired else nn.RNN(5, 24, batch_first=True)
            if repaired:
                dict(self.rnn.named_parameters())["bias_hh_l0"].data[24:48] = 4.0
            self.fc = nn.Linear(24, 4)

        def forward(self, x: Any) -> Any:
            return self.fc(self.rnn(x)[0][:, -1])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01 if repaired else 1e-6),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )
