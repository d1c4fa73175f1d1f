"""The binary cross-entropy of a logit."""

from typing import Any

from torch import nn
from torch.nn import functional

from looplab.lanes.across import quarters, total
from looplab.lanes.arithmetic import absolute, at_least, where
from looplab.lanes.functions import exp_negative, log1p, log1p_unit
from looplab.lanes.vectors import WIDTH, at, lanes_of, load, one, store, wide
from looplab.loop.losses.loss import Loss

__all__ = ["BINARY_CROSS_ENTROPY"]


def _kernel(rows: Any, even: bool) -> Any:
    if even:
        return _with_even_shares(rows)
    return _with_any_shares(rows), one(0.0)


def _number(rows: Any, even: bool, sums: Any, products: Any) -> Any:
    if even:
        return at(rows.V, rows.share) * total(sums + log1p(products))
    return total(sums)


def _with_any_shares(rows: Any) -> Any:
    loss = one(0.0)
    for n in range(0, rows.N, WIDTH):
        part = load(loss, rows.V, rows.share + n)
        row_loss, e = _binary_cross_entropy(part, rows, n)
        loss += where(part > 0.0, part * (row_loss + log1p_unit(e)), 0.0)
    return loss


def _with_even_shares(rows: Any) -> Any:
    """One logarithm is enough for many rows: Σ ln(1 + eₙ) = ln(1 + p), where 1 + p = Π (1 + eₙ)."""
    sums, p, n = wide(0.0), wide(0.0), 0
    while n + lanes_of(sums) <= rows.N:
        sums, p = _add_rows(sums, p, rows, n)
        n += lanes_of(sums)
    s0, s1, s2, s3 = quarters(one(0.0), sums)
    p0, p1, p2, p3 = quarters(one(0.0), p)
    s, p0, p2 = (s0 + s1) + (s2 + s3), p0 + p1 * (1.0 + p0), p2 + p3 * (1.0 + p2)
    q = p0 + p2 * (1.0 + p0)
    while n < rows.N:
        s, q = _add_rows(s, q, rows, n)
        n += WIDTH
    return s, q


def _add_rows(sums: Any, p: Any, rows: Any, n: int) -> Any:
    part = load(sums, rows.V, rows.share + n)
    row_loss, e = _binary_cross_entropy(part, rows, n)
    return where(part > 0.0, sums + row_loss, sums), where(part > 0.0, e + p * (1.0 + e), p)


def _binary_cross_entropy(part: Any, rows: Any, n: int) -> Any:
    """ln(1 + eᶻ) - z·y, as max(z, 0) - z·y + ln(1 + e^-|z|), which does not overflow; its slope is s(z) - y.

    The slope goes to U; returned are max(z, 0) - z·y and e^-|z|.
    """
    logit, target = load(part, rows.V, rows.z + n), load(part, rows.V, rows.y + n)
    e = exp_negative(0.0 - absolute(logit))
    store(rows.U, rows.u + n, part * (where(logit < 0.0, e, 1.0) / (1.0 + e) - target))
    return at_least(logit, 0.0) - logit * target, e


BINARY_CROSS_ENTROPY = Loss(
    name="binary-cross-entropy",
    title="binary cross-entropy",
    task="binary",
    function=functional.binary_cross_entropy_with_logits,
    module_class=nn.BCEWithLogitsLoss,
    kernel=_kernel,
    number=_number,
)
