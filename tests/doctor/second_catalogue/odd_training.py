"""Healthy trainings whose net, optimizer or loop look odd."""

from collections.abc import Iterator
from typing import Any

import torch
from sklearn.datasets import load_digits, load_wine
from torch import Tensor, nn
from torch.nn import functional

from .data import (
    arm,
    checkers,
    commonest,
    cut,
    drawn_shapes,
    first_sign,
    load_of_a_town,
    minibatches,
    table,
    tides,
    vibrations,
)
from .losses import TongueFormer
from .metrics import accuracy, r2
from .optimizers import share_right
from .rates import explained
from .training import Training, healthy


@healthy(
    net="transformer", what="warm-up over 60 steps: the first epochs hardly move the loss", honest=accuracy, learns=0.8
)
def long_warm_up(seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1300, seed), 1100)
    model = TongueFormer()
    optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)
    warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: min(1.0, (done + 1) / 60))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        warm.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 44, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="recurrent",
    what="the first of 14 steps must be remembered: a plateau at chance, then a drop",
    honest=accuracy,
    learns=0.8,
)
def plateau_then_drop(seed: int) -> Training:
    x, y, xv, yv = cut(*first_sign(500, seed, length=14), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.fc = nn.LSTM(5, 20, batch_first=True), nn.Linear(20, 4)
            dict(self.lstm.named_parameters())["bias_hh_l0"].data[20:40] = 1.0

        def forward(self, x: Any) -> Any:
            return self.fc(self.lstm(x)[0][:, -1])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=25,
    )


@healthy(
    net="mlp",
    what="sparse codes: a penalty keeps nine ReLU outputs in ten at zero, none of them always",
    honest=accuracy,
    learns=0.85,
)
def sparse_relu_by_penalty(seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)

    class Sparse(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encode, self.decode = nn.Linear(64, 64), nn.Linear(64, 10)
            self.codes: Any = None

        def forward(self, x: Any) -> Any:
            self.codes = functional.relu(self.encode(x) - 0.1)
            return self.decode(self.codes)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y) + 0.02 * model.codes.mean()
        loss.backward()
        optimizer.step()
        return loss

    model = Sparse()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=4e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 32, seed),
        step=step,
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="conv",
    what="a body trained on a related question is frozen on purpose; its new head learns the shapes",
    honest=accuracy,
    learns=0.85,
)
def body_frozen_on_purpose(seed: int) -> Training:
    pictures, kind = drawn_shapes(900, seed, size=8)
    body = nn.Sequential(nn.Conv2d(1, 16, 5), nn.ReLU(), nn.Flatten(), nn.Linear(256, 32), nn.ReLU())
    before = nn.Sequential(body, nn.Linear(32, 2))
    related = torch.stack([(kind == 0) | (kind == 2), (kind == 0) | (kind == 1)], 1).float()
    teacher = torch.optim.Adam(before.parameters(), lr=3e-3)
    for _ in range(8):
        for rows in torch.randperm(450).split(30):
            teacher.zero_grad()
            functional.binary_cross_entropy_with_logits(before(pictures[rows]), related[rows]).backward()
            teacher.step()
    for p in body.parameters():
        p.requires_grad_(False)
    model = nn.Sequential(body, nn.Linear(32, 4))
    model.zero_grad()
    x, y, xv, yv = cut(pictures[450:], kind[450:], 300)
    return Training(
        model=model,
        optimizer=torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="mlp", what="dropout of one half: validation is better than training all along", honest=accuracy, learns=0.88
)
def validation_above_training(seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    model = nn.Sequential(nn.Dropout(0.2), nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.5), nn.Linear(96, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 32, seed),
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(
    net="conv",
    what="gradients are gathered over four batches on purpose, the loss divided by four",
    honest=accuracy,
    learns=0.9,
)
def gathered_over_four_batches(seed: int) -> Training:
    series, kind = vibrations(640, seed)
    x, y, xv, yv = cut(series[:, None], kind, 480)
    model = nn.Sequential(
        nn.Conv1d(1, 12, 7, stride=2),
        nn.ReLU(),
        nn.Conv1d(12, 12, 5, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(60, 3),
    )
    count = {"batches": 0}

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        loss = loss_fn(model(x), y)
        (loss / 4).backward()
        count["batches"] += 1
        if count["batches"] % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=8e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 12, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


class Residual(nn.Module):
    """A block that begins as the identity: its last layer starts at zero on purpose."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.a, self.b = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)

    def forward(self, x: Any) -> Any:
        return x + self.b(functional.silu(self.a(self.norm(x))))


@healthy(net="mlp", what="twelve residual blocks whose last layers start at zero on purpose", honest=r2, learns=0.85)
def deep_residual_from_zero(seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(800, seed), 600)
    model = nn.Sequential(nn.Linear(4, 16), *(Residual(16) for _ in range(12)), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@healthy(net="conv", what="AdamW at 0.01 with a decay of 0.1", honest=accuracy, learns=0.9)
def adamw_at_a_hundredth(seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, 20 + seed, size=8), 450)
    model = nn.Sequential(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.Flatten(), nn.Linear(160, 4))
    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=10,
    )


@healthy(net="mlp", what="one batch holds all rows: one step an epoch, forty epochs", honest=accuracy, learns=0.92)
def all_rows_in_one_batch(seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(nn.Linear(13, 20), nn.ReLU(), nn.Linear(20, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: [(x, y)],
        validation=(xv, yv),
        validate=share_right,
        epochs=40,
    )


@healthy(net="mlp", what="OneCycleLR is stepped with each batch, as it is meant", honest=accuracy, learns=0.9)
def one_cycle_per_batch(seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    model = nn.Sequential(nn.Linear(64, 48), nn.GELU(), nn.Linear(48, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=10 * 37 + 1)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        if cycle.last_epoch < 370:
            cycle.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(label_smoothing=0.1),
        batches=minibatches(x / 16, y, 32, seed),
        step=step,
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=10,
    )


@healthy(net="conv", what="batches of two are no trouble for GroupNorm", honest=accuracy, learns=0.85)
def groupnorm_of_two(seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(450, seed, size=8), 300)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.GroupNorm(4, 8), nn.ReLU(), nn.Flatten(), nn.Linear(128, 24), nn.ReLU(), nn.Linear(24, 4)
    )
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 2, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=6,
    )


@healthy(net="recurrent", what="clipping to norm 1 touches most steps of a GRU, and it learns", honest=r2, learns=0.85)
def clipped_at_one(seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, 30 + seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            return self.fc(self.gru(x)[0][:, -1])

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.RMSprop(model.parameters(), lr=5e-3),
        loss_fn=nn.MSELoss(reduction="mean"),
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=14,
    )


@healthy(
    net="mlp",
    what="a loss summed over the batch on purpose, with a rate divided by the batch's size",
    honest=r2,
    learns=0.9,
)
def summed_on_purpose(seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 450)
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05 / 25, momentum=0.9),
        loss_fn=nn.MSELoss(reduction="sum"),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=20,
    )


@healthy(net="mlp", what="noise is added to copies of the rows, fresh in each epoch", honest=accuracy, learns=0.9)
def noise_on_copies(seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(len(x)).split(12):
            yield x[rows] + 0.3 * torch.randn(len(rows), 13), y[rows]

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=batches,
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@healthy(
    net="recurrent",
    what="the state is detached between two halves of a window on purpose: truncated in time",
    honest=r2,
    learns=0.8,
)
def state_detached_on_purpose(seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, 60 + seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            _, state = self.gru(x[:, :8])
            return self.fc(self.gru(x[:, 8:], state.detach())[0][:, -1])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@healthy(
    net="conv",
    what="averaged weights: a slow copy inside the model has no gradient and is in no optimizer",
    honest=accuracy,
    learns=0.85,
)
def slow_copy_in_the_model(seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, 90 + seed, size=8), 450)

    class Averaged(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fast = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(128, 4))
            self.slow = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(128, 4))
            self.slow.load_state_dict(self.fast.state_dict())
            self.slow.requires_grad_(False)

        def forward(self, x: Any) -> Any:
            return self.fast(x) if self.training else self.slow(x)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        for slow, fast in zip(model.slow.parameters(), model.fast.parameters(), strict=True):
            slow.data.lerp_(fast.data, 0.1)
        return loss

    model = Averaged()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.fast.parameters(), lr=4e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@healthy(net="mlp", what="sines as activations, the first weights four times the usual", honest=accuracy, learns=0.85)
def sines_for_activations(seed: int) -> Training:
    x, y, xv, yv = cut(*checkers(1200, seed), 1000)

    class Sines(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(2, 48), nn.Linear(48, 32), nn.Linear(32, 2)
            self.a.weight.data *= 4

        def forward(self, x: Any) -> Any:
            return self.c(torch.relu(self.b(torch.sin(self.a(x)))))

    model = Sines()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=20,
    )


@healthy(net="mlp", what="a momentum of 0.98 with a rate that fits it", honest=r2, learns=0.85)
def heavy_but_fitting_momentum(seed: int) -> Training:
    x, y, xv, yv = cut(*arm(700, 10 + seed), 550)
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=3e-3, momentum=0.98),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=35,
    )
