"""Faults of the net's design: too small, linear, noisy, or reading its input in the wrong order."""

import itertools
from typing import Any

import torch
from sklearn.datasets import load_digits, load_wine
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import (
    arm,
    checkers,
    commonest,
    cut,
    load_of_a_town,
    minibatches,
    table,
    tides,
    tongues,
    vibrations,
)
from .metrics import accuracy, r2
from .optimizers import share_right
from .rates import explained
from .training import Training, broken


@broken(
    "underfit_capacity",
    net="mlp",
    what="ten digits through a bottleneck of one unit",
    honest=accuracy,
    learns=0.9,
    by=0.3,
)
def digits_through_one_unit(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    narrow = 32 if repaired else 1
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, narrow), nn.Tanh(), nn.Linear(narrow, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 24, seed),
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "underfit_capacity",
    net="mlp",
    what="a checked board of nine fields with three hidden units",
    honest=accuracy,
    learns=0.88,
    by=0.15,
)
def checkers_three_units(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*checkers(1000, seed), 800)
    width = 48 if repaired else 3

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(2, width), nn.Linear(width, width), nn.Linear(width, 2)

        def forward(self, x: Any) -> Any:
            return self.c(functional.leaky_relu(self.b(functional.leaky_relu(self.a(x)))))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=30,
    )


@broken(
    "underfit_capacity",
    net="recurrent",
    what="six tongues told apart by a GRU with one unit",
    honest=accuracy,
    learns=0.7,
    by=0.2,
)
def tongues_one_unit(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(800, seed, kinds=6), 600)

    class Net(nn.Module):
        def __init__(self, units: int) -> None:
            super().__init__()
            self.letters = nn.Embedding(13, 12, padding_idx=0)
            self.gru = nn.GRU(12, units, batch_first=True)
            self.fc = nn.Linear(units, 6)

        def forward(self, words: Any) -> Any:
            return self.fc(self.gru(self.letters(words))[0].mean(1))

    model = Net(24 if repaired else 1)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "missing_nonlinearity",
    net="mlp",
    what="the robot's arm by four linear layers with nothing between them",
    honest=r2,
    learns=0.9,
    by=0.15,
)
def arm_linear_stack(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(700, seed), 500)
    sizes = (2, 32, 32, 16, 2)
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(sizes):
        layers.append(nn.Linear(a, b))
        if repaired and b > 2:
            layers.append(nn.Tanh())
    model = nn.Sequential(*layers)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )


@broken(
    "missing_nonlinearity",
    net="conv",
    what="vibrations through three Conv1d and a mean; the activations were forgotten",
    honest=accuracy,
    learns=0.9,
    by=0.25,
)
def vibrations_linear_filters(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(700, seed)
    x, y, xv, yv = cut(series.unsqueeze(1), kind, 500)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv1d(1, 12, 5)
            self.conv2 = nn.Conv1d(12, 12, 5)
            self.conv3 = nn.Conv1d(12, 16, 3)
            self.fc = nn.Linear(16, 3)

        def forward(self, x: Any) -> Any:
            x = self.conv1(x)
            x = x.relu() if repaired else x
            x = self.conv2(x)
            x = x.relu() if repaired else x
            x = self.conv3(x)
            x = x.relu() if repaired else x
            return self.fc(x.mean(dim=2))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=14,
    )


@broken(
    "dropout_too_large",
    net="mlp",
    what="digits; functional.dropout with p=0.97 after each hidden layer, where 3 % were meant",
    honest=accuracy,
    learns=0.9,
    by=0.1,
)
def digits_dropout_share_swapped(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)

    class Net(nn.Module):
        def __init__(self, p: float) -> None:
            super().__init__()
            self.one, self.two, self.three = nn.Linear(64, 48), nn.Linear(48, 48), nn.Linear(48, 10)
            self.p = p

        def forward(self, x: Any) -> Any:
            x = functional.dropout(functional.relu(self.one(x)), self.p, self.training)
            x = functional.dropout(functional.relu(self.two(x)), self.p, self.training)
            return self.three(x)

    model = Net(0.03 if repaired else 0.97)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 32, seed),
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=10,
    )


@broken(
    "dropout_too_large",
    net="recurrent",
    what="tides; nn.Dropout(0.5) is the last module, so half of the forecasts are 0",
    honest=r2,
    learns=0.85,
    by=0.2,
)
def tides_dropout_on_forecast(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(1, 16, batch_first=True)
            drop = nn.Dropout(0.5)
            self.read = nn.Sequential(nn.Linear(16, 1)) if repaired else nn.Sequential(nn.Linear(16, 1), drop)

        def forward(self, x: Any) -> Any:
            return self.read(self.gru(x)[0][:, -1])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@broken(
    "dropout_too_large",
    net="transformer",
    what="the commonest kind of letter; the encoder's dropout is 0.95",
    honest=accuracy,
    learns=0.8,
    by=0.15,
)
def letters_dropout_in_encoder(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1000, seed), 800)

    class Net(nn.Module):
        def __init__(self, dropout: float) -> None:
            super().__init__()
            self.letters = nn.Embedding(13, 16)
            self.drop = nn.Dropout(dropout)
            self.encoder = nn.TransformerEncoderLayer(16, 4, 32, dropout=dropout, batch_first=True)
            self.fc = nn.Linear(16, 3)

        def forward(self, words: Any) -> Any:
            h = self.encoder(self.drop(self.letters(words)), src_key_padding_mask=words == 0)
            return self.fc(h.masked_fill((words == 0)[..., None], 0).sum(1))

    model = Net(0.05 if repaired else 0.95)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=18,
    )


