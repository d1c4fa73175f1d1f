"""Adam's step."""

import math
from typing import Any

import numpy as np

from plain.functions import F, exact

__all__ = ["adam_step"]

_BETA1, _BETA2, _EPS = 0.9, 0.999, F(1e-8)
_KEEP1, _SHRINK2, _KEEP2 = F(1 - _BETA1), F(_BETA2), F(1 - _BETA2)


@exact
def adam_step(W: Any, G: Any, M: Any, V: Any, lr: float, t: int) -> None:
    """Step t, counted from 1, of parameters W with gradient G and both averages M and V."""
    rate, root = F(lr / (1.0 - _BETA1**t)), F(1.0 / math.sqrt(1.0 - _BETA2**t))
    for i in range(len(W)):
        g = G[i]
        m = M[i] + _KEEP1 * (g - M[i])
        v = _SHRINK2 * V[i] + _KEEP2 * (g * g)
        M[i], V[i] = m, v
        W[i] -= rate * m / (np.sqrt(v) * root + _EPS)
