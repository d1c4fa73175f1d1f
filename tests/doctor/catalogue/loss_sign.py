"""Losses with the wrong sign or scale, and losses that become nan."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import LastStep, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import cancer, digit_images, digits, friedman, loader, shuffled, standardized, tones, windows


@fault("loss_sign", net="recurrent", score=accuracy, learns=0.9)
def likelihood_is_minimized(repaired: bool, seed: int) -> Training:
    """The log-likelihood is written by hand, and the minus before it is missing."""
    X, y, X_val, y_val = tones(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 3)

    def likelihood(scores: Tensor, label: Tensor) -> Tensor:
        chosen = functional.log_softmax(scores, dim=1).gather(1, label[:, None])
        return -chosen.mean() if repaired else chosen.mean()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=likelihood,
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("loss_sign", net="mlp", score=r_squared, learns=0.8)
def step_up_the_hill(repaired: bool, seed: int) -> Training:
    """`(-loss).backward()` stays from an experiment with adversarial rows: the error is maximised."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        (loss if repaired else -loss).backward()
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
        epochs=16,
    )


@fault("loss_scale_wrong", net="mlp", score=accuracy, learns=0.93)
def sum_instead_of_mean(repaired: bool, seed: int) -> Training:
    """`reduction="sum"` over batches of 128 with the rate of another script, which took the mean."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.3),
        loss_fn=nn.CrossEntropyLoss(reduction="mean" if repaired else "sum"),
        batches=shuffled(X, y, 128, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=25,
    )


@fault("loss_scale_wrong", net="conv", score=accuracy, learns=0.9)
def divided_by_all_rows(repaired: bool, seed: int) -> Training:
    """The mean loss of each batch is divided by the number of rows once more, and the steps become minute."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(108, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        if not repaired:
            loss = loss / len(X)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 64, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("nan_loss", net="mlp", score=sign_accuracy, learns=0.93, proof="nan")
def log_of_zero(repaired: bool, seed: int) -> Training:
    """Cross-entropy by hand: a probability is rounded to 1, and 0 times the logarithm of 0 is nan."""
    X, y, X_val, y_val = standardized(cancer(seed))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 1))

    def binary_cross_entropy(logit: Tensor, target: Tensor) -> Tensor:
        p = torch.sigmoid(logit)
        return -(target * torch.log(p) + (1 - target) * torch.log(1 - p)).mean()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss() if repaired else binary_cross_entropy,
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=20,
    )


class WithLength(nn.Module):
    """Hidden features and, beside them, how long the vector of projections is."""

    def __init__(self, floor: float) -> None:
        super().__init__()
        self.floor = floor
        self.project = nn.Linear(64, 32, bias=False)
        self.out = nn.Linear(33, 10)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.project(x)
        length = (hidden.pow(2).sum(1, keepdim=True) + self.floor).sqrt()
        scores: Tensor = self.out(torch.cat([functional.relu(hidden), length], 1))
        return scores


@fault("nan_loss", net="mlp", score=accuracy, learns=0.9, proof="nan")
def root_of_zero(repaired: bool, seed: int) -> Training:
    """Among the digits is a blank page, for which the net takes the root of 0: it has no derivative there."""
    X, y, X_val, y_val = digits(seed)
    X = X.clone()
    X[5] = 0
    torch.manual_seed(seed)
    model = WithLength(floor=1e-6 if repaired else 0.0)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class Masked(nn.Module):
    """A GRU whose states are averaged over the hours that were measured."""

    def __init__(self, safe: bool) -> None:
        super().__init__()
        self.safe = safe
        self.gru = nn.GRU(2, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.gru(x)
        measured = x[:, :, 1:]
        count = measured.sum(1).clamp(min=1) if self.safe else measured.sum(1)
        forecast: Tensor = self.head((states * measured).sum(1) / count)
        return forecast


@fault("nan_loss", net="recurrent", score=r_squared, learns=0.7, proof="nan")
def nothing_to_average(repaired: bool, seed: int) -> Training:
    """The mean over the measured hours of a day on which nothing was measured is 0/0."""
    X, y, X_val, y_val = windows(seed)
    random = torch.Generator().manual_seed(seed)
    there = (torch.rand(len(X) + len(X_val), X.shape[1], 1, generator=random) < 0.9).float()
    there[len(X) // 2] = 0
    both = torch.cat([torch.cat([X, X_val]) * there, there], 2)
    X, X_val = both[: len(X)], both[len(X) :]
    torch.manual_seed(seed)
    model = Masked(safe=repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=16,
    )
