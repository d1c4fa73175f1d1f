"""Random states, which an examination leaves as they were."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["own_random_state"]


@contextmanager
def own_random_state(seed: int | None = None) -> Iterator[None]:
    """Draw meanwhile without anyone else noticing; at the end, put the states of Python, NumPy and torch back.

    Args:
        seed: for all three; None to go on from where they are.
    """
    python, numpy = random.getstate(), np.random.get_state()  # the person's code may use it
    try:
        with torch.random.fork_rng():
            if seed is not None:
                random.seed(seed)
                np.random.seed(seed)
                torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
