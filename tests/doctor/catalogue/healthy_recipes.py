"""Healthy trainings with schedules, optimizers and regularization that look odd."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import Encoder, LastStep, SmallConv, accuracy, r_squared, sign_accuracy
from .registry import Loss, Step, Training, healthy
from .sources import (
    cancer,
    cue,
    digit_images,
    digits,
    friedman,
    loader,
    lookups,
    moons,
    shuffled,
    standardized,
    tones,
    windows,
)


def _stepping(after: Callable[[], None], clip: float | None = None) -> Step:
    """The ordinary step, with a limit on the gradient's norm, and something to do behind it."""

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        after()
        return loss

    return step


@healthy(net="transformer", score=accuracy, learns=0.95)
def warm_up_then_cosine(seed: int) -> Training:
    """The rate rises from nearly 0 over 60 steps and then falls to 0, step by step and on purpose."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Encoder(16, 4, length=8, pool="first")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.004)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.004, total_steps=12 * 22 + 1, pct_start=0.25)
    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=_stepping(schedule.step, clip=1.0),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@healthy(net="transformer", score=accuracy, learns=0.9)
def plateau_then_drop(seed: int) -> Training:
    """For several epochs nothing seems to happen, then the net finds where to look, and the loss drops."""
    X, y, X_val, y_val = lookups(seed, rows=1200)
    torch.manual_seed(seed)
    model = Encoder(16, 4, length=8, pool="first")
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.008, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=16,
    )


@healthy(net="recurrent", score=accuracy, learns=0.9)
def memory_after_a_plateau(seed: int) -> Training:
    """The GRU guesses for some epochs before it learns to keep what it saw first."""
    X, y, X_val, y_val = cue(seed, length=14)
    torch.manual_seed(seed)
    model = LastStep(5, 4)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=18,
    )


@healthy(net="mlp", score=accuracy, learns=0.9)
def validation_above_training(seed: int) -> Training:
    """With half of the units dropped, training rows are harder than the rows kept aside."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=_stepping(lambda: None),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@healthy(net="conv", score=accuracy, learns=0.9)
def accumulated_on_purpose(seed: int) -> Training:
    """Gradients of four batches are added up before each step: `zero_grad` comes with every fourth call."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()
    calls = 0

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        nonlocal calls
        model.train()
        loss = loss_fn(model(x), y)
        (loss / 4).backward()
        calls += 1
        if calls % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 12, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=8,
    )


@healthy(net="mlp", score=sign_accuracy, learns=0.93)
def adam_at_a_hundredth(seed: int) -> Training:
    """Adam at 0.01, which some rules of thumb call too high."""
    X, y, X_val, y_val = moons(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=20,
    )


@healthy(net="mlp", score=accuracy, learns=0.9)
def all_rows_at_once(seed: int) -> Training:
    """One batch of all 1,347 rows: one step an epoch, and a loss as smooth as a ruler's edge."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: [(X, y)],
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=100,
    )


@healthy(net="mlp", score=sign_accuracy, learns=0.93)
def decay_as_usual(seed: int) -> Training:
    """AdamW with its usual decay of 0.01."""
    X, y, X_val, y_val = standardized(cancer(seed))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=12,
    )


@healthy(net="recurrent", score=r_squared, learns=0.85)
def clipped_as_usual(seed: int) -> Training:
    """A GRU whose gradient is clipped at a norm of 1, which it seldom has."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        step=_stepping(lambda: None, clip=1.0),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )


@healthy(net="conv", score=accuracy, learns=0.9)
def smoothed_labels(seed: int) -> Training:
    """Smoothed labels: the loss cannot fall below 0.5, however right the net is."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(label_smoothing=0.1),
        batches=shuffled(X, y, 48, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@healthy(net="mlp", score=accuracy, learns=0.9)
def nll_after_log_softmax(seed: int) -> Training:
    """A net that ends in a log-softmax, with the loss that belongs to it."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10), nn.LogSoftmax(dim=1))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.NLLLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


@healthy(net="recurrent", score=accuracy, learns=0.9)
def rate_halved_every_fourth_epoch(seed: int) -> Training:
    """The rate is halved after every fourth epoch, by a counter of batches."""
    X, y, X_val, y_val = tones(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 3, hidden=20)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4 * 15, gamma=0.5)
    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=functional.cross_entropy,
        batches=shuffled(X, y, 32, seed),
        step=_stepping(schedule.step),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@healthy(net="mlp", score=r_squared, learns=0.8)
def averaged_for_validation(seed: int) -> Training:
    """A running average of the weights is validated, and the optimizer holds none of its parameters."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    average = copy.deepcopy(model).requires_grad_(False)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
                slow.lerp_(fast, 0.05)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=lambda _, x, y: r_squared(average, x, y),
        epochs=16,
    )
