"""The updates, as in `torch.optim`, and the clipping of the gradient's norm.

Letters: w parameters, g their gradient, m and v what the optimizer remembers of each; P of them, a multiple of 16.
"""

from typing import Any

import numpy as np

from looplab.replicas.fused.codes import OPTIMIZER_CODES
from looplab.replicas.fused.kernels.instructions import square_root, total
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, at, load, one, put, store

__all__ = ["clip", "update"]

_SGD, _ADAM, _ADAMW, _RMSPROP, _ADAGRAD = OPTIMIZER_CODES.values()
_RMSPROP_ALPHA = 0.99


@kernel
def clip(G: Any, largest: float, P: int) -> None:
    """Scale the gradient so that its norm is at most `largest`: by largest / (norm + 10⁻⁶), if that is below 1."""
    squares = one(0.0)
    for i in range(0, P, WIDTH):
        g = load(squares, G, i)
        squares += g * g
    factor = largest / (np.sqrt(total(squares)) + 1e-6)
    if factor >= 1.0:
        return
    for i in range(0, P, WIDTH):
        store(G, i, load(squares, G, i) * factor)


@kernel
def update(
    code: int, W: Any, G: Any, M: Any, V: Any, powers: Any, lr: float, momentum: float, nesterov: bool,
    beta1: float, beta2: float, eps: float, decay: float, P: int,
) -> None:  # fmt: skip
    """One step of the optimizer; `powers` holds what β₁ and β₂ have been multiplied to in the steps before."""
    if code == _SGD:
        _sgd(W, G, M, lr, momentum, nesterov, decay, P)
    elif code in (_ADAM, _ADAMW):
        put(powers, 0, at(powers, 0) * beta1)
        put(powers, 1, at(powers, 1) * beta2)
        rate, root = lr / (1.0 - at(powers, 0)), np.sqrt(1.0 - at(powers, 1))
        if code == _ADAM:
            _adam(W, G, M, V, rate, root, 1.0, beta1, beta2, eps, decay, P)
        else:
            _adam(W, G, M, V, rate, root, 1.0 - lr * decay, beta1, beta2, eps, 0.0, P)
    elif code == _RMSPROP:
        _rmsprop(W, G, M, V, lr, momentum, eps, decay, P)
    elif code == _ADAGRAD:
        _adagrad(W, G, V, lr, eps, decay, P)


@kernel
def _sgd(W: Any, G: Any, M: Any, lr: float, momentum: float, nesterov: bool, decay: float, P: int) -> None:
    """Set m = momentum·m + g; w -= lr·m, or with Nesterov lr·(g + momentum·m)."""
    for i in range(0, P, WIDTH):
        w = load(one(0.0), W, i)
        g = load(w, G, i) + decay * w
        m = momentum * load(w, M, i) + g
        store(M, i, m)
        store(W, i, w - lr * ((g + momentum * m) if nesterov else m))


@kernel
def _adam(
    W: Any, G: Any, M: Any, V: Any, rate: float, root: float, shrink: float,
    beta1: float, beta2: float, eps: float, decay: float, P: int,
) -> None:  # fmt: skip
    """Set m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²; w -= rate·m / (√v / root + eps). AdamW shrinks w first."""
    keep1, keep2 = 1.0 - beta1, 1.0 - beta2
    inverse = 1.0 / root
    for i in range(0, P, WIDTH):
        w = load(one(0.0), W, i)
        g = load(w, G, i) + decay * w
        m = load(w, M, i)
        m += keep1 * (g - m)
        v = beta2 * load(w, V, i) + keep2 * (g * g)
        store(M, i, m)
        store(V, i, v)
        store(W, i, shrink * w - rate * m / (square_root(v) * inverse + eps))


@kernel
def _rmsprop(W: Any, G: Any, M: Any, V: Any, lr: float, momentum: float, eps: float, decay: float, P: int) -> None:
    """Set v = αv + (1-α)g²; m = momentum·m + g / (√v + eps); w -= lr·m."""
    for i in range(0, P, WIDTH):
        w = load(one(0.0), W, i)
        g = load(w, G, i) + decay * w
        v = _RMSPROP_ALPHA * load(w, V, i) + (1.0 - _RMSPROP_ALPHA) * (g * g)
        m = momentum * load(w, M, i) + g / (square_root(v) + eps)
        store(V, i, v)
        store(M, i, m)
        store(W, i, w - lr * m)


@kernel
def _adagrad(W: Any, G: Any, V: Any, lr: float, eps: float, decay: float, P: int) -> None:
    """Set v = v + g²; w -= lr·g / (√v + eps)."""
    for i in range(0, P, WIDTH):
        w = load(one(0.0), W, i)
        g = load(w, G, i) + decay * w
        v = load(w, V, i) + g * g
        store(V, i, v)
        store(W, i, w - lr * g / (square_root(v) + eps))
