"""Inputs and targets at the wrong scale, and inputs that change while the net trains."""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn import datasets
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.optim import Optimizer

from .habits import LastStep, SmallConv, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import cancer, digit_images, digits, loader, shuffled, split, standardized, wine


@fault("unscaled_inputs", net="mlp", score=sign_accuracy, learns=0.93)
def raw_measurements(repaired: bool, seed: int) -> Training:
    """The breast cancer table as it comes, areas up to 4,254 beside smoothness at 0.1, into a net trained by SGD."""
    X, y, X_val, y_val = cancer(seed)
    if repaired:
        scaler = StandardScaler().fit(X.numpy())
        X, X_val = (torch.from_numpy(scaler.transform(part.numpy())).float() for part in (X, X_val))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 16, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=20,
    )


class Wine(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(13, 32)
        self.out = nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.out(torch.tanh(self.hidden(x)))
        return scores


@fault("unscaled_inputs", net="mlp", score=accuracy, learns=0.9)
def wine_as_measured(repaired: bool, seed: int) -> Training:
    """Wine with proline in the hundreds beside ash at 2: the tanh units see little but proline."""
    parts = standardized(wine(seed)) if repaired else wine(seed)
    torch.manual_seed(seed)
    net = Wine()

    def train_step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=net,
        optimizer=torch.optim.Adam(net.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(parts[0], parts[1], 16, seed),
        step=train_step,
        validation=parts[2:],
        validate=accuracy,
        epochs=25,
    )


@fault("unscaled_inputs", net="conv", score=accuracy, learns=0.9)
def pixels_to_255(repaired: bool, seed: int) -> Training:
    """Digits with pixels from 0 to 255 and a rate that was found for pixels from 0 to 1."""
    X, y, X_val, y_val = digit_images(seed)
    if not repaired:
        X, X_val = X * 255, X_val * 255
    torch.manual_seed(seed)
    model = SmallConv()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("unscaled_inputs", net="recurrent", score=accuracy, learns=0.85)
def pressure_in_pascal(repaired: bool, seed: int) -> Training:
    """A barometer's series around 101,325 Pa, whose trend the GRU cannot see for the size of the numbers."""
    random = np.random.default_rng(seed)
    trend = random.integers(0, 2, 500)
    series = 101_325 + 400 * random.normal(size=(500, 1)) + 25 * (2 * trend[:, None] - 1) * np.arange(16)
    series = series + 60 * random.normal(size=series.shape)
    X, y, X_val, y_val = split(series[:, :, None], trend, seed)
    if repaired:
        X, X_val = (X - 101_325) / 400, (X_val - 101_325) / 400
    torch.manual_seed(seed)
    model = LastStep(1, 2, hidden=16)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("unscaled_targets", net="mlp", score=r_squared, learns=0.7)
def prices_in_dollars(repaired: bool, seed: int) -> Training:
    """House prices around 250,000: Adam at 0.01 would need years to get there."""
    random = np.random.default_rng(seed)
    rooms, age, distance = random.uniform(1, 8, 600), random.uniform(0, 80, 600), random.exponential(5, 600)
    prices = 90_000 + 45_000 * rooms - 900 * age - 4_000 * distance + 20_000 * random.normal(size=600)
    features = np.stack([rooms, age, distance], 1)
    X, y, X_val, y_val = standardized(split(features, prices[:, None], seed))
    if repaired:
        mean, deviation = y.mean(), y.std()
        y, y_val = (y - mean) / deviation, (y_val - mean) / deviation
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=15,
    )


@fault("unscaled_targets", net="recurrent", score=r_squared, learns=0.8)
def rides_an_hour(repaired: bool, seed: int) -> Training:
    """The next hour's bicycle rides, some 5,000 of them, asked from a net whose outputs begin around 0."""
    random = np.random.default_rng(seed)
    hours = np.arange(516)
    rides = 5_000 + 1_500 * np.sin(hours * 2 * np.pi / 24) + 200 * random.normal(size=516)
    scaled = (rides - 5_000) / 1_500
    past = np.stack([scaled[start : start + 16] for start in range(500)])[:, :, None]
    following = (scaled if repaired else rides)[16:, None]
    X, y, X_val, y_val = split(past, following, seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)

    def step(net: nn.Module, opt: Optimizer, criterion: Loss, inputs: Tensor, targets: Tensor) -> Tensor:
        net.train()
        error = criterion(net(inputs), targets)
        opt.zero_grad()
        error.backward()
        opt.step()
        return error

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )


@fault("inplace_input_change", net="mlp", score=accuracy, learns=0.9)
def jitter_in_place(repaired: bool, seed: int) -> Training:
    """Noise for augmentation is added with `+=` to slices of the data, so that it piles up from epoch to epoch."""
    X, y, X_val, y_val = digits(seed)
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(seed))
    X, y = X[order], y[order]
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(X), 64):
            yield X[start : start + 64], y[start : start + 64]

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        if repaired:
            x = x + 0.3 * torch.randn_like(x)
        else:
            x += 0.3 * torch.randn_like(x)
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=batches,
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=25,
    )


@fault("inplace_input_change", net="conv", score=accuracy, learns=0.85)
def erased_for_good(repaired: bool, seed: int) -> Training:
    """Random erasing writes zeros into the stored images: after some epochs there is little left to see."""
    raw = datasets.load_digits()
    X, y, X_val, y_val = split(raw.images[:, None] / 16, raw.target, seed)
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(seed))
    images, labels = X[order], y[order]
    torch.manual_seed(seed)
    model = SmallConv()

    def erase(x: Tensor) -> Tensor:
        top, left = torch.randint(0, 6, (2,)).tolist()
        x[:, :, top : top + 3, left : left + 3] = 0
        return x

    def train_step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        x = erase(x.clone() if repaired else x)
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: zip(images.split(48), labels.split(48), strict=True),
        step=train_step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )
