"""One or two inputs, a hidden layer, one output, all rows in each step: of four hidden units at a time, in registers.

Parameters lie as in `model.parameters()`: H×D weights w, H biases b, H weights v of the output, its bias. Inputs are
D×N, hidden values h are H×N.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from plain.adam import adam_step
from plain.functions import F, exact, inlined_sums, sums, tanh
from plain.losses import binary_cross_entropy, squared_error

__all__ = ["shallow_training"]


@exact
def _relu(z: Any) -> Any:
    return F(0) if z <= F(0) else z  # NaN stays NaN


@exact
def _relu_gate(g: Any, h: Any) -> Any:
    return g if h > F(0) else F(0)


@exact
def _tanh_gate(g: Any, h: Any) -> Any:
    return g * (F(1) - h * h)


_ACTIVATIONS = {"relu": (_relu, _relu_gate), "tanh": (tanh, _tanh_gate)}
_LOSSES = {"binary": binary_cross_entropy, "regression": squared_error}


@cache
def shallow_training(inputs: int, activation: str, task: str) -> Any:
    """The compiled training (parameters R×P, X D×N, y N, losses R×T, lr, start, stop) of the replicas from start on."""
    forward, backward = _forward_pass(inputs, activation), _backward_pass(inputs, activation)
    loss_of = _LOSSES[task]

    @sums
    def train(parameters: Any, X: Any, y: Any, losses: Any, lr: float, start: int, stop: int) -> None:
        P, N = parameters.shape[1], X.shape[1]
        hidden = (P - 1) // (inputs + 2)
        W, G, M, V = np.empty(P, F), np.empty(P, F), np.empty(P, F), np.empty(P, F)
        h, z, dz = np.empty((hidden, N), F), np.empty(N, F), np.empty(N, F)
        for r in range(start, stop):
            W[:] = parameters[r]
            M[:] = V[:] = F(0)
            for t in range(losses.shape[1]):
                forward(W, X, h, z, hidden)
                loss = loss_of(z, y, dz, N)
                if not math.isfinite(loss):
                    break
                losses[r, t] = loss
                backward(W, G, X, h, dz, hidden)
                adam_step(W, G, M, V, lr, t + 1)
            parameters[r] = W

    return train


def _forward_pass(D: int, activation: str) -> Any:
    σ, _ = _ACTIVATIONS[activation]

    @inlined_sums
    def weights_of(W: Any, H: int, j: int) -> Any:
        return W[D * j], W[D * j + D - 1], W[H * D + j], W[H * D + H + j]

    @inlined_sums
    def unit(p: Any, q: Any, b: Any, X: Any, n: int) -> Any:
        return σ(b + p * X[0, n] + q * X[1, n]) if D == 2 else σ(b + p * X[0, n])

    @inlined_sums
    def forward(W: Any, X: Any, h: Any, z: Any, H: int) -> None:
        N, output_bias = X.shape[1], W[len(W) - 1]
        for n in range(N):
            z[n] = output_bias
        for j in range(0, H - 3, 4):
            p0, q0, b0, v0 = weights_of(W, H, j)
            p1, q1, b1, v1 = weights_of(W, H, j + 1)
            p2, q2, b2, v2 = weights_of(W, H, j + 2)
            p3, q3, b3, v3 = weights_of(W, H, j + 3)
            for n in range(N):
                h0, h1 = unit(p0, q0, b0, X, n), unit(p1, q1, b1, X, n)
                h2, h3 = unit(p2, q2, b2, X, n), unit(p3, q3, b3, X, n)
                h[j, n], h[j + 1, n], h[j + 2, n], h[j + 3, n] = h0, h1, h2, h3
                z[n] += (v0 * h0 + v1 * h1) + (v2 * h2 + v3 * h3)
        for j in range(H // 4 * 4, H):
            p0, q0, b0, v0 = weights_of(W, H, j)
            for n in range(N):
                h0 = unit(p0, q0, b0, X, n)
                h[j, n] = h0
                z[n] += v0 * h0

    return forward


def _backward_pass(D: int, activation: str) -> Any:
    """The gradient of all parameters. Of g, the outputs' gradient, each unit needs Σ g·h, Σ d, Σ d·x, where d = g·σ'.

    A ReLU's value is w·x + b where it is open, and there alone g counts: Σ g·h follows from the other sums.
    """
    _, gate = _ACTIVATIONS[activation]
    open_line = activation == "relu"

    @inlined_sums
    def put(W: Any, G: Any, H: int, j: int, s: Any, t: Any, p: Any, q: Any) -> None:
        b, v = H * D + j, H * D + H + j
        if not open_line:
            G[v] = s
        elif D == 2:
            G[v] = W[b] * t + W[D * j] * p + W[D * j + 1] * q
        else:
            G[v] = W[b] * t + W[D * j] * p
        G[b], G[D * j] = W[v] * t, W[v] * p
        if D == 2:
            G[D * j + 1] = W[v] * q

    @inlined_sums
    def backward(W: Any, G: Any, X: Any, h: Any, g: Any, H: int) -> None:
        N, total = len(g), F(0)
        for n in range(N):
            total += g[n]
        G[len(G) - 1] = total
        for j in range(0, H - 3, 4):
            s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = F(0)
            p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = F(0)
            for n in range(N):
                a, b = X[0, n], X[D - 1, n]
                h0, h1, h2, h3 = h[j, n], h[j + 1, n], h[j + 2, n], h[j + 3, n]
                d0, d1, d2, d3 = gate(g[n], h0), gate(g[n], h1), gate(g[n], h2), gate(g[n], h3)
                t0, t1, t2, t3 = t0 + d0, t1 + d1, t2 + d2, t3 + d3
                p0, p1, p2, p3 = p0 + d0 * a, p1 + d1 * a, p2 + d2 * a, p3 + d3 * a
                if D == 2:
                    q0, q1, q2, q3 = q0 + d0 * b, q1 + d1 * b, q2 + d2 * b, q3 + d3 * b
                if not open_line:
                    s0, s1, s2, s3 = s0 + g[n] * h0, s1 + g[n] * h1, s2 + g[n] * h2, s3 + g[n] * h3
            put(W, G, H, j, s0, t0, p0, q0)
            put(W, G, H, j + 1, s1, t1, p1, q1)
            put(W, G, H, j + 2, s2, t2, p2, q2)
            put(W, G, H, j + 3, s3, t3, p3, q3)
        for j in range(H // 4 * 4, H):
            s0 = t0 = p0 = q0 = F(0)
            for n in range(N):
                d0 = gate(g[n], h[j, n])
                s0, t0, p0, q0 = s0 + g[n] * h[j, n], t0 + d0, p0 + d0 * X[0, n], q0 + d0 * X[D - 1, n]
            put(W, G, H, j, s0, t0, p0, q0)

    return backward
