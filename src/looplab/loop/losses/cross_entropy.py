"""The cross-entropy of logits, one per class."""

from typing import Any

from torch import nn
from torch.nn import functional

from looplab.lanes.arithmetic import splat, where
from looplab.lanes.functions import exp_negative, log
from looplab.lanes.vectors import WIDTH, load, one, store
from looplab.loop.losses.loss import Loss

__all__ = ["CROSS_ENTROPY"]


def _kernel(rows: Any, even: bool) -> Any:
    """-ln pᵧ with p = softmax(z), its largest logit m taken out first: ln Σ e^(z - m) + m - zᵧ; the slope is p - 1ᵧ."""
    loss = one(0.0)
    for n in range(0, rows.N, WIDTH):
        largest = load(loss, rows.V, rows.z + n)
        for o in range(1, rows.O):
            logit = load(loss, rows.V, rows.z + o * rows.S + n)
            largest = where(logit > largest, logit, largest)
        target, part = load(loss, rows.V, rows.y + n), load(loss, rows.V, rows.share + n)
        summed, chosen = splat(loss, 0.0), splat(loss, 0.0)
        for o in range(rows.O):
            logit = load(loss, rows.V, rows.z + o * rows.S + n) - largest
            e = exp_negative(logit)
            store(rows.U, rows.u + o * rows.S + n, e)
            summed += e
            chosen = where(target == o, logit, chosen)
        loss += where(part > 0.0, part * (log(summed) - chosen), 0.0)
        for o in range(rows.O):
            p = load(loss, rows.U, rows.u + o * rows.S + n) / summed
            store(rows.U, rows.u + o * rows.S + n, part * where(target == o, p - 1.0, p))
    return loss, one(0.0)


CROSS_ENTROPY = Loss(
    name="cross-entropy",
    title="cross-entropy",
    task="multiclass",
    function=functional.cross_entropy,
    module_class=nn.CrossEntropyLoss,
    kernel=_kernel,
    of_outputs="one a class",
)
