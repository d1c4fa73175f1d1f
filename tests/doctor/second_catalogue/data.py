"""Data for the second catalogue: measured tables, drawn pictures, made-up sensors and tongues."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import Tensor

Split = tuple[Tensor, Tensor, Tensor, Tensor]
"""Training inputs and targets, validation inputs and targets."""


def table(load: Callable[..., Any], seed: int, *, scaled: bool = True, held_out: float = 0.35) -> Split:
    """One of scikit-learn's tables; classes become int64, anything else float32 with one column or more."""
    X, y = load(return_X_y=True)
    classes = np.issubdtype(y.dtype, np.integer)
    X, Xv, y, yv = train_test_split(X, y, test_size=held_out, random_state=40 + seed, stratify=y if classes else None)
    if scaled:
        mean, spread = X.mean(0), X.std(0) + 1e-8
        X, Xv = (X - mean) / spread, (Xv - mean) / spread
    kind = np.int64 if classes else np.float32
    return (*map(torch.from_numpy, (X.astype(np.float32), y.astype(kind), Xv.astype(np.float32), yv.astype(kind))),)  # type: ignore[return-value]


def cut(x: Tensor, y: Tensor, rows: int) -> Split:
    """The first rows to train with, the rest to validate with."""
    return x[:rows], y[:rows], x[rows:], y[rows:]


def minibatches(x: Tensor, y: Tensor, size: int, seed: int = 0) -> Callable[[], Iterator[tuple[Tensor, Tensor]]]:
    """Batches in another order each epoch."""
    order = torch.Generator().manual_seed(900 + seed)

    def epoch() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(len(x), generator=order).split(size):
            yield x[rows], y[rows]

    return epoch


def vibrations(rows: int, seed: int, *, length: int = 32, noise: float = 0.4) -> tuple[Tensor, Tensor]:
    """A machine's vibration (rows, length): 0 a hum, 1 a hum with knocks, 2 a hum that speeds up."""
    rng = np.random.default_rng(300 + seed)
    t = np.arange(length)
    kind = rng.integers(0, 3, rows)
    phase, pace = rng.uniform(0, 6.28, (rows, 1)), rng.uniform(0.35, 0.6, (rows, 1))
    wave = np.sin(phase + pace * t)
    knocks = 2.0 * ((t + rng.integers(0, 7, (rows, 1))) % 7 == 0)
    wave = wave + knocks * (kind == 1)[:, None]
    wave = np.where((kind == 2)[:, None], np.sin(phase + pace * t * (1 + t / length)), wave)
    wave = wave + noise * rng.standard_normal(wave.shape)
    return torch.tensor(wave, dtype=torch.float32), torch.tensor(kind)


def drawn_shapes(rows: int, seed: int, *, size: int = 10, noise: float = 0.15) -> tuple[Tensor, Tensor]:
    """Pictures (rows, 1, size, size) of 0 a disc, 1 a frame, 2 a plus, 3 a cross, anywhere on the sheet."""
    rng = np.random.default_rng(500 + seed)
    kind = rng.integers(0, 4, rows)
    sheet = np.zeros((rows, 1, size, size), np.float32)
    reach = np.arange(5) - 2
    a, b = np.meshgrid(reach, reach, indexing="ij")
    stamps = [a**2 + b**2 <= 5, np.maximum(abs(a), abs(b)) == 2, (a == 0) | (b == 0), abs(a) == abs(b)]
    for row in range(rows):
        top, left = rng.integers(0, size - 4, 2)
        sheet[row, 0, top : top + 5, left : left + 5] = stamps[kind[row]]
    sheet += noise * rng.standard_normal(sheet.shape).astype(np.float32)
    return torch.from_numpy(sheet), torch.tensor(kind)


