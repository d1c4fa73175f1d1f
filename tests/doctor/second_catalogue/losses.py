"""Faults of the loss: its kind, sign, scale and shape, and NaN at its source."""

from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import arm, cut, drawn_shapes, load_of_a_town, minibatches, table, tides, tongues, vibrations
from .metrics import accuracy, found, r2
from .training import Training, broken


@broken(
    "wrong_loss",
    net="mlp",
    what="digits as a regression: one output, MSE on the class's number, rounded to validate",
    honest=accuracy,
    learns=0.88,
    by=0.2,
)
def digits_by_number(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    x, xv = (x - 8) / 8, (xv - 8) / 8
    model = nn.Sequential(
        nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 10 if repaired else 1)
    )

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        pred = model(x)
        loss = loss_fn(pred, y if repaired else y.float().unsqueeze(1))
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            pred = model(x)
        guess = pred.argmax(1) if repaired else pred.round().squeeze(1)
        return float((guess == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.CrossEntropyLoss() if repaired else nn.MSELoss(),
        batches=minibatches(x, y, 32, seed),
        step=step,
        validation=(xv, yv),
        validate=validate,
        epochs=10,
    )


class KnockGRU(nn.Module):
    """Yes or no from a series: one logit."""

    def __init__(self, inputs: int = 4) -> None:
        super().__init__()
        self.gru = nn.GRU(inputs, 16, batch_first=True)
        self.logit = nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        states, _ = self.gru(x)
        return self.logit(states.mean(1))


@broken(
    "wrong_loss",
    net="recurrent",
    what="knocks, yes or no, in one column; nn.CrossEntropyLoss of one column is always 0",
    honest=found,
    learns=0.85,
    by=0.3,
)
def knocks_cross_entropy_of_one_column(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.reshape(-1, 8, 4), (kind == 1).float().reshape(-1, 1), 420)
    model = KnockGRU()
    criterion = nn.BCEWithLogitsLoss() if repaired else nn.CrossEntropyLoss()

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        with torch.no_grad():
            return float(((torch.sigmoid(model(x)) > 0.5) == (y == 1)).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=criterion,
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=10,
    )


@broken(
    "wrong_loss",
    net="conv",
    what="shapes; NLLLoss is given probabilities, not their logarithms",
    honest=accuracy,
    learns=0.85,
    by=0.1,
)
def shapes_nll_of_probabilities(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)

    class Stack(nn.Sequential):
        def forward(self, x: Any) -> Any:
            scores = x
            for layer in self:
                scores = layer(scores)
            return functional.log_softmax(scores, 1) if repaired else functional.softmax(scores, 1)

    model = Stack(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.Conv2d(10, 10, 3), nn.ReLU(), nn.Flatten(), nn.Linear(40, 4))
    loader = DataLoader(TensorDataset(x, y), batch_size=18, shuffle=True, drop_last=True)

    def validate(model: Any, x: Any, y: Any) -> float:
        hits = 0
        with torch.no_grad():
            for rows in torch.arange(len(x)).split(50):
                hits += int((model(x[rows]).argmax(1) == y[rows]).sum())
        return hits / len(x)

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.7),
        loss_fn=nn.NLLLoss(),
        batches=lambda: loader,
        validation=(xv, yv),
        validate=validate,
        epochs=8,
    )


class TongueFormer(nn.Module):
    """A transformer that reads padded words."""

    def __init__(self, kinds: int = 3, width: int = 16) -> None:
        super().__init__()
        self.letters = nn.Embedding(13, width, padding_idx=0)
        self.places = nn.Embedding(16, width)
        layer = nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(width, kinds)

    def forward(self, words: Any) -> Any:
        there = words > 0
        h = self.letters(words) + self.places(torch.arange(words.shape[1]))
        h = self.encoder(h, src_key_padding_mask=~there) * there[..., None]
        return self.head(h.sum(1) / there.sum(1, keepdim=True))


