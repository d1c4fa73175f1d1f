"""The loss of a block of rows, and its gradient with respect to the network's outputs.

Letters: O outputs, N rows (a multiple of 16), lines S numbers apart. Each row has a share, its weight divided by the
sum of the batch's weights (and by the outputs that a mean is taken over), so the batch's loss is Σ shareₙ·lossₙ. Rows
that only fill up a vector have share 0.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.codes import LOSS_CODES
from looplab.replicas.fused.kernels.functions import exp_negative, log, log1p_unit
from looplab.replicas.fused.kernels.instructions import absolute, total
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, load, one, splat, store, where

__all__ = ["loss_and_gradient"]

_REGRESSION, _BINARY, _MULTICLASS = LOSS_CODES.values()


@kernel
def loss_and_gradient(code: int, V: Any, z: int, y: int, share: int, U: Any, u: int, O: int, S: int, N: int) -> Any:
    """The loss of outputs at V[z] and targets at V[y] with shares at V[share]; the gradient goes to U[u]."""
    if code == _REGRESSION:
        return _squared_error(V, z, y, share, U, u, O, S, N)
    if code == _BINARY:
        return _binary_cross_entropy(V, z, y, share, U, u, O, S, N)
    return _cross_entropy(V, z, y, share, U, u, O, S, N)


@kernel
def _squared_error(V: Any, z: int, y: int, share: int, U: Any, u: int, O: int, S: int, N: int) -> Any:
    """(z - y)² of each output; the mean over them is in the shares."""
    loss = one(0.0)
    for n in range(0, N, WIDTH):
        part = load(loss, V, share + n)
        squares = splat(loss, 0.0)
        for o in range(O):
            error = load(loss, V, z + o * S + n) - load(loss, V, y + o * S + n)
            squares += error * error
            store(U, u + o * S + n, 2.0 * part * error)
        loss += where(part > 0.0, part * squares, 0.0)
    return total(loss)


@kernel
def _binary_cross_entropy(V: Any, z: int, y: int, share: int, U: Any, u: int, O: int, S: int, N: int) -> Any:
    """ln(1 + eᶻ) - z·y, as max(z, 0) + ln(1 + e^-|z|) - z·y, which does not overflow; its slope is s(z) - y."""
    loss = one(0.0)
    for o in range(O):
        for n in range(0, N, WIDTH):
            i = o * S + n
            part = load(loss, V, share + n)
            logit, target = load(loss, V, z + i), load(loss, V, y + i)
            e = exp_negative(0.0 - absolute(logit))
            row_loss = where(logit < 0.0, 0.0, logit) - logit * target + log1p_unit(e)
            loss += where(part > 0.0, part * row_loss, 0.0)
            store(U, u + i, part * (where(logit < 0.0, e, 1.0) / (1.0 + e) - target))
    return total(loss)


@kernel
def _cross_entropy(V: Any, z: int, y: int, share: int, U: Any, u: int, O: int, S: int, N: int) -> Any:
    """-ln pᵧ with p = softmax(z), its largest logit m taken out first: ln Σ e^(z - m) + m - zᵧ; the slope is p - 1ᵧ."""
    loss = one(0.0)
    for n in range(0, N, WIDTH):
        largest = load(loss, V, z + n)
        for o in range(1, O):
            logit = load(loss, V, z + o * S + n)
            largest = where(logit > largest, logit, largest)
        target, part = load(loss, V, y + n), load(loss, V, share + n)
        summed, chosen = splat(loss, 0.0), splat(loss, 0.0)
        for o in range(O):
            logit = load(loss, V, z + o * S + n) - largest
            e = exp_negative(logit)
            store(U, u + o * S + n, e)
            summed += e
            chosen = where(target == o, logit, chosen)
        loss += where(part > 0.0, part * (log(summed) - chosen), 0.0)
        for o in range(O):
            p = load(loss, U, u + o * S + n) / summed
            store(U, u + o * S + n, part * where(target == o, p - 1.0, p))
    return total(loss)