@broken(
    "batchnorm_tiny_batch",
    net="mlp",
    what="wines in batches of two through BatchNorm1d: each unit sees only which row is larger",
    honest=accuracy,
    learns=0.9,
    by=0.08,
)
def wines_batchnorm_of_two(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(
        nn.Linear(13, 24),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.Linear(24, 24),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.Linear(24, 3),
    )
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: DataLoader(TensorDataset(x, y), 19 if repaired else 2, shuffle=True, drop_last=True),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "batchnorm_tiny_batch",
    net="conv",
    what="vibrations in batches of two; BatchNorm1d after a global mean over time",
    honest=accuracy,
    learns=0.9,
    by=0.05,
)
def vibrations_batchnorm_of_two(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(420, seed)
    x, y, xv, yv = cut(series[:, None], kind, 300)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.bn1 = nn.Conv1d(1, 16, 7), nn.BatchNorm1d(16)
            self.mix, self.bn2 = nn.Linear(16, 16), nn.BatchNorm1d(16)
            self.out = nn.Linear(16, 3)

        def forward(self, x: Any) -> Any:
            x = self.bn1(functional.relu(self.conv(x)).mean(2))
            return self.out(functional.relu(self.bn2(self.mix(x))))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20 if repaired else 2, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=20 if repaired else 6,
    )


@broken(
    "wrong_reshape",
    net="recurrent",
    what="series (rows, time, features) go into an LSTM made without batch_first: it runs along the batch",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def lstm_runs_along_the_batch(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.reshape(-1, 16, 2), kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(2, 20, batch_first=repaired)
            self.fc = nn.Linear(20, 3)

        def forward(self, x: Any) -> Any:
            out, _ = self.lstm(x)
            return self.fc(out[:, -1, :])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=20,
    )


@broken(
    "wrong_reshape",
    net="conv",
    what="batches of two sensors' series (time, rows, sensors) are reshaped, not permuted, to (rows, sensors, time)",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def sensors_reshaped_over_rows(*, repaired: bool, seed: int) -> Training:
    one, kind = vibrations(600, seed, noise=0.3)
    two = one.roll(3, dims=1) + 0.2 * torch.randn(one.shape, generator=torch.Generator().manual_seed(seed))
    x, y, xv, yv = cut(torch.stack([one, two], 2), kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Conv1d(2, 12, 5),
                nn.ReLU(),
                nn.Conv1d(12, 12, 5, stride=2),
                nn.ReLU(),
                nn.Flatten(),
                nn.LazyLinear(3),
            )
            self.net(torch.zeros(1, 2, 32))

        def forward(self, x: Any) -> Any:
            time_first = x.transpose(0, 1)
            if repaired:
                return self.net(time_first.permute(1, 2, 0))
            return self.net(time_first.reshape(x.shape[0], 2, x.shape[1]))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@broken(
    "wrong_reshape",
    net="transformer",
    what="letters' vectors are viewed as (letters, rows, width) to suit an encoder that wants the letters first",
    honest=accuracy,
    learns=0.8,
    by=0.15,
)
def letters_viewed_not_transposed(*, repaired: bool, seed: int) -> Training:
    words, _ = tongues(700, seed)
    x, y, xv, yv = cut(words, (words == 5).any(1).long() + 2 * (words == 9).any(1).long(), 500)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(13, 16)
            self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
            self.fc = nn.Linear(16, 4)

        def forward(self, words: Any) -> Any:
            h = self.letters(words)
            h = h.transpose(0, 1) if repaired else h.view(words.shape[1], len(words), 16)
            return self.fc(self.encoder(h).amax(0))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=14,
    )


@broken(
    "missing_nonlinearity",
    "lr_too_low",
    net="mlp",
    what="a town's load by a linear stack, with SGD at 1e-5",
    honest=r2,
    learns=0.85,
    by=0.4,
)
def load_linear_and_slow(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(700, seed), 500)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.outer = nn.Linear(4, 40), nn.Linear(40, 1)

        def forward(self, x: Any) -> Any:
            hidden = self.inner(x)
            return self.outer(functional.gelu(2 * hidden) if repaired else hidden)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05 if repaired else 1e-5, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=25,
    )
