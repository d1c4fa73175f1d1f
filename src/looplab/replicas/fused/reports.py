"""How the training loop hands outputs to Python in the middle of a training: it calls a function at an address."""

import ctypes
from collections.abc import Callable
from typing import Any

__all__ = ["BATCH_OVER", "OUTPUTS", "VALIDATION_OVER", "Report", "at_address", "report"]

OUTPUTS, BATCH_OVER, VALIDATION_OVER = range(3)
"""What is reported: outputs of some rows lie among the values; all of a batch were reported; all validation rows."""

Report = Callable[[int, int, int, int, int], None]
"""(what, replica, record, first, count); see `report`."""

_PROTOTYPE: Any = ctypes.CFUNCTYPE(None, *(ctypes.c_int64,) * 5)


def report(address: int, what: int, replica: int, record: int, first: int, count: int) -> None:
    """Call the function at an address.

    Args:
        address: what `at_address` gave.
        what: `OUTPUTS`, `BATCH_OVER` or `VALIDATION_OVER`.
        replica: whose they are.
        record: which record they belong to.
        first: the number of the first of the rows; of a whole batch, whether it is of all rows in their own order.
        count: number of rows.
    """
    _PROTOTYPE(address)(what, replica, record, first, count)


def at_address(function: Report) -> tuple[int, object]:
    """An address at which a function of Python is called, as long as the object beside it is there."""
    owner = _PROTOTYPE(function)
    return ctypes.cast(owner, ctypes.c_void_p).value or 0, owner
