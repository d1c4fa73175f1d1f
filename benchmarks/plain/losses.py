"""Losses: the mean over the rows, with its gradient left in `dz`."""

import math
from typing import Any

import numpy as np

from plain.functions import F, exp_negative, log, sums

__all__ = ["binary_cross_entropy", "cross_entropy", "squared_error"]

_UNSIGNED = np.uint64  # of an index that has a sign numba asks whether it counts from the end
_CHUNK = 240
_HALF_LN2 = 0.5 * math.log(2.0)
_ROOT = F(math.sqrt(0.5))


@sums
def squared_error(z: Any, y: Any, dz: Any, rows: int) -> Any:
    """Σ (z - y)² / N."""
    scale, loss = F(2) / F(rows), F(0)
    for n in range(rows):
        difference = z[n] - y[n]
        dz[n] = scale * difference
        loss += difference * difference
    return np.float64(loss) / rows


@sums
def binary_cross_entropy(z: Any, y: Any, dz: Any, rows: int) -> Any:
    """Σ (ln(1 + eᶻ) - z·y) / N, as max(z, 0) - z·y + ln(1 + e^-|z|).

    One logarithm is enough for many rows, since Σ ln(1 + e) = ln Π (1 + e). Each factor is from 1 to 2; divided by √2,
    even the product of 240 neither overflows nor vanishes.
    """
    share, loss = F(1) / F(rows), 0.0
    for first in range(_UNSIGNED(0), _UNSIGNED(rows), _UNSIGNED(_CHUNK)):
        stop = min(first + _UNSIGNED(_CHUNK), _UNSIGNED(rows))
        part, product = F(0), F(1)
        for n in range(first, stop):
            logit, target = z[n], y[n]
            e = exp_negative(-abs(logit))
            dz[n] = share * ((e if logit < F(0) else F(1)) / (F(1) + e) - target)
            part += max(logit, F(0)) - logit * target
            product *= _ROOT + _ROOT * e
        loss += part + math.log(product) + np.float64(stop - first) * _HALF_LN2
    return loss / rows


@sums
def cross_entropy(z: Any, y: Any, dz: Any, spare: Any, rows: int) -> Any:
    """Σ (ln Σₒ e^zₒ - z_y) / N of O×B logits, of whose columns the first N count; `spare` has room for 3×B numbers."""
    outputs, width = z.shape
    for n in range(width):
        spare[0, n], spare[1, n], spare[2, n] = z[0, n], F(0), F(0)
    for o in range(1, outputs):
        for n in range(width):
            spare[0, n] = max(spare[0, n], z[o, n])
    for o in range(outputs):
        for n in range(width):
            logit = z[o, n] - spare[0, n]
            e = exp_negative(logit)
            dz[o, n] = e
            spare[1, n] += e
            spare[2, n] = logit if y[n] == o else spare[2, n]
    share, loss = F(1) / F(rows), F(0)
    for n in range(width):
        part = share if n < rows else F(0)
        loss += part * (log(spare[1, n]) - spare[2, n])
        spare[0, n], spare[1, n] = part, part / spare[1, n]
    for o in range(outputs):
        for n in range(width):
            dz[o, n] = dz[o, n] * spare[1, n] - (spare[0, n] if y[n] == o else F(0))
    return np.float64(loss)
