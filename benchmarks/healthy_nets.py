"""Convolutional, recurrent, attending and plain nets drawn at random, trained in ways that look odd and are healthy.

Each is a training in plain PyTorch: `training(setting, seed)` gives its parts as `looplab.doctor.examine` takes them.
Which ones are healthy is told by `healthy_trainings.is_healthy` from how they and others of the same data end.
"""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from statistics import fmean
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from healthy_trainings import Outcome
from looplab.doctor.parts import Parts, checked_parts

__all__ = ["HABITS", "NETS", "SEEDS", "NetSetting", "constant_loss", "drawn", "trained", "training"]

NETS = ("convolutional", "recurrent", "transformer", "perceptron")
HABITS = (
    "plain",
    "noisy batches",
    "warm-up",
    "sparse units",
    "frozen layer",
    "many classes",
    "strong dropout",
    "augmentation",
    "shared weights",
    "gradient accumulation",
    "SGD with cosine",
    "tiny validation set",
)
SCHEDULED = {"warm-up", "SGD with cosine"}
SEEDS = 2
ROWS, ASIDE, TINY_ASIDE = 300, 200, 12
CLASSES, MANY = 4, 24


@dataclass(frozen=True, kw_only=True)
class NetSetting:
    """A training that was drawn.

    Attributes:
        net: one of `NETS`; each has data of its own.
        habit: one of `HABITS`.
        layer: kind of recurrent layer.
        width: channels, or hidden units.
        depth: of the hidden layers.
        activation: of all layers but recurrent ones.
    """

    net: str
    habit: str
    layer: str
    width: int
    depth: int
    activation: str
    dropout: float
    optimizer: str
    lr: float
    batch_size: int
    epochs: int

    @property
    def data(self) -> str:
        """What it learns; trainings of the same data are compared."""
        return f"{self.net}, many classes" if self.habit == "many classes" else self.net

    @property
    def classes(self) -> int:
        """How many it tells apart."""
        if self.habit == "many classes":
            return MANY
        return 10 if self.net == "convolutional" else 2 if self.net == "perceptron" else CLASSES


