"""Targets that broadcast, and axes that are taken for other ones."""

import math
import warnings

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import accuracy, r_squared
from .registry import Loss, Training, fault
from .sources import Split, bars, cue, friedman, lookups, shuffled, split, totals


@fault("target_shape_broadcast", net="mlp", score=r_squared, learns=0.6)
def column_against_row(repaired: bool, seed: int) -> Training:
    """Outputs of shape (N, 1) are compared with targets of shape (N,); the warning was switched off long ago."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y if repaired else y.squeeze(1), 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=20,
    )


class Adder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, 32, batch_first=True)
        self.readout = nn.Linear(32, 1)

    def forward(self, series: Tensor) -> Tensor:
        states, _ = self.gru(series)
        total: Tensor = self.readout(states[:, -1])
        return total


@fault("target_shape_broadcast", net="recurrent", score=r_squared, learns=0.8)
def squeezed_once_too_often(repaired: bool, seed: int) -> Training:
    """The error is written by hand, with the outputs squeezed and the targets not: all pairs of rows are compared."""
    X, y, X_val, y_val = totals(seed, rows=900, length=8)
    torch.manual_seed(seed)
    model = Adder()

    def mean_squared_error(output: Tensor, target: Tensor) -> Tensor:
        output = output.squeeze(-1)
        if repaired:
            target = target.squeeze(-1)
        return ((output - target) ** 2).mean()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=mean_squared_error,
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=16,
    )


@fault("softmax_wrong_dim", net="mlp", score=accuracy, learns=0.75)
def softmax_down_the_rows(repaired: bool, seed: int) -> Training:
    """`softmax(dim=0)`: the rows of a batch compete with each other, and how frequent a class is goes unlearnt."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, 1200, p=[0.7, 0.18, 0.12])
    points = random.normal(size=(1200, 2)) + np.array([[0, 0], [2, 0.5], [0.5, 2]])[kind]
    X, y, X_val, y_val = split(points, kind, seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 3), nn.Softmax(dim=1 if repaired else 0))

    def log_loss(probabilities: Tensor, target: Tensor) -> Tensor:
        return functional.nll_loss(torch.log(probabilities + 1e-8), target)

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=log_loss,
        batches=shuffled(X, y, 30, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class Attention(nn.Module):
    """Self-attention by hand, with the answer read at the first place."""

    def __init__(self, axis: int, width: int = 48) -> None:
        super().__init__()
        self.axis, self.width = axis, width
        self.words = nn.Embedding(16, width)
        self.query, self.key, self.value = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.mix = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, 4))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.words(tokens)
        scores = self.query(x) @ self.key(x).transpose(1, 2) / math.sqrt(self.width)
        seen = scores.softmax(dim=self.axis) @ self.value(x)
        logits: Tensor = self.mix(torch.cat([x[:, 0], seen[:, 0]], 1))
        return logits


@fault("softmax_wrong_dim", net="transformer", score=accuracy, learns=0.9, gap=0.1)
def attention_over_the_batch(repaired: bool, seed: int) -> Training:
    """The attention's weights are normalized over the sentences of the batch (`dim=0`), not over the words."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Attention(axis=-1 if repaired else 0)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.004),
        loss_fn=functional.cross_entropy,
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=25,
    )


class Remember(nn.Module):
    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.rnn = nn.GRU(5, 24, batch_first=batch_first)
        self.fc = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.rnn(x)
        logits: Tensor = self.fc(out[:, -1, :])
        return logits


@fault("wrong_reshape", net="recurrent", score=accuracy, learns=0.95, gap=0.2)
def batch_first_forgotten(repaired: bool, seed: int) -> Training:
    """Series of shape (rows, time, features) go to a GRU that was made without `batch_first=True`."""
    X, y, X_val, y_val = cue(seed, length=8)
    torch.manual_seed(seed)
    model = Remember(batch_first=repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class Asker(nn.Module):
    """PyTorch's own encoder layers over embedded words; the answer is read at the place of the question."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(16, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=batch_first)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.answer = nn.Linear(32, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self.answer(self.encoder(self.embed(tokens))[:, 0])
        return logits


@fault("wrong_reshape", net="transformer", score=accuracy, learns=0.9, gap=0.2)
def sentences_attend_to_each_other(repaired: bool, seed: int) -> Training:
    """The encoder layer takes the batch for time: each word sees the other sentences instead of its own."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Asker(batch_first=repaired)

    def train_on(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, tokens: Tensor, answers: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(tokens), answers)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=train_on,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


class Flattened(nn.Module):
    """Pools each channel's features of an image and classifies them."""

    def __init__(self, mixes_rows: bool) -> None:
        super().__init__()
        self.mixes_rows = mixes_rows
        self.conv = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 24, 3, padding=1), nn.ReLU())
        self.fc = nn.Linear(24, 9)

    def forward(self, x: Tensor) -> Tensor:
        features = self.conv(x).amax((2, 3))
        if self.mixes_rows:
            features = features.t().reshape(-1, 24)
        logits: Tensor = self.fc(features)
        return logits


@fault("wrong_reshape", net="conv", score=accuracy, learns=0.9, gap=0.2)
def transposed_before_reshape(repaired: bool, seed: int) -> Training:
    """Features are transposed and then reshaped to (rows, 24): each row gets a mixture of several images."""
    parts: Split = bars(seed)
    torch.manual_seed(seed)
    model = Flattened(mixes_rows=not repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(parts[0], parts[1], 40, seed),
        validation=parts[2:],
        validate=accuracy,
        epochs=12,
    )
