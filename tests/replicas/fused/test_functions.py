"""Elementary functions against SciPy in float64, over their ranges and beyond; shuffles against torch, to the bit."""

from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
import torch
from scipy import special

from looplab.data import batch_order
from looplab.lanes import functions
from looplab.lanes.across import doubled, lane, pairs_added, quarters, total, totals_4, totals_8, transpose_16
from looplab.lanes.vectors import lanes_of, load, numbers_of, one, put, store, wide
from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.kernels.shuffles import seed_generator, shuffle
from looplab.replicas.fused.layers import STATE_WORDS


@pytest.fixture(params=["float32", "float64"])
def kind(request: pytest.FixtureRequest) -> Any:
    """NumPy's type of the numbers that kernels compute with."""
    return np.dtype(request.param).type


@pytest.fixture(params=["compiled", "in Python"])
def ready(request: pytest.FixtureRequest, kind: Any) -> Iterator[Callable[[Any], Any]]:
    """Makes a kernel ready to be called: as it is compiled, or as it is."""
    with numbers_of(kind):
        if request.param == "in Python":
            yield lambda kernel: kernel
        else:
            yield lambda kernel: numba.njit(Kernels(number=np.dtype(kind).name).with_stand_ins(kernel))


@pytest.fixture
def evaluate(ready: Callable[[Any], Any], kind: Any) -> Callable[[Any, Any], Any]:
    """Computes a function of many numbers, rounded to the type; returns these numbers and the results."""

    def evaluate(function: Any, x: Any) -> Any:
        def over(x: Any, y: Any) -> None:
            for i in range(0, len(x), 16):
                store(y, i, function(load(one(0.0), x, i)))

        values = np.resize(np.asarray(x, kind), -(-len(x) // 16) * 16)
        result = np.empty_like(values)
        with np.errstate(all="ignore"):
            ready(over)(values, result)
        return values[: len(x)].astype(np.float64), result[: len(x)].astype(np.float64)

    return evaluate


@pytest.mark.parametrize(
    ("name", "exact", "low", "high"),
    [
        ("exp", np.exp, -87.0, 88.0),
        ("exp_negative", np.exp, -60.0, 0.0),
        ("log1p_unit", np.log1p, 1e-30, 1.0),
        ("tanh", np.tanh, -20.0, 20.0),
        ("tanh", np.tanh, -1e-3, 1e-3),
        ("erf", special.erf, -8.0, 8.0),
        ("erf", special.erf, -1e-3, 1e-3),
        ("sigmoid", special.expit, -87.0, 87.0),
        ("expm1_negative", np.expm1, -80.0, 0.0),
        ("expm1_negative", np.expm1, -1e-3, 0.0),
    ],
)
def test_relative_error_is_at_most_a_few_roundings(
    evaluate: Any, kind: Any, name: str, exact: Any, low: float, high: float
) -> None:
    x, y = evaluate(getattr(functions, name), np.linspace(low, high, 20_000))
    expected = exact(x)
    assert (np.abs(y - expected) <= 3 * np.finfo(kind).eps * np.abs(expected)).all()


@pytest.mark.parametrize("kind", ["float64"], indirect=True)
def test_exponents_of_doubles_reach_further(evaluate: Any) -> None:
    x, y = evaluate(functions.exp, np.linspace(-708.0, 709.0, 20_000))
    assert (np.abs(y - np.exp(x)) <= 3 * np.finfo(np.float64).eps * np.exp(x)).all()
    x, y = evaluate(functions.log, np.geomspace(1e-300, 1e300, 20_000))
    assert (np.abs(y - np.log(x)) <= 3 * np.finfo(np.float64).eps * np.maximum(1, np.abs(np.log(x)))).all()


def test_log_error_is_at_most_a_few_roundings_of_the_larger_of_one_and_the_result(evaluate: Any, kind: Any) -> None:
    x, y = evaluate(functions.log, np.geomspace(1e-3, 1e9, 20_000))
    assert (np.abs(y - np.log(x)) <= 1.7 * np.finfo(kind).eps * np.maximum(1, np.abs(np.log(x)))).all()


def test_log1p_loses_no_digits_from_the_smallest_to_a_product_of_124_factors_of_2(evaluate: Any, kind: Any) -> None:
    x, y = evaluate(functions.log1p, np.concatenate([[0.0], np.geomspace(1e-30, 2.0**124, 20_000)]))
    assert (np.abs(y - np.log1p(x)) <= 3 * np.finfo(kind).eps * np.log1p(x)).all()


@pytest.mark.parametrize(
    "name", ["exp", "exp_negative", "log1p", "log1p_unit", "tanh", "erf", "sigmoid", "expm1_negative"]
)
def test_nan_stays_nan(evaluate: Any, name: str) -> None:
    assert np.isnan(evaluate(getattr(functions, name), [np.nan])[1]).all()


def test_what_is_nothing_beside_one_is_no_smaller_than_the_processor_likes(evaluate: Any) -> None:
    _, y = evaluate(functions.exp_negative, [-60.0, -70.0, -1e3, -3e38, -np.inf])
    np.testing.assert_array_equal(y, y[0])
    assert 1e-27 < y[0] < 1e-25


@pytest.mark.parametrize(("name", "low", "high"), [("tanh", -1, 1), ("erf", -1, 1), ("sigmoid", 0, 1)])
def test_infinity_saturates(evaluate: Any, name: str, low: float, high: float) -> None:
    _, y = evaluate(getattr(functions, name), [-np.inf, np.inf])
    np.testing.assert_allclose(y, [low, high], atol=3e-7)


@pytest.mark.parametrize("like", [one, wide])
def test_total_adds_all_lanes(ready: Any, kind: Any, like: Any) -> None:
    def add(x: Any, y: Any) -> None:
        put(y, 0, total(load(like(0.0), x, 0)))

    def count() -> int:
        return lanes_of(like(0.0))

    y = np.zeros(1, kind)
    ready(add)(np.arange(64, dtype=kind), y)
    assert y[0] == sum(range(ready(count)()))


def test_totals_stand_side_by_side(ready: Any, kind: Any) -> None:
    def add(x: Any, four: Any, eight: Any) -> None:
        v = one(0.0)
        a, b, c, d = load(v, x, 0), load(v, x, 16), load(v, x, 32), load(v, x, 48)
        e, f, g, h = load(v, x, 64), load(v, x, 80), load(v, x, 96), load(v, x, 112)
        store(four, 0, totals_4(a, b, c, d))
        sums = totals_8(a, b, c, d, e, f, g, h)
        for i in range(8):
            put(eight, i, lane(sums, i))

    x = np.random.default_rng(0).integers(0, 100, (8, 16)).astype(kind)
    four, eight = np.zeros(4, kind), np.zeros(8, kind)
    ready(add)(x.reshape(-1), four, eight)
    np.testing.assert_array_equal(four, x[:4].sum(axis=1))
    np.testing.assert_array_equal(eight, x.sum(axis=1))


def test_pairs_and_doubles(ready: Any, kind: Any) -> None:
    def pair(x: Any, sums: Any, twice: Any) -> None:
        store(sums, 0, pairs_added(load(one(0.0), x, 0)))
        store(twice, 0, doubled(load(one(0.0), x, 0)))

    x = np.arange(16, dtype=kind)
    sums, twice = np.zeros(8, kind), np.zeros(32, kind)
    ready(pair)(x, sums, twice)
    np.testing.assert_array_equal(sums, x[::2] + x[1::2])
    np.testing.assert_array_equal(twice, x.repeat(2))


@pytest.mark.parametrize("like", [one, wide])
def test_quarters_hold_all_lanes_and_then_zeros(ready: Any, kind: Any, like: Any) -> None:
    def cut(x: Any, y: Any) -> None:
        a, b, c, d = quarters(one(0.0), load(like(0.0), x, 0))
        store(y, 0, a)
        store(y, 16, b)
        store(y, 32, c)
        store(y, 48, d)

    def count() -> int:
        return lanes_of(like(0.0))

    lanes = ready(count)()
    x, y = np.arange(1, 65, dtype=kind), np.full(64, np.nan, kind)
    ready(cut)(x, y)
    np.testing.assert_array_equal(y, np.where(np.arange(64) < lanes, x, 0))


def test_transpose_16(ready: Any, kind: Any) -> None:
    def turn(x: Any, y: Any) -> None:
        transpose_16(x, 3, 20, y, 1, 17)

    x, y = np.arange(400, dtype=kind), np.zeros(300, kind)
    ready(turn)(x, y)
    rows = x[3 : 3 + 320].reshape(16, 20)[:, :16]
    np.testing.assert_array_equal(y[1 : 1 + 272].reshape(16, 17)[:, :16], rows.T)


def orders(seed: int, rows: int, epochs: int) -> Any:
    """Permutations of so many epochs, one after the other."""
    state, order = np.zeros(STATE_WORDS, np.uint32), np.zeros(rows, np.int32)
    result = np.zeros((epochs, rows), np.int64)
    seed_generator(state, seed)
    for epoch in range(epochs):
        shuffle(state, order, rows)
        result[epoch] = order
    return result


compiled_orders = numba.njit(Kernels().with_stand_ins(orders))  # once for all sizes and seeds


@pytest.mark.parametrize("of", [orders, compiled_orders], ids=["in Python", "compiled"])
@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**63 - 1])
@pytest.mark.parametrize("rows", [1, 2, 3, 7, 100, 623, 625, 5000])
def test_shuffles_are_those_of_torch_to_the_bit(of: Any, rows: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    expected = np.stack([torch.randperm(rows, generator=generator).numpy() for _ in range(3)])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(of(seed, rows, 3), expected)
    ordered = torch.cat([batch for batch in batch_order(rows, 64, -(-rows // 64), seed) if batch is not None])
    np.testing.assert_array_equal(expected[0], ordered.numpy())
