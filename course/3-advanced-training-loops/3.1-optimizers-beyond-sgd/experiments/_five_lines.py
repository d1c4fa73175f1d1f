"""The optimizers of the lesson as functions of plain tensors: w, its gradient g, what is remembered, step t and rate.

Each returns the new w and the new memory, which begins as two tensors of zeros.
"""

import torch
from torch import Tensor

__all__ = ["UPDATES", "Memory"]

Memory = tuple[Tensor, ...]


def momentum(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    m = 0.9 * memory[0] + g
    return w - lr * m, (m,)


def nesterov(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    m = 0.9 * memory[0] + g
    return w - lr * (g + 0.9 * m), (m,)


def adagrad(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    v = memory[0] + g**2
    return w - lr * g / (v.sqrt() + 1e-10), (v,)


def rmsprop(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    v = 0.99 * memory[0] + 0.01 * g**2
    return w - lr * g / (v.sqrt() + 1e-8), (v,)


def adam(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    m = 0.9 * memory[0] + 0.1 * g
    v = 0.999 * memory[1] + 0.001 * g**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (v_hat.sqrt() + 1e-8), (m, v)


def adamw(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    return adam((1 - lr * 0.01) * w, g, memory, t, lr)


def lion(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    return w - lr * (0.9 * memory[0] + 0.1 * g).sign(), (0.99 * memory[0] + 0.01 * g,)


def muon(w: Tensor, g: Tensor, memory: Memory, t: int, lr: float) -> tuple[Tensor, Memory]:
    m = 0.95 * memory[0] + 0.05 * g
    scale = max(1, len(w) / len(w.T)) ** 0.5
    return (1 - lr * 0.1) * w - lr * scale * orthogonal(0.95 * m + 0.05 * g), (m,)


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with all singular values brought near 1, by five Newton–Schulz steps in bfloat16, as torch has it."""
    X = (matrix if len(matrix) <= len(matrix.T) else matrix.T).bfloat16()
    X /= X.norm().clamp(min=1e-7)
    for _ in range(5):
        A = X @ X.T
        X = torch.addmm(X, torch.addmm(A, A, A, beta=-4.775, alpha=2.0315), X, beta=3.4445)
    return (X if len(matrix) <= len(matrix.T) else X.T).to(matrix.dtype)


UPDATES = (momentum, nesterov, adagrad, rmsprop, adam, adamw, lion, muon)
