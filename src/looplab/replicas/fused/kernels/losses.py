"""The loss of a block of rows, and its gradient with respect to the network's outputs.

Letters: O outputs, N rows (a multiple of 16), lines S numbers apart. Each row has a share, its weight divided by the
sum of the batch's weights (and by the outputs that a mean is taken over), so the batch's loss is Σ shareₙ·lossₙ. Rows
that only fill up a vector have share 0.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.codes import LOSS_CODES
from looplab.replicas.fused.kernels.functions import at_least, exp_negative, log, log1p, log1p_unit
from looplab.replicas.fused.kernels.instructions import absolute, quarters, total
from looplab.replicas.fused.kernels.kernel import inlined_kernel, kernel
from looplab.replicas.fused.kernels.lanes import WIDE, WIDTH, at, load, one, splat, store, where, wide

__all__ = ["loss_and_gradient", "loss_of"]

_REGRESSION, _BINARY, _MULTICLASS = LOSS_CODES.values()


@inlined_kernel
def loss_and_gradient(
    code: int, V: Any, z: int, y: int, share: int, even: bool, U: Any, u: int, O: int, S: int, N: int
) -> Any:
    """The loss of outputs at V[z] and targets at V[y] with shares at V[share]; the gradient goes to U[u].

    The shares are `even` if all that are not 0 are the same. The loss comes in two vectors: `loss_of` makes one number
    of them, later, because nothing but the record of losses waits for it.
    """
    if code == _REGRESSION:
        return _squared_error(V, z, y, share, U, u, O, S, N), one(0.0)
    if code == _MULTICLASS:
        return _cross_entropy(V, z, y, share, U, u, O, S, N), one(0.0)
    if even:
        return _binary_with_even_shares(V, z, y, share, U, u, N)
    return _binary_with_any_shares(V, z, y, share, U, u, N), one(0.0)


@kernel
def loss_of(code: int, V: Any, share: int, even: bool, sums: Any, p: Any) -> Any:
    """The loss as one number."""
    if code == _BINARY and even:
        return at(V, share) * total(sums + log1p(p))
    return total(sums)


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
    return loss


@kernel
def _binary_with_any_shares(V: Any, z: int, y: int, share: int, U: Any, u: int, N: int) -> Any:
    loss = one(0.0)
    for n in range(0, N, WIDTH):
        part = load(loss, V, share + n)
        row_loss, e = _binary_cross_entropy(part, V, z + n, y + n, U, u + n)
        loss += where(part > 0.0, part * (row_loss + log1p_unit(e)), 0.0)
    return loss


@kernel
def _binary_with_even_shares(V: Any, z: int, y: int, share: int, U: Any, u: int, N: int) -> Any:
    """One logarithm is enough for many rows: Σ ln(1 + eₙ) = ln(1 + p), where 1 + p = Π (1 + eₙ)."""
    sums, p, n = wide(0.0), wide(0.0), 0
    while n + WIDE <= N:
        sums, p = _add_rows(sums, p, V, z + n, y + n, share + n, U, u + n)
        n += WIDE
    s0, s1, s2, s3 = quarters(one(0.0), sums)
    p0, p1, p2, p3 = quarters(one(0.0), p)
    s, p0, p2 = (s0 + s1) + (s2 + s3), p0 + p1 * (1.0 + p0), p2 + p3 * (1.0 + p2)
    q = p0 + p2 * (1.0 + p0)
    while n < N:
        s, q = _add_rows(s, q, V, z + n, y + n, share + n, U, u + n)
        n += WIDTH
    return s, q


@kernel
def _add_rows(sums: Any, p: Any, V: Any, z: int, y: int, share: int, U: Any, u: int) -> Any:
    part = load(sums, V, share)
    row_loss, e = _binary_cross_entropy(part, V, z, y, U, u)
    return where(part > 0.0, sums + row_loss, sums), where(part > 0.0, e + p * (1.0 + e), p)


@kernel
def _binary_cross_entropy(part: Any, V: Any, z: int, y: int, U: Any, u: int) -> Any:
    """ln(1 + eᶻ) - z·y, as max(z, 0) - z·y + ln(1 + e^-|z|), which does not overflow; its slope is s(z) - y.

    The slope goes to U; returned are max(z, 0) - z·y and e^-|z|.
    """
    logit, target = load(part, V, z), load(part, V, y)
    e = exp_negative(0.0 - absolute(logit))
    store(U, u, part * (where(logit < 0.0, e, 1.0) / (1.0 + e) - target))
    return at_least(logit, 0.0) - logit * target, e


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
    return loss
