"""Healthy trainings of nets that look odd."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import SmallConv, accuracy, r_squared
from .registry import Loss, Training, healthy
from .sources import bars, digit_images, digits, friedman, loader, sentences, shuffled


@healthy(net="mlp", score=accuracy, learns=0.9)
def sparse_relu(seed: int) -> Training:
    """Biases start below 0, so that most units are silent on most rows, and the net learns with the others."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    hidden = nn.Linear(64, 128)
    nn.init.constant_(hidden.bias, -0.3)
    model = nn.Sequential(hidden, nn.ReLU(), nn.Linear(128, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@healthy(net="conv", score=accuracy, learns=0.85)
def frozen_after_pretraining(seed: int) -> Training:
    """Convolutions that were trained on the digits below five are frozen on purpose, for those from five on."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = SmallConv(classes=5)
    optimizer: Optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(6):
        for x, label in shuffled(X[y < 5], y[y < 5], 32, seed)():
            optimizer.zero_grad()
            functional.cross_entropy(model(x), label).backward()
            optimizer.step()
    model.conv1.requires_grad_(False)
    model.conv2.requires_grad_(False)
    model.fc = nn.Linear(64, 5)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.fc.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[y >= 5], y[y >= 5] - 5, 32, seed),
        validation=(X_val[y_val >= 5], y_val[y_val >= 5] - 5),
        validate=accuracy,
        epochs=15,
    )


class Residual(nn.Module):
    """Twelve blocks, each of which adds to what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(64, 32)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32)) for _ in range(12)
        )
        self.last = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        scores: Tensor = self.last(x)
        return scores


@healthy(net="mlp", score=accuracy, learns=0.9)
def deep_and_residual(seed: int) -> Training:
    """A net of 26 layers that passes its gradient along by additions."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = Residual()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.001),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@healthy(net="mlp", score=r_squared, learns=0.8)
def last_layer_from_zero(seed: int) -> Training:
    """The output layer starts at 0 on purpose, so that the first prediction is the mean."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    last = nn.Linear(32, 1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    model = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), last)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=20,
    )


@healthy(net="mlp", score=r_squared, learns=0.8)
def positive_output(seed: int) -> Training:
    """A softplus at the output, for targets that are all above 0."""
    X, y, X_val, y_val = friedman(seed)
    y, y_val = torch.exp(0.5 * y), torch.exp(0.5 * y_val)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1), nn.Softplus())
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=16,
    )


@healthy(net="conv", score=accuracy, learns=0.9)
def batchnorm_over_48(seed: int) -> Training:
    """BatchNorm with batches of 48, and modes that are set as they should be."""
    X, y, X_val, y_val = bars(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten()
    )
    model.extend([nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 9)])

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[:576], y[:576], 48, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=18,
    )


class TiedWords(nn.Module):
    """One table of words for two places in the net, and word positions that are not learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 24)
        self.mix = nn.TransformerEncoderLayer(24, 2, 48, dropout=0.1, batch_first=True)
        self.register_buffer("places", torch.sin(torch.arange(240).view(10, 24) / 10))

    def forward(self, tokens: Tensor) -> Tensor:
        states: Tensor = self.mix(self.words(tokens) + self.places).mean(1)
        return states @ self.words.weight[:3].t()


@healthy(net="transformer", score=accuracy, learns=0.95)
def one_table_used_twice(seed: int) -> Training:
    """The output layer is the word table once more: fewer parameters than layers would make one think."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = TiedWords()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )
