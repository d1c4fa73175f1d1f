"""How many threads scikit-learn takes."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

__all__ = ["few_threads"]

_FEW_ROWS = 5000  # up to here one thread is faster than several


def few_threads(rows: int) -> AbstractContextManager[Any]:
    """Where there are few rows, one thread for scikit-learn: several would wait for each other most of the time."""
    if rows > _FEW_ROWS:
        return nullcontext()
    limits: AbstractContextManager[Any] = _thread_pools().limit(limits=1)
    return limits


@cache
def _thread_pools() -> Any:
    """All thread pools of this process; looking for them takes longer than many a fit."""
    import sklearn.ensemble  # noqa: F401  # so that its pools are among them
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
