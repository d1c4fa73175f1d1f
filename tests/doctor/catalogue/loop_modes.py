"""Modes that are not set back, and graphs that are kept."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import LastStep, accuracy, r_squared
from .model_norm import Normed
from .registry import Loss, Training, fault
from .sources import digit_images, digits, friedman, loader, lookups, shuffled, windows


@fault("val_in_train_mode", net="mlp", score=accuracy, learns=0.92, gap=0.02, proof="report")
def validated_with_dropout(repaired: bool, seed: int) -> Training:
    """The validation never says `eval()`: half of the units are dropped while it counts."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.5), nn.Linear(96, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        if repaired:
            model.eval()
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


class WithDropout(nn.Module):
    """A transformer layer with much dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(16, 32)
        self.layer = nn.TransformerEncoderLayer(32, 2, 64, dropout=0.3, batch_first=True)
        self.dropout, self.head = nn.Dropout(0.5), nn.Linear(32, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        scores: Tensor = self.head(self.dropout(self.layer(self.embed(tokens))[:, 0]))
        return scores


@fault("val_in_train_mode", net="transformer", score=accuracy, learns=0.9, gap=0.02, proof="report")
def no_grad_is_not_eval(repaired: bool, seed: int) -> Training:
    """The validation says `no_grad()` and holds that for `eval()`: dropout goes on."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = WithDropout()

    def train_on_batch(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    @torch.no_grad()
    def share_right(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.train(not repaired)
        return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=train_on_batch,
        validation=(X_val, y_val),
        validate=share_right,
        epochs=15,
    )


@fault("eval_mode_training", net="mlp", score=accuracy, learns=0.9, gap=0.05)
def eval_before_the_loop(repaired: bool, seed: int) -> Training:
    """`eval()` was called once before the loop, and nobody ever says `train()`: BatchNorm never sees a mean."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for width in (64, *[32] * 6):
        layers += [nn.Linear(width, 32), nn.BatchNorm1d(32), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(32, 10))
    model.eval()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        if repaired:
            model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.eval()
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[:1344], y[:1344], 64, seed),
        step=step,
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


@fault("eval_mode_training", net="conv", score=accuracy, learns=0.93, gap=0.02)
def never_back_to_train(repaired: bool, seed: int) -> Training:
    """The validation says `eval()`, and from the second epoch on BatchNorm uses what the first one left."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = Normed()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        if repaired:
            model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.eval()
        with torch.inference_mode():
            hits = (model(x).argmax(dim=1) == y).sum()
        return float(hits) / len(y)

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[:1344], y[:1344], 64, seed),
        step=step,
        validation=(X_val, y_val),
        validate=validate,
        epochs=12,
    )


@fault("loss_graph_retained", net="mlp", score=r_squared, learns=0.8, proof="memory")
def losses_in_a_list(repaired: bool, seed: int) -> Training:
    """The losses are collected for a plot as tensors, each of which keeps the graph of its step alive."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 1))
    history: list[Tensor | float] = []

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item() if repaired else loss)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=15,
    )


@fault("loss_graph_retained", net="recurrent", score=r_squared, learns=0.8, proof="memory")
def running_loss_with_its_graph(repaired: bool, seed: int) -> Training:
    """`running = running + loss` for the progress bar: the sum holds the graphs of all steps, series and states."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)
    running = torch.zeros(())

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        nonlocal running
        model.train()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running = running + (loss.detach() if repaired else loss)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=functional.mse_loss,
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )
