"""How many threads scikit-learn uses."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

__all__ = ["few_threads"]

_FEW_ROWS = 5000  # up to this size one thread is faster than several


def few_threads(rows: int) -> AbstractContextManager[Any]:
    """With few rows, give scikit-learn one thread: several would spend most of the time waiting for each other."""
    if rows > _FEW_ROWS:
        return nullcontext()
    limits: AbstractContextManager[Any] = _thread_pools().limit(limits=1)
    return limits


@cache
def _thread_pools() -> Any:
    """All thread pools of this process; finding them takes longer than many a fit."""
    import sklearn.ensemble  # noqa: F401  # so that its pools are among them
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