def tongues(rows: int, seed: int, *, kinds: int = 3, letters: int = 12, longest: int = 16) -> tuple[Tensor, Tensor]:
    """Words of made-up tongues as numbers of letters (1 and up), padded with 0; the class is the tongue.

    All tongues use the same letters equally often; they differ in which letter follows which.
    """
    rng = np.random.default_rng(700 + seed)
    follows = np.stack([rng.permutation(letters) for _ in range(kinds)])
    kind = rng.integers(0, kinds, rows)
    words = np.zeros((rows, longest), np.int64)
    words[:, 0] = rng.integers(0, letters, rows)
    for place in range(1, longest):
        usual = follows[kind, words[:, place - 1]]
        words[:, place] = np.where(rng.random(rows) < 0.75, usual, rng.integers(0, letters, rows))
    ends = rng.integers(longest // 2, longest + 1, rows)
    words = np.where(np.arange(longest) < ends[:, None], words + 1, 0)
    return torch.tensor(words), torch.tensor(kind)


def commonest(rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """Words as in `tongues`; the class says which third of the letters (by rest modulo 3) the word holds most of."""
    words, _ = tongues(rows, seed)
    counts = [((words % 3 == rest) & (words > 0)).sum(1) for rest in range(3)]
    return words, torch.stack(counts, 1).argmax(1)


def first_sign(rows: int, seed: int, *, length: int, kinds: int = 4) -> tuple[Tensor, Tensor]:
    """Series (rows, length, kinds + 1): the first step says the class, noise follows."""
    rng = np.random.default_rng(1100 + seed)
    kind = rng.integers(0, kinds, rows)
    series = np.zeros((rows, length, kinds + 1), np.float32)
    series[:, 1:, kinds] = rng.standard_normal((rows, length - 1))
    series[np.arange(rows), 0, kind] = 1
    return torch.from_numpy(series), torch.tensor(kind)


def load_of_a_town(rows: int, seed: int, *, noise: float = 0.15) -> tuple[Tensor, Tensor]:
    """Electric load from (sine and cosine of the hour, day off, temperature): both sides near unit scale."""
    rng = np.random.default_rng(1300 + seed)
    hour, off, warm = rng.uniform(0, 24, rows), rng.random(rows) < 2 / 7, rng.standard_normal(rows)
    angle = 2 * np.pi * hour / 24
    load = np.sin(angle - 2) * (1 - 0.7 * off) + 0.6 * np.abs(warm) + 0.4 * np.sin(2 * angle) * warm
    load = (load - load.mean()) / load.std() + noise * rng.standard_normal(rows)
    X = np.stack([np.sin(angle), np.cos(angle), off, warm], 1)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(load[:, None], dtype=torch.float32)


def tides(rows: int, seed: int, *, length: int = 20) -> tuple[Tensor, Tensor]:
    """Windows (rows, length, 1) of two swinging tides, and the level two steps on (rows, 1)."""
    rng = np.random.default_rng(1500 + seed)
    start, ratio = rng.uniform(0, 400, (rows, 1)), rng.uniform(0.5, 1.5, (rows, 1))
    t = start + np.arange(length + 2)
    level = np.sin(0.5 * t) + ratio * np.sin(0.31 * t + 1)
    seen = level[:, :length, None] + 0.05 * rng.standard_normal((rows, length, 1))
    return torch.tensor(seen, dtype=torch.float32), torch.tensor(level[:, -1:], dtype=torch.float32)


def checkers(rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """Points on a board of 3 by 3 fields, and the colour of their field."""
    rng = np.random.default_rng(1700 + seed)
    xy = rng.uniform(-1.5, 1.5, (rows, 2))
    colour = (np.floor(xy + 1.5).sum(1) % 2).astype(np.int64)
    return torch.tensor(xy, dtype=torch.float32), torch.tensor(colour)


def arm(rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two joints' angles, and where the hand of the arm is."""
    rng = np.random.default_rng(1900 + seed)
    one, two = rng.uniform(-1.6, 1.6, (2, rows))
    hand = np.stack([np.cos(one) + np.cos(one + two), np.sin(one) + np.sin(one + two)], 1)
    return torch.tensor(np.stack([one, two], 1), dtype=torch.float32), torch.tensor(hand, dtype=torch.float32)
