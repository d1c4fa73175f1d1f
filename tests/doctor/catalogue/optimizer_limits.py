"""Clipping and decay that hold the weights back."""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .habits import LastStep, SmallConv, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import digit_images, digits, loader, moons, shuffled, windows


@fault("clip_too_tight", net="mlp", score=accuracy, learns=0.92)
def clipped_to_a_thousandth(repaired: bool, seed: int) -> Training:
    """The gradient's norm is clipped to 0.001, and SGD takes a hundred times shorter steps than it should."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0 if repaired else 0.001)
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


@fault("clip_too_tight", net="recurrent", score=r_squared, learns=0.8)
def each_value_clipped(repaired: bool, seed: int) -> Training:
    """`clip_grad_value_` at 0.00001 was to tame a GRU's gradient."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)
    limit = 0.5 if repaired else 1e-5

    def train_on(net: nn.Module, opt: Optimizer, criterion: Loss, series: Tensor, following: Tensor) -> Tensor:
        net.train()
        opt.zero_grad()
        loss = criterion(net(series), following)
        loss.backward()
        torch.nn.utils.clip_grad_value_(net.parameters(), limit)
        opt.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        step=train_on,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )


@fault("weight_decay_too_large", net="mlp", score=sign_accuracy, learns=0.93)
def decay_of_a_half(repaired: bool, seed: int) -> Training:
    """`weight_decay=0.5` in Adam, where the decay is added to the gradient and outweighs it."""
    X, y, X_val, y_val = moons(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4 if repaired else 0.5),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=15,
    )


@fault("weight_decay_too_large", net="conv", score=accuracy, learns=0.92)
def sgd_with_a_fifth(repaired: bool, seed: int) -> Training:
    """SGD with `weight_decay=0.2`, three zeros too few: all filters are drawn to 0."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=2e-4 if repaired else 0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 48, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )
