"""Steps that are too large or too small: rates, schedules, momentum, clipping, decay, and too few of them."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import Encoder, LastStep, SmallConv, accuracy, r_squared
from .registry import Loss, Step, Training, fault
from .sources import digit_images, digits, friedman, loader, lookups, sentences, shuffled, tones


@fault("lr_too_high", net="mlp", score=accuracy, learns=0.93)
def rate_of_eight(repaired: bool, seed: int) -> Training:
    """SGD at a rate of 8: a zero too few behind the point."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1 if repaired else 8.0),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 48, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=25,
    )


@fault("lr_too_high", net="conv", score=accuracy, learns=0.92)
def adam_at_sgds_rate(repaired: bool, seed: int) -> Training:
    """SGD was replaced by Adam, and its rate of 0.3 was kept."""
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
        optimizer=torch.optim.Adam(model.parameters(), lr=0.004 if repaired else 0.3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 48, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("lr_too_high", net="transformer", score=accuracy, learns=0.9)
def transformer_at_a_fifth(repaired: bool, seed: int) -> Training:
    """A transformer layer trained by Adam at 0.2."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Encoder(16, 4, length=8, pool="first")
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003 if repaired else 0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("lr_too_low", net="mlp", score=r_squared, learns=0.8)
def a_millionth(repaired: bool, seed: int) -> Training:
    """Adam at a millionth, because the loss looked so beautifully smooth."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=1e-2 if repaired else 1e-6),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=18,
    )


@fault("lr_too_low", net="recurrent", score=accuracy, learns=0.9)
def fine_tuning_rate(repaired: bool, seed: int) -> Training:
    """A rate for fine-tuning, 0.00001, on a GRU that starts from nothing."""
    X, y, X_val, y_val = tones(seed)
    torch.manual_seed(seed)
    model = LastStep(1, 3)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=1e-2 if repaired else 1e-5),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("too_few_epochs", net="mlp", score=accuracy, learns=0.92)
def three_epochs(repaired: bool, seed: int) -> Training:
    """Three epochs of plain SGD: the loss falls at the end as fast as at the beginning."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=40 if repaired else 3,
    )


@fault("too_few_epochs", net="transformer", score=accuracy, learns=0.9)
def stopped_half_way(repaired: bool, seed: int) -> Training:
    """The transformer is stopped after four epochs, when it has begun to find where to look."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Encoder(16, 4, length=8, pool="first")
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.001),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=20 if repaired else 4,
    )


def _with_schedule(optimizer: Optimizer, gamma: float, every: int) -> Step:
    """A step that lowers the rate to `gamma` of what it was, each time `every` batches are done."""
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=gamma)
    done = 0

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        nonlocal done
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        done += 1
        if done % every == 0:
            schedule.step()
        return loss

    return step


@fault("scheduler_per_batch", net="mlp", score=accuracy, learns=0.92)
def lowered_with_each_batch(repaired: bool, seed: int) -> Training:
    """`scheduler.step()` is indented one level too far: the rate falls to 0.8 of itself with each batch."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=_with_schedule(optimizer, 0.8, every=43 if repaired else 1),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


@fault("scheduler_per_batch", net="transformer", score=accuracy, learns=0.9)
def decayed_by_the_first_epoch(repaired: bool, seed: int) -> Training:
    """`ExponentialLR(0.85)`, made for epochs, is stepped after each batch of sentences."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = Encoder(20, 3, length=10)
    adam = torch.optim.Adam(model.parameters(), lr=0.003)
    decay = torch.optim.lr_scheduler.ExponentialLR(adam, 0.85)
    seen = 0

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, tokens: Tensor, labels: Tensor) -> Tensor:
        nonlocal seen
        model.train()
        loss = loss_fn(model(tokens), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(labels)
        if not repaired or seen % len(X) == 0:
            decay.step()
        return loss

    return Training(
        model=model,
        optimizer=adam,
        loss_fn=functional.cross_entropy,
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@fault("momentum_too_large", net="mlp", score=accuracy, learns=0.92)
def momentum_of_0_999(repaired: bool, seed: int) -> Training:
    """A momentum of 0.999 remembers a thousand steps and overshoots for as long."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9 if repaired else 0.999),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("momentum_too_large", net="conv", score=accuracy, learns=0.92)
def nesterov_near_one(repaired: bool, seed: int) -> Training:
    """Nesterov's momentum at 0.998 on a small convolutional net."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9 if repaired else 0.998, nesterov=True),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )
