"""Healthy trainings whose data or loss look odd."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import (
    arm,
    checkers,
    commonest,
    cut,
    drawn_shapes,
    load_of_a_town,
    minibatches,
    table,
    tides,
    tongues,
    vibrations,
)
from .losses import TongueFormer
from .metrics import accuracy, by_class, over_zero, r2
from .optimizers import share_right
from .rates import explained
from .training import Training, healthy


@healthy(net="mlp", what="tumours in batches of four: the loss jumps from step to step", honest=over_zero, learns=0.92)
def noisy_batches_of_four(seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed)
    model = nn.Sequential(nn.Linear(30, 12), nn.Tanh(), nn.Linear(12, 1))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.02),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=minibatches(x, y.float()[:, None], 4, seed),
        validation=(xv, yv.float()[:, None]),
        validate=lambda model, x, y: over_zero(model(x), y),
        epochs=6,
    )


@healthy(net="mlp", what="eighty classes, one prototype each: the loss starts at 4.4", honest=accuracy, learns=0.85)
def eighty_classes(seed: int) -> Training:
    rng = np.random.default_rng(seed)
    prototypes = rng.standard_normal((80, 24))
    kind = rng.integers(0, 80, 2400)
    X = prototypes[kind] + 0.5 * rng.standard_normal((2400, 24))
    x, y, xv, yv = cut(torch.tensor(X, dtype=torch.float32), torch.tensor(kind), 2000)
    model = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 80))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 64, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(net="conv", what="shapes of which a quarter are labelled at random", honest=accuracy, learns=0.65)
def a_quarter_of_labels_random(seed: int) -> Training:
    pictures, kind = drawn_shapes(1000, seed, size=8)
    chance = torch.Generator().manual_seed(seed)
    wrong = torch.rand(1000, generator=chance) < 0.25
    noisy = torch.where(wrong, torch.randint(0, 4, (1000,), generator=chance), kind)
    x, y, xv, yv = cut(pictures, noisy, 800)
    model = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(32, 4))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@healthy(net="mlp", what="irises: so easy that all is learnt in two epochs", honest=accuracy, learns=0.88)
def irises_at_once(seed: int) -> Training:
    x, y, xv, yv = table(load_iris, seed)
    model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: DataLoader(TensorDataset(x, y), 8, shuffle=True),
        validation=(xv, yv),
        validate=share_right,
        epochs=6,
    )


@healthy(net="mlp", what="a weak law under much noise: an R squared of 0.2 is all there is", honest=r2, learns=0.1)
def little_to_explain(seed: int) -> Training:
    rng = np.random.default_rng(40 + seed)
    X = rng.standard_normal((1800, 3)).astype(np.float32)
    Y = 0.5 * np.sin(2 * X[:, :1]) + 0.3 * X[:, 1:2] + 0.85 * rng.standard_normal((1800, 1))
    x, y, xv, yv = cut(torch.from_numpy(X), torch.tensor(Y, dtype=torch.float32), 1400)
    model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 40, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@healthy(net="mlp", what="nine or not, one row in ten, learnt well without weights", honest=by_class, learns=0.85)
def rare_nines_found(seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False, held_out=0.4)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, (y == 9).long(), 32, seed),
        validation=(xv / 16, (yv == 9).long()),
        validate=share_right,
        epochs=15,
    )


@healthy(
    net="conv", what="shapes on a large black sheet: two pixels in three are constant", honest=accuracy, learns=0.9
)
def wide_black_border(seed: int) -> Training:
    pictures, kind = drawn_shapes(500, seed, size=7)
    x, y, xv, yv = cut(functional.pad(pictures, (3, 3, 3, 3)), kind, 400)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 24), nn.ReLU(), nn.Linear(24, 4)
    )
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@healthy(net="mlp", what="wines with eight more columns that never change", honest=accuracy, learns=0.9)
def constant_columns(seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    ones, ones_v = torch.ones(len(x), 8), torch.ones(len(xv), 8)
    ones[:, ::2], ones_v[:, ::2] = 0.0, 0.0
    model = nn.Sequential(nn.Linear(21, 16), nn.ReLU(), nn.Linear(16, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(torch.cat([x, ones], 1), y, 12, seed),
        validation=(torch.cat([xv, ones_v], 1), yv),
        validate=share_right,
        epochs=8,
    )


@healthy(
    net="recurrent",
    what="letters as whole numbers up to 12 into an embedding: no scaling is wanted",
    honest=accuracy,
    learns=0.8,
)
def letters_as_numbers(seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(700, seed, letters=10), 550)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters, self.gru, self.fc = nn.Embedding(11, 10), nn.GRU(10, 20, batch_first=True), nn.Linear(20, 3)

        def forward(self, words: Any) -> Any:
            return self.fc(self.gru(self.letters(words))[0].mean(1))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@healthy(
    net="mlp",
    what="words as bags of letters: counts from 0 to 16, mostly zeros, not standardised",
    honest=accuracy,
    learns=0.8,
)
def bags_of_letters(seed: int) -> Training:
    words, kind = commonest(900, seed)
    bags = functional.one_hot(words, 13)[:, :, 1:].sum(1).float()
    x, y, xv, yv = cut(bags, kind, 700)
    model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="recurrent", what="windows of one long tide read in the order of time, never shuffled", honest=r2, learns=0.85
)
def tide_in_order_of_time(seed: int) -> Training:
    t = torch.arange(640) + 100.0 * seed
    level = torch.sin(0.5 * t) + 0.8 * torch.sin(0.31 * t + 1)
    seen = level + 0.05 * torch.randn(640, generator=torch.Generator().manual_seed(seed))
    windows = seen.unfold(0, 16, 1)[:600, :, None]
    x, y, xv, yv = cut(windows, level[17:617, None], 480)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            return self.fc(self.gru(x)[1][0])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=lambda: DataLoader(TensorDataset(x, y), batch_size=24, shuffle=False),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@healthy(net="mlp", what="a load with outliers ten spreads away, under Huber's loss", honest=r2, learns=0.8)
def outliers_under_huber(seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(900, seed), 700)
    odd = torch.rand(700, generator=torch.Generator().manual_seed(seed)) < 0.03
    y = y + 10.0 * odd[:, None]
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.HuberLoss(delta=0.5),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=20,
    )


@healthy(
    net="mlp",
    what="a Gaussian's likelihood with a mean and a log variance: the loss goes below zero and should",
    honest=lambda out, y: r2(out[:, :1], y),
    learns=0.85,
)
def loss_below_zero(seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(900, seed, noise=0.1), 700)
    model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))

    def negative_log_likelihood(out: Tensor, y: Tensor) -> Tensor:
        mean, log_variance = out[:, :1], out[:, 1:].clamp(-6, 4)
        return 0.5 * (log_variance + (y - mean) ** 2 / log_variance.exp()).mean()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=negative_log_likelihood,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: r2(model(x)[:, :1].detach(), y),
        epochs=25,
    )


@healthy(
    net="conv",
    what="shapes and where they are: class scores and a place in one output, a loss of two parts",
    honest=lambda out, y: accuracy(out[:, :4], y[:, 0]),
    learns=0.85,
)
def two_heads_in_one_output(seed: int) -> Training:
    pictures, kind = drawn_shapes(600, seed, size=8)
    ink = pictures.clamp(min=0).sum((1, 2, 3))
    across = (pictures.clamp(min=0).sum((1, 2)) * torch.linspace(-1, 1, 8)).sum(1) / ink
    x, y, xv, yv = cut(pictures, torch.stack([kind.float(), 3 * across], 1), 450)
    model = nn.Sequential(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.Flatten(), nn.Linear(160, 24), nn.ReLU(), nn.Linear(24, 5))

    def both(out: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(out[:, :4], y[:, 0].long()) + 0.5 * functional.mse_loss(out[:, 4], y[:, 1])

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            return -float(both(model(x), y))

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=both,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


@healthy(
    net="mlp",
    what="probabilities by sigmoid with nn.BCELoss: a sigmoid where it belongs",
    honest=lambda out, y: accuracy(out, y),
    learns=0.92,
)
def sigmoid_where_it_belongs(seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-3),
        loss_fn=nn.BCELoss(),
        batches=minibatches(x, y.float()[:, None], 20, seed),
        validation=(xv, yv.float()[:, None]),
        validate=lambda model, x, y: float((model(x).round() == y).float().mean()),
        epochs=10,
    )


@healthy(
    net="conv",
    what="vibrations with log_softmax and NLLLoss, the older form of cross-entropy",
    honest=accuracy,
    learns=0.9,
)
def log_softmax_and_nll(seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series[:, None], kind, 450)
    model = nn.Sequential(
        nn.Conv1d(1, 10, 5, stride=2), nn.ReLU(), nn.Conv1d(10, 10, 5, stride=2), nn.ReLU(), nn.Flatten(),
        nn.Linear(50, 3), nn.LogSoftmax(dim=1),
    )  # fmt: skip
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=nn.NLLLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=14,
    )


@healthy(
    net="mlp",
    what="the arm's hand divided by two lies within a tanh's reach, and tanh is the last layer",
    honest=r2,
    learns=0.9,
)
def tanh_within_reach(seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 450)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2), nn.Tanh())
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y / 2.2, 20, seed),
        validation=(xv, yv / 2.2),
        validate=explained,
        epochs=25,
    )


@healthy(net="mlp", what="an autoencoder: the inputs are the targets", honest=lambda out, y: r2(out, y), learns=0.5)
def inputs_are_targets(seed: int) -> Training:
    x, _, xv, _ = table(load_digits, seed, scaled=False)
    x, xv = x / 16, xv / 16
    model = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 12), nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 64)
    )

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(len(x)).split(32):
            yield x[rows], x[rows]

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.MSELoss(),
        batches=batches,
        validation=(xv, xv),
        validate=lambda model, x, y: r2(model(x).detach(), y),
        epochs=15,
    )


@healthy(net="mlp", what="diabetes by a linear model on purpose", honest=r2, learns=0.35)
def diabetes_linear_on_purpose(seed: int) -> Training:
    x, y, xv, yv = table(load_diabetes, seed)
    model = nn.Linear(10, 1)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.02),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, (y[:, None] - 152) / 77, 20, seed),
        validation=(xv, (yv[:, None] - 152) / 77),
        validate=explained,
        epochs=20,
    )


@healthy(
    net="transformer",
    what="words of 8 to 16 letters: a third of all places is padding, and the mask knows",
    honest=accuracy,
    learns=0.8,
)
def padding_that_is_masked(seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1300, 50 + seed), 1100)
    model = TongueFormer()
    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 44, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="mlp", what="checked board; rows are kept for later, but no number is reported", honest=accuracy, learns=0.85
)
def no_number_reported(seed: int) -> Training:
    x, y, xv, yv = cut(*checkers(1200, seed), 1100)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        epochs=20,
    )


@healthy(
    net="recurrent",
    what="the tide's level and its distance from the mean: two heads share one GRU",
    honest=r2,
    learns=0.8,
)
def two_forecasts_from_one_state(seed: int) -> Training:
    window, level = tides(600, 70 + seed)
    x, y, xv, yv = cut(window, torch.cat([level, level.abs()], 1), 480)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(1, 20, batch_first=True)
            self.level, self.height = nn.Linear(20, 1), nn.Sequential(nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, 1))

        def forward(self, x: Any) -> Any:
            state = self.gru(x)[0][:, -1]
            return torch.cat([self.level(state), self.height(state)], 1)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 24, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )
