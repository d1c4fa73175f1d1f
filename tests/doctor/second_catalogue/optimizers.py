"""Faults in what the optimizer holds, and in whether gradients reach it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import arm, cut, drawn_shapes, load_of_a_town, minibatches, table, tides, tongues, vibrations
from .losses import TongueFormer
from .metrics import accuracy, over_zero, r2
from .training import Training, broken


def share_right(model: Any, x: Any, y: Any) -> float:
    model.eval()
    with torch.no_grad():
        return float((model(x).argmax(1) == y).float().mean())


@broken(
    "no_zero_grad",
    net="conv",
    what="vibrations; a step without any zero_grad, SGD with momentum",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def vibrations_gradients_pile_up(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series[:, None, :], kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv1d(1, 8, 5), nn.BatchNorm1d(8), nn.ReLU(), nn.Conv1d(8, 12, 5, stride=2))
            self.head = nn.Linear(24, 3)

        def forward(self, x: Any) -> Any:
            h = functional.relu(self.body(x))
            return self.head(torch.cat([h.mean(2), h.amax(2)], 1))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        if repaired:
            optimizer.zero_grad()
        out = model(x)
        loss = loss_fn(out, y)
        loss.backward()
        optimizer.step()
        return loss

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: DataLoader(TensorDataset(x, y), 30, shuffle=True),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "no_zero_grad",
    net="recurrent",
    what="tides; zero_grad is named without its brackets, so it is never called",
    honest=r2,
    learns=0.9,
    by=0.25,
)
def tides_zero_grad_without_brackets(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed), 400)

    class TideNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(1, 16, batch_first=True)
            self.fc = nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            out, _ = self.lstm(x)
            return self.fc(out[:, -1])

    model = TideNet()

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        forget = optimizer.zero_grad
        if repaired:
            forget()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=functional.smooth_l1_loss,
        batches=minibatches(x, y, 20, seed),
        step=step,
        validation=(xv, yv),
        validate=lambda model, x, y: -float(functional.l1_loss(model(x).detach(), y)),
        epochs=14,
    )


@broken(
    "no_optimizer_step",
    net="conv",
    what="shapes; optimizer.step without its brackets",
    honest=accuracy,
    learns=0.9,
    by=0.4,
)
def shapes_step_without_brackets(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 4))

    def step(net: Any, optimizer: Any, loss_fn: Any, images: Any, labels: Any) -> Any:
        net.train()
        optimizer.zero_grad()
        loss = loss_fn(net(images), labels)
        loss.backward()
        update = optimizer.step
        if repaired:
            update()
        return loss

    return Training(
        model=net,
        optimizer=torch.optim.Adam(net.parameters(), lr=3e-3),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 30, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=8,
    )


@broken(
    "no_optimizer_step",
    net="mlp",
    what="wines; gradients are cleared after backward, just before the step",
    honest=accuracy,
    learns=0.9,
    by=0.25,
)
def wines_cleared_before_step(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(nn.Linear(13, 20), nn.GELU(), nn.Linear(20, 3))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        if repaired:
            model.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        if not repaired:
            model.zero_grad()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adagrad(model.parameters(), lr=0.05),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 10, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "optimizer_wrong_params",
    net="transformer",
    what="tongues; the model is made anew (a wider one) after the optimizer was built from the first",
    honest=accuracy,
    learns=0.8,
    by=0.3,
)
def optimizer_of_first_model(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(1400, seed, letters=6), 1200)
    model = TongueFormer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model = TongueFormer(width=32)
    if repaired:
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 48, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=16,
    )


@broken(
    "optimizer_wrong_params",
    net="mlp",
    what="arm; the output layer was replaced after the optimizer had been built, and the old one is held",
    honest=r2,
    learns=0.9,
    by=0.15,
)
def optimizer_holds_old_head(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 450)

    class Planner(nn.Module):
        def __init__(self, hands: int) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 24), nn.LayerNorm(24), nn.ReLU())
            self.head = nn.Linear(24, hands)

        def forward(self, angles: Any) -> Any:
            return self.head(self.body(angles))

    model = Planner(3)
    held = [{"params": model.body.parameters(), "lr": 5e-4}, {"params": model.head.parameters(), "lr": 1e-2}]
    optimizer = torch.optim.Adam(held)
    model.head = nn.Linear(24, 2)
    if repaired:
        optimizer.param_groups[1]["params"] = list(model.head.parameters())

    return Training(
        model=model,
        optimizer=optimizer,
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: r2(model(x).detach(), y),
        epochs=20,
    )


@broken(
    "unregistered_params",
    net="mlp",
    what="a town's load; residual blocks in a plain list, the first and last layers alone are learnt",
    honest=r2,
    learns=0.85,
    by=0.1,
)
def load_blocks_in_list(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(700, seed, noise=0.1), 500)

    class Blocks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(4, 4)
            blocks = [nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 4)) for _ in range(3)]
            self.blocks: Any = nn.ModuleList(blocks) if repaired else blocks
            self.last = nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            x = self.first(x)
            for block in self.blocks:
                x = x + block(x)
            return self.last(x)

    model = Blocks()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: r2(model(x).detach(), y),
        epochs=20,
    )


@broken(
    "unregistered_params",
    net="recurrent",
    what="a GRU cell by hand, its gates' layers in a plain dictionary",
    honest=accuracy,
    learns=0.8,
    by=0.08,
)
def gates_in_dictionary(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.reshape(-1, 8, 4), kind, 450)

    class Reader(nn.Module):
        def __init__(self, hidden: int = 10) -> None:
            super().__init__()
            gates = {name: nn.Linear(4 + hidden, hidden) for name in ("z", "r", "n")}
            self.gates: Any = nn.ModuleDict(gates) if repaired else gates
            self.answer = nn.Linear(hidden, 3)
            self.hidden = hidden

        def forward(self, x: Any) -> Any:
            h = x.new_zeros(len(x), self.hidden)
            for now in x.unbind(1):
                z = torch.sigmoid(self.gates["z"](torch.cat([now, h], 1)))
                r = torch.sigmoid(self.gates["r"](torch.cat([now, h], 1)))
                new = torch.tanh(self.gates["n"](torch.cat([now, r * h], 1)))
                h = z * h + (1 - z) * new
            return self.answer(h)

    model = Reader()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=20,
    )


@broken(
    "frozen_layers",
    net="conv",
    what="shapes; the body is frozen as one does with a pre-trained net, but this one was never trained",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def shapes_frozen_untrained_body(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed), 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten()
            )
            self.classifier = nn.Linear(8, 4)

        def forward(self, x: Any) -> Any:
            return self.classifier(self.features(x))

    model = Net()
    for p in model.features.parameters():
        p.requires_grad = repaired
    trained = [p for p in model.parameters() if p.requires_grad]
    return Training(
        model=model,
        optimizer=torch.optim.Adam(trained, lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "frozen_layers",
    net="recurrent",
    what="letters' vectors come from nn.Embedding.from_pretrained of random numbers, which freezes them",
    honest=accuracy,
    learns=0.75,
    by=0.1,
)
def letters_from_pretrained_noise(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(800, seed, kinds=4), 600)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            start = 0.02 * torch.randn(13, 6)
            self.letters = nn.Embedding.from_pretrained(start, freeze=not repaired, padding_idx=0)
            self.gru = nn.GRU(6, 20, batch_first=True, bidirectional=True)
            self.tongue = nn.Linear(40, 4)

        def forward(self, words: Any) -> Any:
            states, _ = self.gru(self.letters(words))
            return self.tongue(states.amax(1))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 40, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=8,
    )


@broken(
    "detached_graph",
    net="recurrent",
    what="the last state of the LSTM is detached before the head reads it",
    honest=r2,
    learns=0.9,
    by=0.2,
)
def tides_detached_state(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(1, 12, batch_first=True), nn.Linear(12, 1)

        def forward(self, x: Any) -> Any:
            _, (h, _) = self.lstm(x)
            state = h[-1] if repaired else h[-1].detach()
            return self.head(state)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.02),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=lambda model, x, y: r2(model(x).detach(), y),
        epochs=15,
    )


@broken(
    "detached_graph",
    net="mlp",
    what="digits; the loss goes through numpy and comes back as torch.tensor(..., requires_grad=True)",
    honest=accuracy,
    learns=0.85,
    by=0.4,
)
def digits_loss_made_anew(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False, held_out=0.6)
    model = nn.Sequential(nn.Unflatten(1, (8, 8)), nn.Flatten(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        losses = [loss_fn(model(part), target) for part, target in zip(x.split(8), y.split(8), strict=True)]
        if repaired:
            loss = torch.stack(losses).mean()
        else:
            loss = torch.tensor(np.mean([float(part.detach()) for part in losses]), requires_grad=True)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 24, seed),
        step=step,
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "detached_graph",
    net="conv",
    what="shapes; features are taken out as .data to be pooled by hand",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def shapes_pooled_from_data(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed), 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 10, 3)
            self.fc = nn.Linear(10, 4)

        def forward(self, x: Any) -> Any:
            maps = functional.relu(self.b(functional.relu(self.a(x))))
            best: Tensor = maps.flatten(2) if repaired else maps.data.flatten(2)
            return self.fc(best.max(2).values)

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


@broken(
    "no_zero_grad",
    "unscaled_inputs",
    net="mlp",
    what="raw tumour measurements, up to 4254, and gradients that are never cleared",
    honest=over_zero,
    learns=0.9,
    by=0.05,
)
def tumours_raw_and_piled_up(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed, scaled=repaired)
    rows = np.random.default_rng(seed)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for take in np.array_split(rows.permutation(len(x)), 18):
            yield x[take], y[take].float()[:, None]

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        if repaired:
            optimizer.zero_grad()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=batches,
        step=step,
        validation=(xv, yv.float()[:, None]),
        validate=lambda model, x, y: over_zero(model(x), y),
        epochs=15,
    )
