"""The linear arm: forms chosen inside the training rows, penalties that reach far enough."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from looplab.comparison.baselines import logistic_penalty, ridge_penalty
from looplab.comparison.examples import Examples
from looplab.comparison.folds import Split
from looplab.comparison.forms import Form, pairs_of_strongest
from looplab.comparison.linear import choose_form, fit_linear
from looplab.comparison.preparation import TargetScale

Floats = NDArray[np.float64]


def splits(rows: int, count: int = 6) -> tuple[Split, ...]:
    orders = [np.random.default_rng(seed).permutation(rows) for seed in range(count)]
    return tuple(Split(order[rows // 5 :], order[: rows // 5]) for order in orders)


def examples(own: Floats, X: Floats) -> Examples:
    scale = TargetScale.learn(own[:, None])
    return Examples(
        X=X.astype(np.float32),
        y=scale.apply(own[:, None]),
        task="regression",
        classes=0,
        inner=splits(len(X)),
        seed=0,
        scale=scale,
        own=own[:, None],
    )


def classes(y: NDArray[np.int64], X: Floats, count: int) -> Examples:
    task = "binary" if count == 2 else "multiclass"
    return Examples(X=X.astype(np.float32), y=y, task=task, classes=count, inner=splits(len(X)), seed=0)  # type: ignore[arg-type]  # one of both


def drawn(rows: int, columns: int, seed: int = 0) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, columns)), random.normal(size=rows)


PLAIN: dict[str, Callable[[Floats, Floats], Floats]] = {
    "linear": lambda X, noise: X.sum(axis=1) + noise,
    "linear and positive": lambda X, noise: 50 + X.sum(axis=1) + noise,
    "noise": lambda X, noise: noise,
    "a curve": lambda X, noise: X[:, 0] ** 2 + 0.1 * noise,
}


@pytest.mark.parametrize("truth", PLAIN)
def test_what_the_columns_alone_predict_as_well_keeps_the_plain_form(truth: str) -> None:
    for seed in range(4):
        X, noise = drawn(120, 5, seed)
        assert choose_form(examples(PLAIN[truth](X, noise), X))[0] == Form()


def test_products_are_found_in_numbers_and_classes() -> None:
    X, noise = drawn(200, 4)
    signal = X[:, 0] + 2 * X[:, 1] * X[:, 2]
    form, _ = choose_form(examples(signal + 0.3 * noise, X))
    assert not form.log
    assert (1, 2) in form.pairs
    assert (1, 2) in choose_form(classes((signal > 0).astype(np.int64), X, 2))[0].pairs


def test_a_target_that_grows_by_factors_is_predicted_by_its_logarithm() -> None:
    X, noise = drawn(300, 3)
    own = np.exp(8 + X @ [0.8, 0.5, 0.0] + 0.2 * noise)
    given = examples(own, X)
    fitted = fit_linear(given)
    assert fitted.chosen["form"].log
    fresh, _ = drawn(2000, 3, seed=1)
    assert given.scale is not None
    predicted = given.scale.undo(fitted.predict(fresh.astype(np.float32)))[0, :, 0]
    mean = np.exp(8 + fresh @ [0.8, 0.5, 0.0] + 0.2**2 / 2)  # of a log-normal
    near = mean < own.max()
    assert np.median(predicted[near] / mean[near]) == pytest.approx(1, abs=0.06)
    assert predicted.min() > 0


def test_a_logarithm_does_not_explode_far_from_training() -> None:
    X, noise = drawn(100, 2)
    given = examples(np.exp(2 * X[:, 0] + 0.1 * noise), X)
    far = fit_linear(given).predict(np.array([[50.0, 0.0]], dtype=np.float32))
    assert given.scale is not None
    assert given.own is not None
    logarithms = np.log(given.own)
    assert np.log(given.scale.undo(far)).item() < logarithms.max() + 1.5 * logarithms.std()


def test_members_are_refits_of_one_form() -> None:
    X, noise = drawn(150, 3)
    fitted = fit_linear(examples(X[:, 0] * X[:, 1] + 0.1 * noise, X), members=5)
    assert fitted.tensors["weights"].shape == (5, 3 + 3, 1)
    predicted = fitted.predict(X.astype(np.float32))
    assert predicted.shape == (5, 150, 1)
    assert 0 < predicted.std(axis=0).mean() < 0.1


def test_with_many_columns_only_products_of_the_strongest_are_tried() -> None:
    weights = np.zeros((40, 1))
    weights[[3, 30]] = [[2.0], [-5.0]]
    pairs = pairs_of_strongest(weights)
    assert len(pairs) == 12 * 11 / 2
    assert (3, 30) in pairs
    assert all(first < second for first, second in pairs)


def test_products_take_what_is_far_as_less_far() -> None:
    X = np.array([[100.0, 2.0]], dtype=np.float32)
    assert Form(((0, 1),)).inputs(X).tolist() == [[100.0, 2.0, 10.0]]
    assert Form().inputs(X) is X


def test_the_penalty_reaches_far_enough_for_more_columns_than_rows() -> None:
    chosen = [ridge_penalty(examples(*drawn(40, 400, seed)[::-1])) for seed in range(9)]
    assert np.median(chosen) > 1e3, "nothing to learn: shrink everything"
    X, noise = drawn(40, 400)
    y = (noise > 0).astype(np.int64)
    penalty, losses = logistic_penalty(classes(y, X, 2))
    assert penalty >= 1e2
    assert losses.mean() == pytest.approx(np.log(2), abs=0.05)


def test_a_weaker_penalty_must_be_worth_it() -> None:
    X, _ = drawn(120, 2)
    y = (X[:, 0] > 0).astype(np.int64)
    weak, losses = logistic_penalty(classes(y, X, 2))
    assert weak < 0.1, "the classes are apart"
    assert losses.shape == (6,)
    noisy = (X[:, 0] + np.random.default_rng(5).normal(size=120) > 0).astype(np.int64)
    assert logistic_penalty(classes(noisy, X, 2))[0] > weak


def test_words_of_a_form() -> None:
    assert Form().words == ""
    assert Form(((0, 1),), log=True).words == "of the target's logarithm with products of columns"
