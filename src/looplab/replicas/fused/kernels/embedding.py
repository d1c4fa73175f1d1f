"""Vectors of categories: looked up going forward; going back, gradients are added to the vectors that were looked up.

A block has the categories as numbers, D×N, of which each begins at E times itself in the table, a row a category. The
vectors lie side by side, so Z is (D·E)×N. Machine code has these kernels only where a network with an embedding is met.
"""

from typing import Any

from looplab.lanes.vectors import WIDTH, at, load, one, put, store

__all__ = ["embed", "embed_back", "pool", "pool_back"]


def embed(Z: Any, X: Any, W: Any, node: Any, N: int) -> None:
    """Z = the vectors of the categories X; the rows that only fill up have category 0."""
    E = int(node.b)
    for d in range(node.inputs):
        x = X.begin + d * X.row
        for e in range(E):
            z, w = Z.begin + (d * E + e) * Z.row, node.weights + e
            for n in range(N):
                put(Z.numbers, z + n, at(W, w + int(at(X.numbers, x + n)) * E))


def embed_back(memory: Any, dZ: Any, X: Any, node: Any, real: int) -> None:
    """∂W += the gradient of each vector, but for that of the padding, whose number is `node.a`."""
    E = int(node.b)
    for d in range(node.inputs):
        x = X.begin + d * X.row
        for e in range(E):
            z, g = dZ.begin + (d * E + e) * dZ.row, node.weights + e
            for n in range(real):
                category = at(X.numbers, x + n)
                if category != node.a:
                    place = g + int(category) * E
                    put(memory.G, place, at(memory.G, place) + at(dZ.numbers, z + n))


def pool(Z: Any, X: Any, node: Any, N: int) -> None:
    """Z = the sum of a row's vectors, times `node.a`."""
    E, zeros = node.outputs, one(0.0)
    for e in range(E):
        for n in range(0, N, WIDTH):
            s = zeros
            for v in range(e, node.inputs, E):
                s += load(zeros, X.numbers, X.begin + v * X.row + n)
            store(Z.numbers, Z.begin + e * Z.row + n, s * node.a)


def pool_back(dX: Any, dZ: Any, node: Any, N: int) -> None:
    """∂X += for each vector the gradient of the sum, times `node.a`."""
    E, zeros = node.outputs, one(0.0)
    for v in range(node.inputs):
        x, z = dX.begin + v * dX.row, dZ.begin + v % E * dZ.row
        for n in range(0, N, WIDTH):
            gradient = load(zeros, dZ.numbers, z + n) * node.a
            store(dX.numbers, x + n, load(zeros, dX.numbers, x + n) + gradient)
