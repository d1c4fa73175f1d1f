"""Matrix products: almost all the arithmetic of a network.

Matrices lie in flat float32 arrays. A capital letter is the array, the small letter behind it where the matrix begins
in it, and `A_row`, `A_col` how far apart two rows and two columns are. Sizes: C is I×N, A is I×K, B is K×N.

A processor can only add fast while it has many sums on the way at once and finds them all in registers. So each
product is computed in tiles: four rows of C at a time, as many columns as a wide vector has lanes.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.kernels.instructions import lane, total, totals_4, totals_8
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDE, WIDTH, at, load, one, put, splat, store, wide

__all__ = ["FROM_BIAS", "FROM_ITSELF", "FROM_ZERO", "add_total", "add_vector", "product", "row_products", "row_sums"]

FROM_ZERO, FROM_BIAS, FROM_ITSELF = 0, 1, 2
"""What a product is added to: nothing, a number per row of C, or what C holds already."""


@kernel
def product(
    A: Any, a: int, A_row: int, A_col: int, B: Any, b: int, B_row: int, C: Any, c: int, C_row: int,
    I: int, K: int, N: int, start: int, bias: int,
) -> None:  # fmt: skip
    """C = A·B, plus what `start` says; the biases are at A[bias], A[bias + 1], …; N is a multiple of 16."""
    n = 0
    while n + WIDE <= N:
        _columns(wide(0.0), A, a, A_row, A_col, B, b + n, B_row, C, c + n, C_row, I, K, start, bias)
        n += WIDE
    while n < N:
        _columns(one(0.0), A, a, A_row, A_col, B, b + n, B_row, C, c + n, C_row, I, K, start, bias)
        n += WIDTH


@kernel
def _columns(
    like: Any, A: Any, a: int, A_row: int, A_col: int, B: Any, b: int, B_row: int, C: Any, c: int, C_row: int,
    I: int, K: int, start: int, bias: int,
) -> None:  # fmt: skip
    """As many columns of C as `like` has lanes, four rows at a time."""
    i = 0
    while i + 4 <= I:
        _four_rows(
            like, A, a + i * A_row, A_row, A_col, B, b, B_row, C, c + i * C_row, C_row, K, start, bias + i
        )  # fmt: skip
        i += 4
    while i < I:
        _one_row(like, A, a + i * A_row, A_col, B, b, B_row, C, c + i * C_row, K, start, bias + i)
        i += 1


@kernel
def _four_rows(
    like: Any, A: Any, a: int, A_row: int, A_col: int, B: Any, b: int, B_row: int, C: Any, c: int, C_row: int,
    K: int, start: int, bias: int,
) -> None:  # fmt: skip
    c0, c1, c2, c3 = c, c + C_row, c + 2 * C_row, c + 3 * C_row
    s0 = _begin(like, A, C, c0, start, bias)
    s1 = _begin(like, A, C, c1, start, bias + 1)
    s2 = _begin(like, A, C, c2, start, bias + 2)
    s3 = _begin(like, A, C, c3, start, bias + 3)
    for _ in range(K):
        row = load(like, B, b)
        s0 += at(A, a) * row
        s1 += at(A, a + A_row) * row
        s2 += at(A, a + 2 * A_row) * row
        s3 += at(A, a + 3 * A_row) * row
        a += A_col
        b += B_row
    store(C, c0, s0)
    store(C, c1, s1)
    store(C, c2, s2)
    store(C, c3, s3)


@kernel
def _one_row(
    like: Any, A: Any, a: int, A_col: int, B: Any, b: int, B_row: int, C: Any, c: int, K: int, start: int, bias: int
) -> None:
    s = _begin(like, A, C, c, start, bias)
    for _ in range(K):
        s += at(A, a) * load(like, B, b)
        a += A_col
        b += B_row
    store(C, c, s)


@kernel
def _begin(like: Any, A: Any, C: Any, c: int, start: int, bias: int) -> Any:
    if start == FROM_BIAS:
        return splat(like, at(A, bias))
    if start == FROM_ITSELF:
        return load(like, C, c)
    return like


@kernel
def row_products(
    P: Any, p: int, P_row: int, I: int, Q: Any, q: int, Q_row: int, K: int, N: int,
    G: Any, g: int, G_row: int, G_col: int, sums: int,
) -> None:  # fmt: skip
    """G[i, k] += Σₙ P[i, n]·Q[k, n], for rows that lie contiguous; N is a multiple of 16.

    Unless `sums` is -1, G[sums + i] += Σₙ P[i, n], too: P is read anyway.
    """
    i = 0
    while i + 4 <= I:
        _four_with_all(
            P, p + i * P_row, P_row, Q, q, Q_row, K, N, G, g + i * G_row, G_row, G_col, sums + i if sums >= 0 else -1
        )  # fmt: skip
        i += 4
    k = 0
    while k + 4 <= K and i < I:
        _four_with_all(
            Q, q + k * Q_row, Q_row, P, p + i * P_row, P_row, I - i, N, G, g + i * G_row + k * G_col, G_col, G_row, -1
        )
        k += 4
    for row in range(i, I):
        for column in range(k, K):
            products = one(0.0)
            for n in range(0, N, WIDTH):
                products += load(products, P, p + row * P_row + n) * load(products, Q, q + column * Q_row + n)
            add_total(G, g + row * G_row + column * G_col, products)
        if sums >= 0:
            add_total(G, sums + row, _row_sum(P, p + row * P_row, N))


@kernel
def _four_with_all(
    P: Any, p: int, P_row: int, Q: Any, q: int, Q_row: int, K: int, N: int,
    G: Any, g: int, G_row: int, G_col: int, sums: int,
) -> None:  # fmt: skip
    """Four rows of P with all K of Q, two of them at a time."""
    k = 0
    while k + 2 <= K:
        _four_with_two(P, p, P_row, Q, q + k * Q_row, Q_row, N, G, g + k * G_col, G_row, G_col, sums)
        sums = -1
        k += 2
    if k < K:
        _four_with_one(P, p, P_row, Q, q + k * Q_row, N, G, g + k * G_col, G_row, sums)


@kernel
def _four_with_two(
    P: Any, p: int, P_row: int, Q: Any, q: int, Q_row: int, N: int, G: Any, g: int, G_row: int, G_col: int, sums: int
) -> None:
    like = one(0.0)
    s00 = s10 = s20 = s30 = s01 = s11 = s21 = s31 = t0 = t1 = t2 = t3 = like
    for n in range(0, N, WIDTH):
        q0, q1 = load(like, Q, q + n), load(like, Q, q + Q_row + n)
        p0, p1 = load(like, P, p + n), load(like, P, p + P_row + n)
        p2, p3 = load(like, P, p + 2 * P_row + n), load(like, P, p + 3 * P_row + n)
        s00 += p0 * q0
        s10 += p1 * q0
        s20 += p2 * q0
        s30 += p3 * q0
        s01 += p0 * q1
        s11 += p1 * q1
        s21 += p2 * q1
        s31 += p3 * q1
        t0 += p0
        t1 += p1
        t2 += p2
        t3 += p3
    products = totals_8(s00, s10, s20, s30, s01, s11, s21, s31)
    for i in range(4):
        _add_number(G, g + i * G_row, lane(products, i))
        _add_number(G, g + i * G_row + G_col, lane(products, i + 4))
    if sums >= 0:
        add_vector(G, sums, totals_4(t0, t1, t2, t3))


@kernel
def _four_with_one(P: Any, p: int, P_row: int, Q: Any, q: int, N: int, G: Any, g: int, G_row: int, sums: int) -> None:
    like = one(0.0)
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = like
    for n in range(0, N, WIDTH):
        row = load(like, Q, q + n)
        p0, p1 = load(like, P, p + n), load(like, P, p + P_row + n)
        p2, p3 = load(like, P, p + 2 * P_row + n), load(like, P, p + 3 * P_row + n)
        s0 += p0 * row
        s1 += p1 * row
        s2 += p2 * row
        s3 += p3 * row
        t0 += p0
        t1 += p1
        t2 += p2
        t3 += p3
    products = totals_4(s0, s1, s2, s3)
    for i in range(4):
        _add_number(G, g + i * G_row, lane(products, i))
    if sums >= 0:
        add_vector(G, sums, totals_4(t0, t1, t2, t3))


@kernel
def add_vector(G: Any, g: int, vector: Any) -> None:
    """G[g] and its neighbours += the lanes of a vector."""
    store(G, g, load(vector, G, g) + vector)


@kernel
def add_total(G: Any, g: int, sums: Any) -> None:
    """G[g] += the sum of all lanes."""
    _add_number(G, g, total(sums))


@kernel
def _add_number(G: Any, g: int, number: Any) -> None:
    put(G, g, at(G, g) + number)


@kernel
def row_sums(P: Any, p: int, P_row: int, I: int, N: int, G: Any, g: int) -> None:
    """G[i] += Σₙ P[i, n]; N is a multiple of 16."""
    for i in range(I):
        add_total(G, g + i, _row_sum(P, p + i * P_row, N))


@kernel
def _row_sum(P: Any, p: int, N: int) -> Any:
    sums = one(0.0)
    for n in range(0, N, WIDTH):
        sums += load(sums, P, p + n)
    return sums
