"""Data for the cases: scikit-learn's own tables and images, and drawn sequences, images and tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from .registry import Batches

Split = tuple[Tensor, Tensor, Tensor, Tensor]


def split(x: Any, y: Any, seed: int, validation: float = 0.25) -> Split:
    """Training inputs and targets, then those for validation; whole numbers stay whole, all else is float32."""
    parts = train_test_split(np.asarray(x), np.asarray(y), test_size=validation, random_state=seed)
    x_train, x_val, y_train, y_val = (
        torch.from_numpy(part).long() if part.dtype.kind == "i" else torch.from_numpy(part).float() for part in parts
    )
    return x_train, y_train, x_val, y_val


def standardized(parts: Split) -> Split:
    """The same with inputs at mean 0 and deviation 1 over the training rows."""
    x, y, x_val, y_val = parts
    mean, deviation = x.mean(0), x.std(0) + 1e-8
    return (x - mean) / deviation, y, (x_val - mean) / deviation, y_val


def shuffled(x: Tensor, y: Tensor, size: int, seed: int) -> Batches:
    """Mini-batches in a new order each epoch."""
    random = torch.Generator().manual_seed(seed)

    def epoch() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(len(x), generator=random).split(size):
            yield x[rows], y[rows]

    return epoch


def loader(x: Tensor, y: Tensor, size: int, seed: int) -> Batches:
    """The same with PyTorch's own loader."""
    made = DataLoader(TensorDataset(x, y), size, shuffle=True, generator=torch.Generator().manual_seed(seed))
    return lambda: made


def digits(seed: int) -> Split:
    """1,797 images of 8 x 8 as rows of 64 numbers from 0 to 1, and the digit."""
    x, y = datasets.load_digits(return_X_y=True)
    return split(x / 16, y, seed)


def digit_images(seed: int) -> Split:
    """The same as images of one channel."""
    x, y, x_val, y_val = digits(seed)
    return x.view(-1, 1, 8, 8), y, x_val.view(-1, 1, 8, 8), y_val


def cancer(seed: int) -> Split:
    """569 rows of 30 raw measurements (0.001 to 4,000), target (N, 1): 1 for benign."""
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return split(x, y[:, None].astype(np.float32), seed)


def wine(seed: int) -> Split:
    """178 rows of 13 raw measurements (0.1 to 1,680), three classes."""
    x, y = datasets.load_wine(return_X_y=True)
    return split(x, y, seed)


def diabetes(seed: int) -> Split:
    """442 rows of 10 features at unit scale, target (N, 1) from 25 to 346."""
    x, y = datasets.load_diabetes(return_X_y=True)
    return split(x / x.std(0), y[:, None], seed)


def moons(seed: int, rows: int = 800, noise: float = 0.15) -> Split:
    """Two moons, target (N, 1)."""
    x, y = datasets.make_moons(rows, noise=noise, random_state=seed)
    return split(x, y[:, None].astype(np.float32), seed)


def rings(seed: int, rows: int = 800, noise: float = 0.08) -> Split:
    """Two rings, one within the other, target (N, 1)."""
    x, y = datasets.make_circles(rows, noise=noise, factor=0.5, random_state=seed)
    return split(x * 1.5, y[:, None].astype(np.float32), seed)


def blobs(seed: int, classes: int = 6, rows: int = 900, spread: float = 1.0, features: int = 8) -> Split:
    """Clouds of points around centres, one a class, standardized."""
    x, y = datasets.make_blobs(rows, features, centers=classes, cluster_std=spread, random_state=seed + 7)
    return standardized(split(x / 5, y, seed))


def friedman(seed: int, rows: int = 900, noise: float = 0.5) -> Split:
    """A nonlinear regression in five of ten features, target (N, 1) at unit scale."""
    x, y = datasets.make_friedman1(rows, noise=noise, random_state=seed)
    return standardized(split(x, ((y - y.mean()) / y.std())[:, None], seed))


