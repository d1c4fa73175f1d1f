"""Matrix products: almost all the arithmetic of a network.

Sizes: C is I×N, A is I×K, B is K×N; N is a multiple of 16, and the columns of B and C lie side by side.

A processor can only add fast while it has many sums on the way at once and finds them all in registers. So each
product is computed in tiles: four rows of C at a time, as many columns as a wide vector has lanes.
"""
# ruff: noqa: E741 - I is the mathematics' name

from typing import Any

from looplab.lanes.across import lane, total, totals_4, totals_8
from looplab.lanes.arithmetic import splat
from looplab.lanes.vectors import WIDTH, at, lanes_of, load, one, put, store, wide
from looplab.replicas.fused.kernels.groups import part, turned

__all__ = ["FROM_BIAS", "FROM_ITSELF", "FROM_ZERO", "add_total", "add_vector", "product", "row_products", "row_sums"]

FROM_ZERO, FROM_BIAS, FROM_ITSELF = 0, 1, 2
"""What a product is added to: nothing, a number per row of C, or what C holds already."""


def product(C: Any, A: Any, B: Any, I: int, K: int, N: int, start: int, bias: int) -> None:
    """C = A·B, plus what `start` says; the biases are at `bias`, `bias + 1`, … in the array of A."""
    n = 0
    while n + lanes_of(wide(0.0)) <= N:
        _columns(wide(0.0), part(C, 0, n), A, part(B, 0, n), I, K, start, bias)
        n += lanes_of(wide(0.0))
    while n < N:
        _columns(one(0.0), part(C, 0, n), A, part(B, 0, n), I, K, start, bias)
        n += WIDTH


def _columns(like: Any, C: Any, A: Any, B: Any, I: int, K: int, start: int, bias: int) -> None:
    """As many columns of C as `like` has lanes, four rows at a time."""
    i = 0
    while i + 4 <= I:
        _four_rows(like, part(C, i, 0), part(A, i, 0), B, K, start, bias + i)
        i += 4
    while i < I:
        _one_row(like, part(C, i, 0), part(A, i, 0), B, K, start, bias + i)
        i += 1


def _four_rows(like: Any, C: Any, A: Any, B: Any, K: int, start: int, bias: int) -> None:
    c0, c1, c2, c3 = C.begin, C.begin + C.row, C.begin + 2 * C.row, C.begin + 3 * C.row
    s0 = _begin(like, A, C, c0, start, bias)
    s1 = _begin(like, A, C, c1, start, bias + 1)
    s2 = _begin(like, A, C, c2, start, bias + 2)
    s3 = _begin(like, A, C, c3, start, bias + 3)
    a, b = A.begin, B.begin
    for _ in range(K):
        row = load(like, B.numbers, b)
        s0 += at(A.numbers, a) * row
        s1 += at(A.numbers, a + A.row) * row
        s2 += at(A.numbers, a + 2 * A.row) * row
        s3 += at(A.numbers, a + 3 * A.row) * row
        a += A.column
        b += B.row
    store(C.numbers, c0, s0)
    store(C.numbers, c1, s1)
    store(C.numbers, c2, s2)
    store(C.numbers, c3, s3)


def _one_row(like: Any, C: Any, A: Any, B: Any, K: int, start: int, bias: int) -> None:
    s = _begin(like, A, C, C.begin, start, bias)
    for k in range(K):
        s += at(A.numbers, A.begin + k * A.column) * load(like, B.numbers, B.begin + k * B.row)
    store(C.numbers, C.begin, s)


def _begin(like: Any, A: Any, C: Any, c: int, start: int, bias: int) -> Any:
    if start == FROM_BIAS:
        return splat(like, at(A.numbers, bias))
    if start == FROM_ITSELF:
        return load(like, C.numbers, c)
    return like


