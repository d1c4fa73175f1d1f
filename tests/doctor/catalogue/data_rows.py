"""Labels that belong to other rows, sorted rows, rows on both sides of the split, and one class that swallows all."""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn import datasets
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from .habits import Encoder, SmallConv, accuracy, balanced_accuracy, sign_accuracy
from .registry import Loss, Training, fault
from .sources import cancer, cue, digit_images, digits, loader, sentences, shuffled, split, standardized


@fault("shuffled_labels", net="mlp", score=accuracy, learns=0.93)
def inputs_shuffled_alone(repaired: bool, seed: int) -> Training:
    """The rows of the digits are shuffled before the batches are cut, and the labels are not."""
    X, y, X_val, y_val = digits(seed)
    order = np.random.default_rng(seed).permutation(len(X))
    X = X[order]
    if repaired:
        y = y[order]
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: zip(X.split(50), y.split(50), strict=True),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


@fault("shuffled_labels", net="transformer", score=accuracy, learns=0.9)
def labels_of_another_file(repaired: bool, seed: int) -> Training:
    """Sentences come in the order of one file and their labels in that of another one, sorted by name."""
    X, y, X_val, y_val = sentences(seed)
    names = [f"review_{number}.txt" for number in range(len(X))]
    by_name = sorted(range(len(X)), key=names.__getitem__)
    torch.manual_seed(seed)
    model = Encoder(20, 3, length=10)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[by_name], y[by_name] if repaired else y, 40, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=6,
    )


@fault("no_shuffle_sorted", net="conv", score=accuracy, learns=0.9)
def digit_after_digit(repaired: bool, seed: int) -> Training:
    """All zeros first, then all ones, and so on: each batch pulls the net to one digit."""
    X, y, X_val, y_val = digit_images(seed)
    order = y.argsort(stable=True)
    X, y = X[order], y[order]
    torch.manual_seed(seed)
    model = SmallConv()
    data = DataLoader(TensorDataset(X, y), batch_size=32, shuffle=repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: data,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=6,
    )


@fault("no_shuffle_sorted", net="mlp", score=accuracy, learns=0.9)
def one_folder_a_class(repaired: bool, seed: int) -> Training:
    """Rows are read folder by folder, one folder a class, in batches cut as they come."""
    X, y, X_val, y_val = digits(seed)
    folders = [(X[y == digit], y[y == digit]) for digit in range(10)]

    def read() -> Iterator[tuple[Tensor, Tensor]]:
        inputs, labels = (torch.cat(parts) for parts in zip(*folders, strict=True))
        if repaired:
            order = torch.randperm(len(inputs))
            inputs, labels = inputs[order], labels[order]
        for start in range(0, len(inputs), 25):
            yield inputs[start : start + 25], labels[start : start + 25]

    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.2),
        loss_fn=nn.CrossEntropyLoss(),
        batches=read,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=20,
    )


@fault("preprocessing_mismatch", net="mlp", score=sign_accuracy, learns=0.93, proof="scaling")
def scaler_forgotten(repaired: bool, seed: int) -> Training:
    """The training rows are standardized, the validation rows are handed over as they were measured."""
    X, y, X_val, y_val = cancer(seed)
    scaler = StandardScaler()
    X = torch.from_numpy(scaler.fit_transform(X.numpy())).float()
    if repaired:
        X_val = torch.from_numpy(scaler.transform(X_val.numpy())).float()
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=15,
    )


@fault("preprocessing_mismatch", net="conv", score=accuracy, learns=0.93, proof="scaling")
def divided_by_255(repaired: bool, seed: int) -> Training:
    """Pixels from 0 to 16 are divided by 16 for training, and by 255 in the function that loads the test images."""
    raw = datasets.load_digits()
    X, y, X_val, y_val = split(raw.images[:, None].astype(np.float32), raw.target, seed)
    X, X_val = X / 16, X_val / (16 if repaired else 255)
    torch.manual_seed(seed)
    model = SmallConv()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 48, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@fault("data_leakage", net="mlp", score=accuracy, learns=0.93, gap=0.005, proof="rows")
def first_rows_instead_of_last(repaired: bool, seed: int) -> Training:
    """The rows for validation should come after the training rows; a colon on the wrong side takes the first ones."""
    X, y, X_val, y_val = digits(seed)
    data, labels = torch.cat([X, X_val]), torch.cat([y, y_val])
    border = len(X)
    held_out = slice(border, None) if repaired else slice(None, len(data) - border)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(data[:border], labels[:border], 64, seed),
        validation=(data[held_out], labels[held_out]),
        validate=accuracy,
        epochs=12,
    )


@fault("data_leakage", net="conv", score=accuracy, learns=0.9, gap=0.005, proof="rows")
def drawn_before_the_split(repaired: bool, seed: int) -> Training:
    """Images are drawn with replacement to have more of them, and split afterwards: copies lie on both sides."""
    pool, labels, aside, aside_labels = digit_images(seed)
    drawn = torch.from_numpy(np.random.default_rng(seed).integers(0, len(pool), 1500))
    many, many_labels = pool[drawn], labels[drawn]
    validation = (aside, aside_labels) if repaired else (many[1200:], many_labels[1200:])
    torch.manual_seed(seed)
    model = SmallConv()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(many[:1200], many_labels[:1200], 64, seed),
        step=step,
        validation=validation,
        validate=accuracy,
        epochs=12,
    )


@fault("class_imbalance_majority", net="mlp", score=balanced_accuracy, learns=0.7, gap=0.1)
def four_defaults_in_a_hundred(repaired: bool, seed: int) -> Training:
    """Four loans in a hundred fail, the net says that none does, and the accuracy looks splendid."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(3000, 6))
    y = 1.4 * (X[:, 0] + X[:, 1]) * (1 + 0.3 * X[:, 2]) - 5 + random.logistic(size=3000) > 0
    parts = standardized(split(X, y[:, None].astype(np.float32), seed))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
    weight = torch.tensor([20.0]) if repaired else None
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03),
        loss_fn=nn.BCEWithLogitsLoss(pos_weight=weight),
        batches=shuffled(parts[0], parts[1], 64, seed),
        validation=parts[2:],
        validate=balanced_accuracy if repaired else sign_accuracy,
        epochs=12,
    )


class Alarm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(5, 16, batch_first=True)
        self.out = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cell(x)
        logit: Tensor = self.out(states.mean(1))
        return logit


@fault("class_imbalance_majority", net="recurrent", score=balanced_accuracy, learns=0.75, gap=0.1)
def alarm_that_never_rings(repaired: bool, seed: int) -> Training:
    """One machine in thirty fails; nobody weights the rows, and the LSTM never says that one will."""
    X, kind, _, _ = cue(seed, rows=3200)
    failing = kind == 0
    keep = ~failing | (torch.arange(len(kind)) % 10 == 0)
    X, y = X[keep] + 0.5 * torch.randn(X[keep].shape), failing[keep].float()[:, None]
    X_train, y_train, X_val, y_val = X[400:], y[400:], X[:400], y[:400]
    torch.manual_seed(seed)
    model = Alarm()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(pos_weight=torch.tensor(30.0) if repaired else None),
        batches=shuffled(X_train, y_train, 50, seed),
        step=step,
        validation=(X_val, y_val),
        validate=balanced_accuracy if repaired else sign_accuracy,
        epochs=6,
    )
