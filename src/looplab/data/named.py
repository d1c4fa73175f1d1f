"""The named datasets: the moons, the thermometer, the digits and the others that the course uses."""

import math
import sys
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any, NamedTuple

import torch

from looplab.data.dataset import Dataset
from looplab.data.drawn import circles, moons, sine, spirals
from looplab.data.shapes import curve
from looplab.data.sources.endings import is_file_name
from looplab.errors import ChoiceError, DataError, require_choice, shown
from looplab.numbers import real_number, whole_number

__all__ = ["DATASETS", "load"]


def temperature(raw: bool = False) -> Dataset:
    """Eleven readings of an unknown thermometer against degrees Celsius; inputs are a tenth of the reading unless raw.

    From Stevens, Antiga & Viehmann, Deep Learning with PyTorch, 2020, chapter 5.
    """
    celsius = torch.tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21], dtype=torch.float32)
    reading = torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4], dtype=torch.float32)
    inputs, name = (reading, "reading") if raw else (0.1 * reading, "reading / 10")
    return curve("temperature", inputs, celsius, (name,), ("degrees Celsius",))


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


class _Limits(NamedTuple):
    """What an option of a dataset can be: a truth, or a number from `least` to before `below`."""

    meaning: str
    least: float = 0.0
    below: float = math.inf
    whole: bool = False
    flag: bool = False


_LIMITS = {
    "rows": _Limits("a whole number, at least 1", least=1, below=2**31, whole=True),
    "seed": _Limits("a whole number from 0 to 2**32 - 1", below=2**32, whole=True),
    "noise": _Limits("a finite number, at least 0"),
    "factor": _Limits("a number at least 0 and below 1", below=1.0),
    "turns": _Limits("a finite number", least=-sys.float_info.max),
    "scale": _Limits("a finite number", least=-sys.float_info.max),
    "raw": _Limits("True or False", flag=True),
}

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
            of a file `target=`, the column to predict, `task=`, `read=`, a `ReadOptions`, and `dtype=`, torch.float64
            where float32 has too few digits. `dataset.to(torch.float64)` converts any dataset.

    Raises:
        ChoiceError: an unknown name or option; lists the choices.
        DataError: an option of a named dataset that is no such number.
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
        if name in DATASETS:
            options[option] = _checked(name, option, options[option])
    return make(**options)


def _checked(name: str, option: str, value: Any) -> Any:
    """The value of an option of a dataset as a number of Python; a `DataError` unless it can have that value."""
    limits = _LIMITS[option]
    if limits.flag:
        fits, number = isinstance(value, bool), value
    else:
        number = whole_number(value) if limits.whole else real_number(value)
        fits = limits.least <= number < limits.below
    if not fits:
        raise DataError(f"{option} of dataset '{name}'", expected=limits.meaning, got=shown(value))
    return number


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
