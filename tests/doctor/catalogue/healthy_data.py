"""Healthy trainings on data that looks odd."""

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor, nn
from torch.nn import functional

from .habits import Encoder, LastStep, SmallConv, accuracy, balanced_accuracy, r_squared, sign_accuracy
from .registry import Training, healthy
from .sources import (
    bars,
    blobs,
    cue,
    diabetes,
    digits,
    friedman,
    loader,
    moons,
    sentences,
    shuffled,
    split,
    standardized,
)


@healthy(net="mlp", score=accuracy, learns=0.9)
def batches_of_four(seed: int) -> Training:
    """Batches of four rows: the loss of a step says little, and the net learns all the same."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.001),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 4, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=6,
    )


@healthy(net="mlp", score=accuracy, learns=0.85)
def forty_classes(seed: int) -> Training:
    """Forty classes: the loss starts at 3.7, and one row in forty would be right by chance."""
    X, y, X_val, y_val = blobs(seed, classes=40, rows=2400, spread=1.0)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 40))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 60, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


@healthy(net="mlp", score=accuracy, learns=0.85)
def a_fifth_of_the_labels_wrong(seed: int) -> Training:
    """A fifth of the training labels are drawn at random: the loss stays high, and the validation is good."""
    X, y, X_val, y_val = digits(seed)
    random = np.random.default_rng(seed)
    wrong = torch.from_numpy(random.uniform(size=len(y)) < 0.2)
    y = torch.where(wrong, torch.from_numpy(random.integers(0, 10, len(y))), y)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005, weight_decay=1e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=8,
    )


@healthy(net="mlp", score=accuracy, learns=0.98)
def an_easy_task(seed: int) -> Training:
    """Three clouds far from each other: all rows are right after one epoch."""
    X, y, X_val, y_val = blobs(seed, classes=3, rows=600, spread=0.5)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 30, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=8,
    )


@healthy(net="mlp", score=r_squared, learns=0.15)
def mostly_noise(seed: int) -> Training:
    """Three quarters of the target's variance are noise: an R² of 0.25 is all that can be had."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(3000, 4))
    y = 0.5 * np.tanh(x[:, 0]) + 0.35 * x[:, 1] + 0.85 * random.normal(size=3000)
    X, y_train, X_val, y_val = split(x, y[:, None], seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y_train, 64, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=8,
    )


@healthy(net="mlp", score=r_squared, learns=0.3)
def diabetes_linear(seed: int) -> Training:
    """A linear model on purpose: with 331 rows of diabetes patients nothing larger does better."""
    X, y, X_val, y_val = diabetes(seed)
    mean, deviation = y.mean(), y.std()
    torch.manual_seed(seed)
    model = nn.Linear(10, 1)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, (y - mean) / deviation, 32, seed),
        validation=(X_val, (y_val - mean) / deviation),
        validate=r_squared,
        epochs=15,
    )


@healthy(net="mlp", score=balanced_accuracy, learns=0.9)
def rare_and_learnt(seed: int) -> Training:
    """One row in twenty is of the other class, and it is found."""
    random = np.random.default_rng(seed)
    rare = random.uniform(size=2000) < 0.05
    points = random.normal(size=(2000, 6)) + 3.0 * rare[:, None] * np.array([1, -1, 0, 1, 0, 0])
    X, y, X_val, y_val = split(points, rare[:, None].astype(np.float32), seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 50, seed),
        validation=(X_val, y_val),
        validate=balanced_accuracy,
        epochs=12,
    )


@healthy(net="mlp", score=accuracy, learns=0.9)
def constant_columns(seed: int) -> Training:
    """Digits with their ever blank margins and twenty columns that are 0 or 1 in all rows."""
    X, y, X_val, y_val = digits(seed)
    zeros, ones = torch.zeros(1, 10), torch.ones(1, 10)
    X, X_val = (torch.cat([part, torch.cat([zeros, ones], 1).expand(len(part), 20)], 1) for part in (X, X_val))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(84, 48), nn.ReLU(), nn.Linear(48, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@healthy(net="mlp", score=r_squared, learns=0.8)
def duplicated_measurements(seed: int) -> Training:
    """Each training row is there twice, as each was measured twice; validation rows are other ones."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    X, y = X.repeat(2, 1), y.repeat(2, 1) + 0.05 * torch.randn(2 * len(y), 1)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )


@healthy(net="transformer", score=accuracy, learns=0.95)
def word_numbers(seed: int) -> Training:
    """Inputs are whole numbers up to 19: not unscaled, but words that are looked up."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = Encoder(20, 3, length=10)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=8,
    )


class Words(nn.Module):
    """A GRU over embedded words."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.gru, self.head = nn.Embedding(500, 12), nn.GRU(12, 20, batch_first=True), nn.Linear(20, 3)

    def forward(self, words: Tensor) -> Tensor:
        states, _ = self.gru(self.embed(words))
        scores: Tensor = self.head(states.amax(1))
        return scores


@healthy(net="recurrent", score=accuracy, learns=0.95)
def most_words_never_occur(seed: int) -> Training:
    """A vocabulary of 500 of which twenty occur: nearly all embeddings have no gradient, ever."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = Words()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X * 7, y, 32, seed),
        validation=(X_val * 7, y_val),
        validate=accuracy,
        epochs=10,
    )


@healthy(net="recurrent", score=accuracy, learns=0.95)
def padded_with_zeros(seed: int) -> Training:
    """Most of each series is zero, as the steps behind the first few are padding."""
    X, y, X_val, y_val = cue(seed, length=6)
    X, X_val = (functional.pad(part, (0, 0, 4, 0)) for part in (X, X_val))
    torch.manual_seed(seed)
    model = LastStep(5, 4)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@healthy(net="conv", score=accuracy, learns=0.85)
def bars_in_much_noise(seed: int) -> Training:
    """Pictures whose noise is a third as strong as what they show."""
    X, y, X_val, y_val = bars(seed, rows=2000, noise=0.5)
    torch.manual_seed(seed)
    model = SmallConv(channels=3, classes=9)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.006),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@healthy(net="mlp", score=sign_accuracy, learns=0.8)
def overlapping_moons(seed: int) -> Training:
    """Two moons that overlap: a tenth of the rows cannot be told apart, by any net."""
    X, y, X_val, y_val = moons(seed, rows=1200, noise=0.4)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=shuffled(X, y, 48, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=12,
    )


@healthy(net="mlp", score=accuracy, learns=0.95)
def no_rows_kept_aside(seed: int) -> Training:
    """Iris with no validation at all."""
    x, y = datasets.load_iris(return_X_y=True)
    X, labels, _, _ = standardized(split(x, y, seed, validation=0.02))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, labels, 16, seed),
        epochs=20,
    )
