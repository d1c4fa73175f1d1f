"""Numbers as users pass them: Python's, NumPy's or others that behave like them; truth values are none."""

import math
import numbers
import operator

from torch import Tensor

__all__ = ["real_number", "whole_number"]


def whole_number(value: object) -> int:
    """A whole number of Python, NumPy or the like as an int; -1 for anything else.

    >>> import numpy as np
    >>> whole_number(np.int64(3)), whole_number(3.0), whole_number(True)
    (3, -1, -1)
    """
    if isinstance(value, bool | Tensor) or not hasattr(value, "__index__"):
        return -1
    try:
        return operator.index(value)
    except TypeError:  # an array of several numbers
        return -1


def real_number(value: object) -> float:
    """A number of Python, NumPy or the like as Python has it; NaN for anything else, and for one beyond all floats.

    >>> import numpy as np
    >>> real_number(np.float64(0.5)), real_number(2), real_number("2")
    (0.5, 2, nan)
    """
    if isinstance(value, bool) or not isinstance(value, int | numbers.Real):
        return math.nan
    try:
        number = float(value)
    except OverflowError:
        return math.nan
    return value if isinstance(value, int) else number