def tones(seed: int, rows: int = 640, length: int = 20, noise: float = 0.3) -> Split:
    """Sine waves (N, T, 1) of three frequencies with a random phase, and which it is."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    phase = random.uniform(0, 2 * np.pi, (rows, 1))
    waves = np.sin(np.array([0.3, 0.6, 1.0])[y][:, None] * np.arange(length) + phase)
    return split((waves + noise * random.normal(size=waves.shape))[:, :, None], y, seed)


def cue(seed: int, rows: int = 640, length: int = 12, classes: int = 4) -> Split:
    """Sequences (N, T, C + 1) whose first step shows the class; noise follows that says nothing."""
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, rows)
    x = np.zeros((rows, length, classes + 1))
    x[np.arange(rows), 0, y] = 1
    x[:, 1:, classes] = random.normal(size=(rows, length - 1))
    return split(x, y, seed)


def totals(seed: int, rows: int = 640, length: int = 12) -> Split:
    """Pairs of series (N, T, 2), a value and a marker; the target (N, 1) is the sum of the two marked values."""
    random = np.random.default_rng(seed)
    values, marks = random.uniform(-1, 1, (rows, length)), np.zeros((rows, length))
    for row in marks:
        row[random.choice(length, 2, replace=False)] = 1
    return split(np.stack([values, marks], 2), (values * marks).sum(1, keepdims=True), seed)


def windows(seed: int, rows: int = 600, length: int = 16) -> Split:
    """Windows (N, T, 1) of a noisy wave whose period drifts, and the value that follows (N, 1)."""
    random = np.random.default_rng(seed)
    time = np.arange(rows + length)
    series = np.sin(time / 3 + 0.5 * np.sin(time / 40)) + 0.1 * random.normal(size=len(time))
    x = np.stack([series[start : start + length] for start in range(rows)])
    return split(x[:, :, None], series[length : length + rows, None], seed)


def sentences(seed: int, rows: int = 800, length: int = 10, words: int = 20) -> Split:
    """Word numbers (N, T); the class is which of the words 0, 1 and 2 occurs, at any place, once or more."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    x = random.integers(3, words, (rows, length))
    for number in range(rows):
        x[number, random.choice(length, random.integers(1, 3), replace=False)] = y[number]
    return split(x, y, seed)


def lookups(seed: int, rows: int = 900, length: int = 8) -> Split:
    """Word numbers (N, T): a question 0 to 2 at the start, then words, one of which is 3 + question * 4 + answer."""
    random = np.random.default_rng(seed)
    x = np.zeros((rows, length), dtype=np.int64)
    for number in range(rows):
        answers = random.integers(0, 4, 3)
        facts = 3 + np.arange(3) * 4 + answers
        rest = np.concatenate([facts, np.full(length - 4, 15)])
        question = random.integers(0, 3)
        x[number] = np.concatenate([[question], random.permutation(rest)])
    answer = np.array([next(word for word in row[1:] if 3 + row[0] * 4 <= word < 7 + row[0] * 4) for row in x])
    return split(x, (answer - 3) % 4, seed)


def bars(seed: int, rows: int = 800, noise: float = 0.4) -> Split:
    """Images (N, 3, 8, 8) with a bar across, down, or on the diagonal, in one of three colours; which it is, of 9."""
    random = np.random.default_rng(seed)
    x = noise * random.normal(size=(rows, 3, 8, 8))
    kind, colour = random.integers(0, 3, rows), random.integers(0, 3, rows)
    for number in range(rows):
        place = random.integers(0, 8)
        across = np.arange(8)
        down = {0: np.full(8, place), 1: across, 2: (across + place) % 8}[int(kind[number])]
        right = np.full(8, place) if kind[number] == 1 else across
        x[number, colour[number], down, right] += 1.5
    return split(x, kind * 3 + colour, seed)
