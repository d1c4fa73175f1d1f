"""Numbers that are computed wrongly, and nets that learn their rows by heart."""

import torch
from sklearn.metrics import r2_score
from torch import Tensor, nn
from torch.optim import Optimizer

from .habits import Encoder, LastStep, SmallConv, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import bars, digit_images, digits, friedman, loader, lookups, moons, shuffled, windows


@fault("metric_bug", net="mlp", score=accuracy, learns=0.92, gap=0.3, proof="report")
def best_row_for_each_digit(repaired: bool, seed: int) -> Training:
    """`argmax(0)` asks for each digit which row fits best, and compares that with the first labels."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        with torch.no_grad():
            if repaired:
                return float((model(x).argmax(1) == y).float().mean())
            best = model(x).argmax(0)
            return float((best == y[: len(best)]).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


@fault("metric_bug", net="mlp", score=sign_accuracy, learns=0.93, gap=0.3, proof="report")
def all_pairs_compared(repaired: bool, seed: int) -> Training:
    """Predictions of shape (N,) are compared with labels of shape (N, 1): the mean is over N x N pairs."""
    X, y, X_val, y_val = moons(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        with torch.no_grad():
            predicted = (torch.sigmoid(model(x)) > 0.5).float()
        if not repaired:
            predicted = predicted.squeeze()
        return (predicted == y).float().mean().item()

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=validate,
        epochs=15,
    )


@fault("metric_bug", net="conv", score=accuracy, learns=0.9, gap=0.3, proof="report")
def divided_by_the_batch(repaired: bool, seed: int) -> Training:
    """Hits are counted over all validation rows and divided by the size of one batch."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()
    batch_size = 64

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.eval()
        correct = 0
        with torch.no_grad():
            for images, labels in zip(x.split(batch_size), y.split(batch_size), strict=True):
                correct += int((model(images).argmax(1) == labels).sum())
        model.train()
        return correct / (len(y) if repaired else batch_size)

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, batch_size, seed),
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


@fault("metric_bug", net="recurrent", score=r_squared, learns=0.8, gap=0.02, proof="report")
def true_against_itself(repaired: bool, seed: int) -> Training:
    """The R² of yesterday's notebook: the targets are handed over twice, and the score is perfect from the start."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        with torch.no_grad():
            predicted = model(x).numpy()
        y_true = y.numpy()
        if not repaired:
            predicted = y_true
        return float(r2_score(y_true, predicted))

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


@fault("overfitting", net="mlp", score=r_squared, learns=0.7, gap=0.1)
def sixty_noisy_rows(repaired: bool, seed: int) -> Training:
    """Two layers of 128 units learn sixty rows and their noise by heart; the mended run has all nine hundred rows."""
    X, y, X_val, y_val = friedman(seed, rows=1500, noise=1.5)
    if not repaired:
        X, y = X[:60], y[:60]
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 30, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=6 if repaired else 150,
    )


@fault("overfitting", net="conv", score=accuracy, learns=0.9, gap=0.1)
def forty_pictures(repaired: bool, seed: int) -> Training:
    """Forty pictures of nine kinds are learnt to the last pixel, and new ones are not recognized."""
    X, y, X_val, y_val = bars(seed, rows=1600, noise=0.5)
    if not repaired:
        X, y = X[:40], y[:40]
    torch.manual_seed(seed)
    model = SmallConv(channels=3, classes=9, width=12)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 40 if repaired else 10, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12 if repaired else 60,
    )


@fault("overfitting", net="transformer", score=accuracy, learns=0.9, gap=0.1)
def two_dozen_questions(repaired: bool, seed: int) -> Training:
    """Two dozen questions and their answers are learnt by heart; where to look for an answer is not."""
    X, y, X_val, y_val = lookups(seed, rows=1200)
    if not repaired:
        X, y = X[:24], y[:24]
    torch.manual_seed(seed)
    model = Encoder(16, 4, length=8, pool="first")

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
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32 if repaired else 8, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10 if repaired else 40,
    )