def row_products(G: Any, P: Any, Q: Any, I: int, K: int, N: int, sums: int) -> None:
    """G[i, k] += Σₙ P[i, n]·Q[k, n], for rows that lie contiguous.

    Unless `sums` is -1, what is there in the array of G, at `sums + i`, is added Σₙ P[i, n], too: P is read anyway.
    """
    i = 0
    while i + 4 <= I:
        _four_with_all(part(G, i, 0), part(P, i, 0), Q, K, N, sums + i if sums >= 0 else -1)
        i += 4
    k = 0
    while k + 4 <= K and i < I:
        _four_with_all(turned(part(G, i, k)), part(Q, k, 0), part(P, i, 0), I - i, N, -1)
        k += 4
    for row in range(i, I):
        for column in range(k, K):
            _one_with_one(part(G, row, column), part(P, row, 0), part(Q, column, 0), N)
        if sums >= 0:
            add_total(G.numbers, sums + row, _row_sum(part(P, row, 0), N))


def _one_with_one(G: Any, P: Any, Q: Any, N: int) -> None:
    products = one(0.0)
    for n in range(0, N, WIDTH):
        products += load(products, P.numbers, P.begin + n) * load(products, Q.numbers, Q.begin + n)
    add_total(G.numbers, G.begin, products)


def _four_with_all(G: Any, P: Any, Q: Any, K: int, N: int, sums: int) -> None:
    """Four rows of P with all K of Q, two of them at a time."""
    k = 0
    while k + 2 <= K:
        _four_with_two(part(G, 0, k), P, part(Q, k, 0), N, sums)
        sums = -1
        k += 2
    if k < K:
        _four_with_one(part(G, 0, k), P, part(Q, k, 0), N, sums)


def _four_with_two(G: Any, P: Any, Q: Any, N: int, sums: int) -> None:
    like, p, q = one(0.0), P.begin, Q.begin
    s00 = s10 = s20 = s30 = s01 = s11 = s21 = s31 = t0 = t1 = t2 = t3 = like
    for n in range(0, N, WIDTH):
        q0, q1 = load(like, Q.numbers, q + n), load(like, Q.numbers, q + Q.row + n)
        p0, p1 = load(like, P.numbers, p + n), load(like, P.numbers, p + P.row + n)
        p2, p3 = load(like, P.numbers, p + 2 * P.row + n), load(like, P.numbers, p + 3 * P.row + n)
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
        _add_number(G.numbers, G.begin + i * G.row, lane(products, i))
        _add_number(G.numbers, G.begin + i * G.row + G.column, lane(products, i + 4))
    if sums >= 0:
        add_vector(G.numbers, sums, totals_4(t0, t1, t2, t3))


def _four_with_one(G: Any, P: Any, Q: Any, N: int, sums: int) -> None:
    like, p = one(0.0), P.begin
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = like
    for n in range(0, N, WIDTH):
        row = load(like, Q.numbers, Q.begin + n)
        p0, p1 = load(like, P.numbers, p + n), load(like, P.numbers, p + P.row + n)
        p2, p3 = load(like, P.numbers, p + 2 * P.row + n), load(like, P.numbers, p + 3 * P.row + n)
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
        _add_number(G.numbers, G.begin + i * G.row, lane(products, i))
    if sums >= 0:
        add_vector(G.numbers, sums, totals_4(t0, t1, t2, t3))


def add_vector(G: Any, g: int, vector: Any) -> None:
    """G[g] and its neighbours += the lanes of a vector."""
    store(G, g, load(vector, G, g) + vector)


def add_total(G: Any, g: int, sums: Any) -> None:
    """G[g] += the sum of all lanes."""
    _add_number(G, g, total(sums))


def _add_number(G: Any, g: int, number: Any) -> None:
    put(G, g, at(G, g) + number)


def row_sums(G: Any, g: int, P: Any, I: int, N: int) -> None:
    """G[g + i] += Σₙ P[i, n]."""
    for i in range(I):
        add_total(G, g + i, _row_sum(part(P, i, 0), N))


def _row_sum(P: Any, N: int) -> Any:
    sums = one(0.0)
    for n in range(0, N, WIDTH):
        sums += load(sums, P.numbers, P.begin + n)
    return sums