def drawn(number: int) -> NetSetting:
    """A setting that somebody might choose; the same for the same number. Nets and habits take turns."""
    random = np.random.default_rng([number, 77])
    net, habit = NETS[number % len(NETS)], HABITS[number // len(NETS) % len(HABITS)]
    slowly = habit == "SGD with cosine"
    rate = 10 ** random.uniform(-1.7, -0.7) if slowly else 10 ** random.uniform(-2.8, -1.9)
    return NetSetting(
        net=net,
        habit=habit,
        layer=str(random.choice(["gru", "lstm", "rnn"])),
        width=int(random.choice([16, 24, 32])),
        depth=int(random.integers(1, 3)),
        activation=str(random.choice(["relu", "gelu", "tanh"])),
        dropout=float(random.choice([0.5, 0.6])) if habit == "strong dropout" else float(random.choice([0, 0, 0.1])),
        optimizer="sgd" if slowly else str(random.choice(["adam", "adamw"])),
        lr=float(f"{rate:.2g}"),
        batch_size=4 if habit == "noisy batches" else int(random.choice([16, 32])),
        epochs=int(random.choice([8, 12, 20])),
    )


@cache
def rows(data: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs and classes to learn from, and those kept aside."""
    random = np.random.default_rng(5)
    total, net, classes = ROWS + ASIDE, data.partition(",")[0], MANY if "many" in data else CLASSES
    y = random.integers(0, classes, total)
    x: Any
    if net == "convolutional" and classes == CLASSES:
        pictures = load_digits()
        chosen = random.permutation(len(pictures.target))[:total]
        x, y = pictures.images[chosen][:, None] / 8 - 1, pictures.target[chosen]
    elif net == "convolutional":
        patterns = random.standard_normal((classes, 1, 8, 8))
        x = patterns[y] + 0.6 * random.standard_normal((total, 1, 8, 8))
    elif net == "recurrent":
        time, phase = np.arange(16), random.uniform(0, 2 * np.pi, (total, 1))
        waves = np.sin((y[:, None] + 1) * 2.6 / classes * time + phase)
        x = np.stack([waves, np.roll(waves, 1, axis=1)], axis=2) + 0.1 * random.standard_normal((total, 16, 2))
    elif net == "transformer":
        x = random.integers(classes, classes + 6, (total, 12))
        for row, kind in zip(x, y, strict=True):  # the class's own word, three times
            row[random.permutation(12)[:3]] = kind
        return _split(torch.from_numpy(x), y)
    elif classes == MANY:
        centres = random.standard_normal((classes, 6))
        x = centres[y] + 0.3 * random.standard_normal((total, 6))
    else:  # the sign of a product: the loss lies still before it drops
        x = random.uniform(-1, 1, (total, 3))
        y = (x[:, 0] * x[:, 1] > 0).astype(int)
    return _split(torch.from_numpy(np.asarray(x, dtype=np.float32)), y)


def _split(x: Tensor, y: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    targets = torch.from_numpy(np.asarray(y)).long()
    return x[:ROWS], targets[:ROWS], x[ROWS:], targets[ROWS:]


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


class Net(nn.Module):
    """What reads the inputs, hidden layers, and a linear layer on top."""

    def __init__(self, setting: NetSetting) -> None:
        super().__init__()
        width, self.habit = setting.width, setting.habit
        self.bend = nn.ReLU() if setting.habit == "sparse units" else ACTIVATIONS[setting.activation]()
        self.reader = _reader(setting, self.bend)
        hidden = [nn.Linear(width, width) for _ in range(setting.depth)]
        self.hidden = nn.ModuleList([hidden[0], hidden[0]] if setting.habit == "shared weights" else hidden)
        self.drop, self.head = nn.Dropout(setting.dropout), nn.Linear(width, setting.classes)
        if setting.habit == "sparse units":  # most units are off on most rows, and none on all
            with torch.no_grad():
                for layer in hidden:
                    nn.init.constant_(layer.bias, -0.3)
        if setting.habit == "frozen layer":
            next(iter(self.reader.parameters())).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        h = self.reader(x)
        for layer in self.hidden:
            h = self.drop(self.bend(layer(h)))
        logits: Tensor = self.head(h)
        return logits


def _reader(setting: NetSetting, bend: nn.Module) -> nn.Module:
    width = setting.width
    if setting.net == "convolutional":
        layers = [nn.Conv2d(1, width, 3, padding=1), bend, nn.MaxPool2d(2), nn.Conv2d(width, width, 3), bend]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width, width), bend)
    if setting.net == "recurrent":
        return OverTime(setting.layer, width)
    if setting.net == "transformer":
        return Attending(setting.classes + 6, width)
    return nn.Sequential(nn.Linear(rows(setting.data)[0].shape[1], width), bend)


class OverTime(nn.Module):
    """A recurrent layer, its states averaged."""

    def __init__(self, layer: str, width: int) -> None:
        super().__init__()
        self.layer = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[layer](2, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The mean state."""
        states: Tensor = self.layer(x)[0]
        return states.mean(dim=1)


class Attending(nn.Module):
    """Words and places, and a transformer's layer."""

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(0.1 * torch.randn(12, width))
        self.layer = nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.0, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The mean state."""
        states: Tensor = self.layer(self.words(x) + self.places)
        return states.mean(dim=1)


def training(setting: NetSetting, seed: int, *, times: int = 1) -> Parts:
    """Its parts, for so many times its epochs."""
    torch.manual_seed(seed)
    x, y, xv, yv = rows(setting.data)
    if setting.habit == "tiny validation set":
        xv, yv = xv[:TINY_ASIDE], yv[:TINY_ASIDE]
    model = Net(setting)
    learning = [each for each in model.parameters() if each.requires_grad]
    kind: Any = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[setting.optimizer]
    optimizer = kind(learning, lr=setting.lr, **({"momentum": 0.9} if setting.optimizer == "sgd" else {}))
    random, epochs = torch.Generator().manual_seed(seed), times * setting.epochs
    total = epochs * math.ceil(len(x) / setting.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _factors(setting.habit, total))

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for some in torch.randperm(len(x), generator=random).split(setting.batch_size):
            yield x[some], y[some]

    return checked_parts(
        model,
        optimizer,
        nn.CrossEntropyLoss(),
        batches,
        step=_accumulating(schedule) if setting.habit == "gradient accumulation" else _step(setting, schedule),
        validation=(xv, yv),
        validate=accuracy,
        epochs=epochs,
    )


def _factors(habit: str, total: int) -> Callable[[int], float]:
    if habit == "warm-up":
        return lambda step: min(1.0, (step + 1) / (0.3 * total))
    if habit == "SGD with cosine":
        return lambda step: 0.5 * (1 + math.cos(math.pi * min(step, total) / total))
    return lambda step: 1.0


def _step(setting: NetSetting, schedule: Any) -> Any:
    augments = setting.habit == "augmentation" and setting.net != "transformer"

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Any, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        x = x + 0.2 * torch.randn_like(x) if augments else x
        loss: Tensor = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss

    return step


def _accumulating(schedule: Any, every: int = 2) -> Any:
    """A step of the optimizer for every second batch."""
    calls = count(1)

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Any, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss: Tensor = loss_fn(model(x), y)
        (loss / every).backward()
        if next(calls) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        return loss

    return step


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of rows that it tells."""
    model.eval()
    with torch.no_grad():
        return float((model(x).argmax(dim=1) == y).float().mean())


def trained(setting: NetSetting) -> Outcome:
    """What becomes of it with each seed, and in twice the time."""
    torch.set_num_threads(1)
    longer = [_losses(setting, seed, 2) for seed in range(SEEDS)]
    curves = [each[: setting.epochs] for each in longer]
    if setting.habit in SCHEDULED:  # otherwise the longer training begins as the shorter one
        curves = [_losses(setting, seed, 1) for seed in range(SEEDS)]
    return Outcome(
        ends=tuple(each[-1] for each in curves),
        lowest=fmean(min(each) for each in curves),
        twice=fmean(each[-1] for each in longer),
    )


def _losses(setting: NetSetting, seed: int, times: int) -> list[float]:
    """The loss on all rows kept aside, after each epoch."""
    parts, (_, _, xv, yv) = training(setting, seed, times=times), rows(setting.data)
    losses = []
    for _ in range(parts.epochs):
        for x, y in parts.batches():
            parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y)
        still = copy.deepcopy(parts.model).eval()
        with torch.no_grad():
            losses.append(float(functional.cross_entropy(still(xv), yv)))
    return losses


def constant_loss(data: str) -> float:
    """The loss on rows kept aside of the classes' shares among the others."""
    _, y, _, yv = rows(data)
    shares = torch.bincount(y, minlength=int(max(y.max(), yv.max())) + 1) / len(y)
    return float(functional.cross_entropy(shares.clamp(min=1e-6).log().expand(len(yv), -1), yv))
