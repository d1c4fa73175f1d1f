"""The named datasets: the moons, the thermometer, the digits and the others that the course uses."""

import math
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import torch

from looplab.data.dataset import Dataset
from looplab.data.sources.endings import is_file_name
from looplab.errors import ChoiceError, require_choice

__all__ = ["DATASETS", "load"]


def moons(rows: int = 200, noise: float = 0.2, seed: int = 42) -> Dataset:
    """Two half moons that reach into each other."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(rows, noise=noise, random_state=seed)
    return _plane("moons", points, labels, names=("upper moon", "lower moon"))


def circles(rows: int = 200, noise: float = 0.1, factor: float = 0.5, seed: int = 42) -> Dataset:
    """A small circle inside a large one; `factor` is the ratio of their radii."""
    from sklearn.datasets import make_circles

    points, labels = make_circles(rows, noise=noise, factor=factor, random_state=seed)
    return _plane("circles", points, labels, names=("outer circle", "inner circle"))


def spirals(rows: int = 200, noise: float = 0.1, turns: float = 1.5, seed: int = 42) -> Dataset:
    """Two arms of a spiral with radius up to 1.5 that wind around each other."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    along = np.sqrt(random.uniform(size=rows))
    angle = 2 * math.pi * turns * along + math.pi * labels
    points = 1.5 * along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    points += noise * random.standard_normal((rows, 2))
    return _plane("spirals", points, labels, names=("first arm", "second arm"))


def sine(rows: int = 100, noise: float = 0.0, scale: float = 1.0, seed: int = 42) -> Dataset:
    """Y = scale · sin x at equally spaced x from -2π to 2π, with normal noise."""
    x = torch.linspace(-2 * math.pi, 2 * math.pi, rows)
    y = scale * torch.sin(x) + noise * torch.randn(rows, generator=torch.Generator().manual_seed(seed))
    return _curve("sine", x, y, ("x",), ("y",))


def temperature(raw: bool = False) -> Dataset:
    """Eleven readings of an unknown thermometer against degrees Celsius; inputs are a tenth of the reading unless raw.

    From Stevens, Antiga & Viehmann, Deep Learning with PyTorch, 2020, chapter 5.
    """
    celsius = torch.tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21])
    reading = torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])
    inputs, name = (reading, "reading") if raw else (0.1 * reading, "reading / 10")
    return _curve("temperature", inputs, celsius, (name,), ("degrees Celsius",))


def digits() -> Dataset:
    """1,797 handwritten digits as images of 8×8 grey values, divided by 16 so that they lie between 0 and 1."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Dataset(
        name="digits",
        inputs=torch.tensor(bunch.data / 16, dtype=torch.float32),
        targets=torch.tensor(bunch.target, dtype=torch.int64),
        task="multiclass",
        feature_names=tuple(f"pixel {row},{column}" for row in range(8) for column in range(8)),
        target_names=tuple(str(digit) for digit in range(10)),
    )


def diabetes() -> Dataset:
    """442 patients, 10 measurements, and the progression of the disease after a year (a score from 25 to 346)."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes()
    return Dataset(
        name="diabetes",
        inputs=torch.tensor(bunch.data, dtype=torch.float32),
        targets=torch.tensor(bunch.target, dtype=torch.float32)[:, None],
        task="regression",
        feature_names=tuple(bunch.feature_names),
        target_names=("progression",),
    )


def breast_cancer() -> Dataset:
    """569 tumours, 30 measurements, malignant (0) or benign (1)."""
    from sklearn.datasets import load_breast_cancer

    return _classes("breast-cancer", load_breast_cancer())


def wine() -> Dataset:
    """178 wines of three growers, 13 measurements."""
    from sklearn.datasets import load_wine

    return _classes("wine", load_wine())


def iris() -> Dataset:
    """150 flowers of three species, 4 lengths in centimetres."""
    from sklearn.datasets import load_iris

    return _classes("iris", load_iris())


DATASETS: dict[str, Callable[..., Dataset]] = {
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
    "sine": sine,
    "temperature": temperature,
    "digits": digits,
    "diabetes": diabetes,
    "breast-cancer": breast_cancer,
    "wine": wine,
    "iris": iris,
}


def load(name: str, **options: Any) -> Dataset:
    """A named dataset, or a table from a file.

    Args:
        name: a key of `DATASETS`, or the path of a file with a table: .csv, .parquet, .xlsx and others.
        options: of a named dataset its own arguments (`load("moons", rows=500, noise=0.3)`);
            of a file `target=`, the column to predict, `task=` and `read=`, a `ReadOptions`.

    Raises:
        ChoiceError: an unknown name or option; lists the choices.
        TableError: a file that is missing or cannot become a dataset.

    >>> load("moons").inputs.shape
    torch.Size([200, 2])
    """
    if is_file_name(name):
        from looplab.data.tables import load_table

        make: Callable[..., Dataset] = partial(load_table, name)
    else:
        require_choice("dataset", name, DATASETS)
        make = DATASETS[name]
    for option in options:
        if option not in signature(make).parameters:
            raise ChoiceError(f"option of dataset '{name}'", option, signature(make).parameters)
    return make(**options)


def _plane(name: str, points: np.ndarray, labels: np.ndarray, names: tuple[str, str]) -> Dataset:
    return Dataset(
        name=name,
        inputs=torch.tensor(points, dtype=torch.float32),
        targets=torch.tensor(labels, dtype=torch.float32)[:, None],
        task="binary",
        feature_names=("x1", "x2"),
        target_names=names,
    )


def _curve(
    name: str, x: torch.Tensor, y: torch.Tensor, feature_names: tuple[str, ...], target_names: tuple[str, ...]
) -> Dataset:
    return Dataset(
        name=name,
        inputs=x[:, None],
        targets=y[:, None],
        task="regression",
        feature_names=feature_names,
        target_names=target_names,
    )


def _classes(name: str, bunch: Any) -> Dataset:
    binary = len(bunch.target_names) == 2
    targets = torch.tensor(bunch.target)
    return Dataset(
        name=name,
        inputs=torch.tensor(bunch.data, dtype=torch.float32),
        targets=targets.float()[:, None] if binary else targets.long(),
        task="binary" if binary else "multiclass",
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        target_names=tuple(str(target) for target in bunch.target_names),
    )
