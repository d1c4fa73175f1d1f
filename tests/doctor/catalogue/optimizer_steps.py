"""Steps that are not taken, gradients that pile up, and optimizers that hold the wrong parameters."""

import copy

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .habits import LastStep, SmallConv, accuracy, r_squared
from .registry import Loss, Training, fault
from .sources import bars, digit_images, digits, friedman, loader, sentences, shuffled, tones, windows


@fault("no_zero_grad", net="mlp", score=accuracy, learns=0.93)
def gradients_pile_up(repaired: bool, seed: int) -> Training:
    """`zero_grad` is missing: each step goes along the sum of all gradients since the start."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        if repaired:
            optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=18,
    )


@fault("no_zero_grad", net="recurrent", score=r_squared, learns=0.8)
def zeroed_once_an_epoch(repaired: bool, seed: int) -> Training:
    """Gradients are zeroed at the start of an epoch, as the line stands one loop too far out."""
    X, y, X_val, y_val = windows(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 1, hidden=16)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    done = 0

    def step(net: nn.Module, opt: Optimizer, criterion: Loss, inputs: Tensor, targets: Tensor) -> Tensor:
        nonlocal done
        net.train()
        if repaired or done % 15 == 0:
            opt.zero_grad()
        done += 1
        loss = criterion(net(inputs), targets)
        loss.backward()
        opt.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 30, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )


@fault("no_optimizer_step", net="mlp", score=accuracy, learns=0.93)
def cleared_before_the_step(repaired: bool, seed: int) -> Training:
    """`zero_grad` stands between `backward` and `step`."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        if repaired:
            optimizer.zero_grad()
            loss.backward()
        else:
            loss.backward()
            optimizer.zero_grad()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@fault("no_optimizer_step", net="conv", score=accuracy, learns=0.9)
def parentheses_forgotten(repaired: bool, seed: int) -> Training:
    """`optimizer.step` without parentheses names the method and does not call it."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()

    def train_step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        _ = optimizer.step() if repaired else optimizer.step
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        step=train_step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@fault("no_optimizer_step", net="recurrent", score=accuracy, learns=0.9)
def counter_begins_anew(repaired: bool, seed: int) -> Training:
    """Accumulation over four batches, with a counter that starts anew in each call and never reaches four."""
    X, y, X_val, y_val = tones(seed, rows=900)
    torch.manual_seed(seed)
    model = LastStep(1, 3)
    calls = 0

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        nonlocal calls
        model.train()
        calls = calls + 1 if repaired else 1
        loss = loss_fn(model(x), y)
        (loss / 4).backward()
        if calls % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 16, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("optimizer_wrong_params", net="mlp", score=r_squared, learns=0.8)
def model_made_anew(repaired: bool, seed: int) -> Training:
    """The model is made again with another width, and the optimizer still holds the parameters of the first one."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model = nn.Sequential(nn.Linear(10, 48), nn.ReLU(), nn.Linear(48, 1))
    if repaired:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=16,
    )


@fault("optimizer_wrong_params", net="conv", score=accuracy, learns=0.9)
def classifier_only(repaired: bool, seed: int) -> Training:
    """`model.fc.parameters()` comes from a tutorial on fine-tuning; this net has not been trained before."""
    X, y, X_val, y_val = bars(seed, rows=1200)
    torch.manual_seed(seed)
    model = SmallConv(channels=3, classes=9)
    trained = model.parameters() if repaired else model.fc.parameters()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(trained, lr=0.1, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 40, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


class Reader(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        scores: Tensor = self.head(self.block(self.embed(tokens)).mean(1))
        return scores


@fault("optimizer_wrong_params", net="transformer", score=accuracy, learns=0.9)
def a_copy_is_trained(repaired: bool, seed: int) -> Training:
    """The untrained net is kept for comparison; a copy is then trained, and the optimizer holds the original."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    if not repaired:
        model = copy.deepcopy(model)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=8,
    )