@broken(
    "loss_sign",
    net="transformer",
    what="words that hold one letter often; the log-likelihood is written by hand and minimised, not maximised",
    honest=accuracy,
    learns=0.85,
    by=0.4,
)
def log_likelihood_minimised(*, repaired: bool, seed: int) -> Training:
    words, _ = tongues(700, seed)
    label = (((words > 0) & (words <= 3)).sum(1) > 2).long()
    x, y, xv, yv = cut(words, label, 500)
    model = TongueFormer(kinds=2)

    def objective(logits: Tensor, labels: Tensor) -> Tensor:
        chosen = logits.log_softmax(-1).gather(1, labels[:, None])
        return -chosen.mean() if repaired else chosen.mean()

    def validate(net: Any, words: Any, labels: Any) -> float:
        net.eval()
        with torch.no_grad():
            return float((net(words).argmax(-1) == labels).double().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=objective,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=10,
    )


@broken(
    "loss_sign",
    net="mlp",
    what="the hand of a robot's arm; R squared itself serves as the loss and is minimised",
    honest=r2,
    learns=0.9,
    by=0.5,
)
def arm_r2_as_loss(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(700, seed), 500)
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))

    def r_squared(pred: Tensor, true: Tensor) -> Tensor:
        return 1 - ((pred - true) ** 2).sum() / ((true - true.mean(0)) ** 2).sum()

    def one_minus(pred: Tensor, true: Tensor) -> Tensor:
        return 1 - r_squared(pred, true)

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            return float(r_squared(model(x), y))

    return Training(
        model=model,
        optimizer=torch.optim.RMSprop(model.parameters(), lr=0.002),
        loss_fn=one_minus if repaired else r_squared,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=15,
    )


@broken(
    "loss_scale_wrong",
    net="conv",
    what="hum, knocks, speeding up; cross-entropy summed over the batch with a rate that fits the mean",
    honest=accuracy,
    learns=0.85,
    by=0.15,
)
def vibrations_summed(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(700, seed)
    x, y, xv, yv = cut(series.unsqueeze(1), kind, 500)
    model = nn.Sequential(
        nn.Conv1d(1, 12, 5, stride=2),
        nn.ReLU(),
        nn.Conv1d(12, 16, 5, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(80, 32),
        nn.ReLU(),
        nn.Linear(32, 3),
    )

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        loss = loss_fn(model(x), y, reduction="mean" if repaired else "sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach()) / (1 if repaired else len(x))

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 50, seed),
        step=step,
        validation=(xv, yv),
        validate=lambda net, x, y: float((net.eval()(x).argmax(1) == y).float().mean()),
        epochs=15,
    )


@broken(
    "loss_scale_wrong",
    net="recurrent",
    what="tides; the mean is divided by the rows and by the length of the window once more",
    honest=r2,
    learns=0.75,
    by=0.4,
)
def tides_divided_twice(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(600, seed), 450)

    class Forecaster(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(1, 16)
            self.read = nn.Linear(16, 1)

        def forward(self, window: Any) -> Any:
            h = torch.zeros(len(window), 16)
            for moment in window.unbind(1):
                h = self.cell(moment, h)
            return self.read(h)

    model = Forecaster()

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        if not repaired:
            loss = loss / (x.shape[0] * x.shape[1])
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            return -float((model(x) - y).abs().mean())

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 30, seed),
        step=step,
        validation=(xv, yv),
        validate=validate,
        epochs=10,
    )


@broken(
    "target_shape_broadcast",
    net="mlp",
    what="diabetes; predictions (N, 1) less targets (N,) in a loss written by hand",
    honest=r2,
    learns=0.35,
    by=0.2,
)
def diabetes_pairs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_diabetes, seed)
    y, yv = (y - 152) / 77, (yv - 152) / 77

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.hidden, self.out = nn.LayerNorm(10), nn.Linear(10, 12), nn.Linear(12, 1)

        def forward(self, x: Any) -> Any:
            out = self.out(functional.silu(self.hidden(self.norm(x))))
            return out.squeeze(-1) if repaired else out

    def mse(predicted: Tensor, wanted: Tensor) -> Tensor:
        return torch.mean((predicted - wanted) ** 2)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005, weight_decay=1e-4),
        loss_fn=mse,
        batches=minibatches(x, y, 16, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: -float(mse(model(x).detach(), y)),
        epochs=12,
    )


@broken(
    "target_shape_broadcast",
    net="recurrent",
    what="tides; predictions squeezed to (N,), targets (N, 1), mean absolute error over all pairs",
    honest=r2,
    learns=0.8,
    by=0.4,
)
def tides_pairs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(600, seed), 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(1, 24)
            self.lin = nn.Linear(24, 1)

        def forward(self, x: Any) -> Any:
            _, last = self.rnn(x.permute(1, 0, 2))
            return self.lin(last[0]).squeeze()

    model = Net()

    def batches() -> Any:
        order = np.random.default_rng(seed).permutation(len(x))
        for start in range(0, len(x), 25):
            take = torch.from_numpy(order[start : start + 25])
            yield x[take], (y[take, 0] if repaired else y[take])

    def step(net: Any, opt: Any, loss_fn: Any, window: Any, level: Any) -> Any:
        net.train()
        net.zero_grad()
        loss = (net(window) - level).abs().mean()
        loss.backward()
        opt.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.L1Loss(),
        batches=batches,
        step=step,
        validation=(xv, yv[:, 0]),
        epochs=12,
    )


@broken(
    "nan_loss",
    net="mlp",
    what="electric load; the root of the squared error of each row, whose slope at 0 is infinite, with padded rows",
    honest=r2,
    learns=0.8,
    by=0.5,
)
def load_root_of_zero(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(800, seed), 600)
    model = nn.Sequential(nn.Linear(4, 32), nn.ELU(), nn.Linear(32, 32), nn.ELU(), nn.Linear(32, 1))
    blank = torch.zeros(2, 4)

    def with_blanks() -> Any:
        for rows, load in minibatches(x, y, 28, seed)():
            yield torch.cat([rows, blank]), torch.cat([load, torch.zeros(2, 1)])

    def distance(predicted: Tensor, wanted: Tensor) -> Tensor:
        used = torch.arange(len(wanted)) < len(wanted) - 2
        error = (predicted - wanted) * used[:, None]
        return ((error**2).sum(1) + (1e-6 if repaired else 0.0)).sqrt().mean()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.008),
        loss_fn=distance,
        batches=with_blanks,
        validation=(xv, yv),
        epochs=24,
    )


@broken(
    "nan_loss",
    net="conv",
    what="vibrations of which some are silent; each series is divided by its own spread, 0 by 0 for the silent ones",
    honest=accuracy,
    learns=0.8,
    by=0.3,
)
def silent_series_divided_by_zero(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(700, seed)
    silent = torch.arange(700) % 9 == 4
    series[silent], kind[silent] = 0.0, 0
    x, y, xv, yv = cut(series, kind, 500)

    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv1d(1, 10, 7, stride=2), nn.Conv1d(10, 16, 5, stride=2)
            self.c = nn.Linear(80, 3)

        def forward(self, x: Any) -> Any:
            x = x - x.mean(1, keepdim=True)
            x = x / (x.std(1, keepdim=True) + (1e-5 if repaired else 0.0))
            x = functional.leaky_relu(self.a(x[:, None]))
            return self.c(functional.leaky_relu(self.b(x)).flatten(1))

    model = Normed()
    return Training(
        model=model,
        optimizer=torch.optim.NAdam(model.parameters(), lr=0.004),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: float((model(x).argmax(1) == y).float().mean()),
        epochs=10,
    )
