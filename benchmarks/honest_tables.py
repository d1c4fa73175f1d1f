"""Tables whose truth is known, of ten kinds, for `compare_honesty.py`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from looplab import load

__all__ = ["KINDS", "Kind"]

ROWS = 100

Draw = Callable[[np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Kind:
    """Tables whose truth is known.

    Attributes:
        make: draws one table, whose target is "y".
        truth: the answer that is right.
        what: in a few words, for tables.
        leak: whether a column gives the target away, which is to be said.
    """

    make: Draw
    truth: str
    what: str
    leak: bool = False


def linear(random: np.random.Generator) -> pd.DataFrame:
    """Five columns, y = X w plus noise of half the signal's standard deviation."""
    X, signal = _linear(random)
    return _table(X, signal + 0.5 * signal.std() * random.normal(size=ROWS))


def heavy_tails(random: np.random.Generator) -> pd.DataFrame:
    """The same with noise of Student's t with two degrees of freedom, which has no variance."""
    X, signal = _linear(random)
    return _table(X, signal + 0.5 * signal.std() * random.standard_t(2, size=ROWS))


def product(random: np.random.Generator) -> pd.DataFrame:
    """Five columns, y = the first plus the product of the next two, and noise: linear once products are columns."""
    X = random.normal(size=(ROWS, 5))
    return _table(X, X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * random.normal(size=ROWS))


def skewed(random: np.random.Generator) -> pd.DataFrame:
    """Five columns and 300 rows; one row in seven or so is of the rarer class, whose log odds are linear."""
    X = random.normal(size=(3 * ROWS, 5))
    odds = X @ np.array([1.5, -1.0, 0.5, 0.0, 0.0]) - 2.5
    return _table(X, np.where(random.uniform(size=len(X)) < 1 / (1 + np.exp(-odds)), "yes", "no"))


def sine(random: np.random.Generator) -> pd.DataFrame:
    """Two columns from -3 to 3, y = sin 2x of the first plus a little noise."""
    X = random.uniform(-3, 3, size=(ROWS, 2))
    return _table(X, np.sin(2 * X[:, 0]) + 0.1 * random.normal(size=ROWS))


def curved(random: np.random.Generator) -> pd.DataFrame:
    """Three columns from -2 to 2, y = a sum of curves of each (a bend, an arch, a bell), and noise."""
    X = random.uniform(-2, 2, size=(ROWS, 3))
    bend, arch, bell = np.abs(X[:, 0]), np.cos(2 * X[:, 1]), np.exp(-2 * X[:, 2] ** 2)
    return _table(X, bend + arch + bell + 0.2 * random.normal(size=ROWS))


def noise(random: np.random.Generator) -> pd.DataFrame:
    """Nothing to learn."""
    return _table(random.normal(size=(ROWS, 5)), random.normal(size=ROWS))


def shuffled(random: np.random.Generator) -> pd.DataFrame:
    """Real columns, the target of another row."""
    diabetes = load("diabetes")
    rows = random.permutation(len(diabetes))[:ROWS]
    return _table(diabetes.inputs.numpy()[rows], diabetes.targets.numpy()[random.permutation(rows), 0])


def duplicates(random: np.random.Generator) -> pd.DataFrame:
    """Nothing to learn, but each row stands there twice: whoever has seen it in training knows its target."""
    one = _table(random.normal(size=(ROWS, 5)), random.normal(size=ROWS))
    return pd.concat([one, one], ignore_index=True).sample(frac=1, random_state=int(random.integers(2**31)))


def leak(random: np.random.Generator) -> pd.DataFrame:
    """The linear tables, with a column that is the target in another unit."""
    table = linear(random)
    return table.assign(total=100 + 3 * table["y"])


def _linear(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = random.normal(size=(ROWS, 5))
    return X, X @ random.normal(size=5)


def _table(X: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])]).assign(y=y)


KINDS = {
    "linear": Kind(linear, "linear", "linear, with noise"),
    "heavy tails": Kind(heavy_tails, "linear", "linear, with heavy-tailed noise"),
    "product": Kind(product, "linear", "linear, with a product of two columns"),
    "skewed": Kind(skewed, "linear", "two classes, one of them rare, with linear log odds"),
    "leak": Kind(leak, "linear", "linear, and a column gives the target away", leak=True),
    "sine": Kind(sine, "network", "a sine, with a little noise"),
    "curved": Kind(curved, "network", "a sum of three curves"),
    "noise": Kind(noise, "undecided", "nothing but noise"),
    "duplicates": Kind(duplicates, "undecided", "nothing but noise, each row twice"),
    "shuffled": Kind(shuffled, "undecided", "real columns, targets shuffled"),
}
"""By name; the answer "undecided" is right where nothing can be predicted, and never wrong elsewhere."""
