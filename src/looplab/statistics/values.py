"""Checks on the numbers that a statistic is asked about."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Shaped
from torch import Tensor

from looplab.errors import DataError
from looplab.statistics.interval import Number
from looplab.words import kind_in_words

__all__ = ["Values", "checked_values"]

Values = Sequence[Number] | Shaped[np.ndarray, "..."] | Shaped[Tensor, "..."]
"""One number per run: a list, an array or a tensor of length R."""


def checked_values(name: str, values: Values, *, at_least: int) -> Float64[np.ndarray, " R"]:
    """The values as a float64 array, or a `DataError` that says which of them is wrong."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(name, expected="numbers", got=f"{kind_in_words(values)} of something else") from None
    if array.ndim != 1:
        raise DataError(
            name, expected="one number per run", got=f"shape {array.shape}", fix="Flatten it, or take one column."
        )
    if len(array) < at_least:
        raise DataError(
            name, expected=f"at least {at_least} values", got=str(len(array)), fix="Measure with more seeds."
        )
    if not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise DataError(
            f"{name}, value {first}",
            expected="a finite number",
            got=str(array[first]),
            fix="A failed run has no value: count failures as a rate, or give them a value that marks them.",
        )
    return array
