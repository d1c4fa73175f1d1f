"""The gradient boosting arm: settings chosen inside the training rows; its trees as numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from looplab.comparison.boosting import choose_boosting, fit_boosting
from looplab.comparison.examples import Examples
from looplab.comparison.folds import Split
from looplab.comparison.trees import are_trees, tree_outputs


def examples(rows: int, task: str, classes: int = 0, seed: int = 0) -> Examples:
    """Ten columns, of which two matter, in steps."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 10)).astype(np.float32)
    signal = np.sign(X[:, 0]) + (X[:, 1] > 0.5)
    y: NDArray[Any]
    if task == "regression":
        y = (signal + 0.3 * random.normal(size=rows)).astype(np.float32)[:, None]
    else:
        y = np.digitize(signal + 0.3 * random.normal(size=rows), np.linspace(-1, 2, classes + 1)[1:-1])
    orders = [random.permutation(rows) for _ in range(3)]
    inner = tuple(Split(order[rows // 5 :], order[: rows // 5]) for order in orders)
    return Examples(X=X, y=y, task=task, classes=classes, inner=inner, seed=0)  # type: ignore[arg-type]  # a task


def test_chosen_settings_follow_noise_less_than_scikit_learns_defaults() -> None:
    random = np.random.default_rng(3)
    given, fresh = examples(150, "regression"), examples(2000, "regression", seed=1)
    noisy = replace(given, y=given.y + 2 * random.normal(size=(150, 1)).astype(np.float32))
    tuned = fit_boosting(noisy).predict(fresh.X)[0, :, 0]
    plain = HistGradientBoostingRegressor(random_state=0).fit(noisy.X, noisy.y[:, 0]).predict(fresh.X)
    assert ((tuned - fresh.y[:, 0]) ** 2).mean() < 0.7 * ((plain - fresh.y[:, 0]) ** 2).mean()


def test_nothing_to_learn_ends_after_few_trees() -> None:
    given = examples(200, "regression")
    noise = np.random.default_rng(3).normal(size=200)
    assert choose_boosting(given, noise).max_iter < choose_boosting(given, given.y[:, 0]).max_iter
    assert choose_boosting(given, noise).max_iter < 30


@pytest.mark.parametrize(("task", "classes"), [("regression", 0), ("binary", 2), ("multiclass", 3)])
def test_saved_trees_give_what_scikit_learn_gives(task: str, classes: int) -> None:
    given, fresh = examples(120, task, classes), examples(50, task, classes, seed=1)
    fitted = fit_boosting(given, members=3)
    trees, start = (fitted.tensors[name].numpy() for name in ("trees", "start"))
    outputs = tree_outputs(fresh.X, trees, start)
    predicted = fitted.predict(fresh.X)
    if task == "binary":
        outputs = np.concatenate([1 - 1 / (1 + np.exp(-outputs)), 1 / (1 + np.exp(-outputs))], axis=2)
    elif task == "multiclass":
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(outputs, predicted, rtol=1e-6, atol=1e-9)
    assert are_trees(fitted.tensors, 10, 1 if classes < 3 else 3)
    assert not np.allclose(predicted[0], predicted[1]), "the other members are refits"


def test_a_class_that_is_missing_gets_probability_0_and_a_single_class_is_predicted() -> None:
    given = examples(60, "multiclass", 3)
    wider = replace(given, classes=5)
    assert fit_boosting(wider).predict(given.X)[0, :, 3:].max() == 0
    given.y[:] = 2
    assert fit_boosting(given).predict(given.X)[0, :, 2].min() == 1


def test_several_outputs_have_settings_of_their_own() -> None:
    given = examples(100, "regression")
    noise = np.random.default_rng(3).normal(size=(100, 1)).astype(np.float32)
    given = replace(given, y=np.concatenate([given.y, noise], axis=1))
    fitted = fit_boosting(given, members=2)
    assert fitted.predict(given.X).shape == (2, 100, 2)
    counts = [each["max_iter"] for each in fitted.chosen["outputs"]]
    assert counts[0] > counts[1]
    trees, start = (fitted.tensors[name].numpy() for name in ("trees", "start"))
    np.testing.assert_allclose(tree_outputs(given.X, trees, start), fitted.predict(given.X), rtol=1e-6, atol=1e-9)


def stump() -> dict[str, torch.Tensor]:
    """One tree: 1 up to 0.5 in column 1, else 2."""
    nodes = [[1.0, 0.5, 1.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 2.0]]
    return {"trees": torch.tensor([[[nodes]]], dtype=torch.float64), "start": torch.zeros(1, 1, dtype=torch.float64)}


def wrong(place: int, value: float) -> dict[str, NDArray[np.float64] | torch.Tensor]:
    tensors = stump()
    tensors["trees"][0, 0, 0, 0, place] = value
    return dict(tensors)


def test_a_stump_by_hand() -> None:
    rows, tensors = np.array([[9.0, 0.5], [0.0, 0.6]]), stump()
    assert are_trees(tensors, 2, 1)
    assert tree_outputs(rows, tensors["trees"].numpy(), tensors["start"].numpy())[0, :, 0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        (wrong(0, 2.0), "a column that is not there"),
        (wrong(0, -1.0), "a column that is not there"),
        (wrong(2, 3.0), "a child that is not there"),
        (wrong(3, 0.0), "a child that is its own parent's parent"),
        (wrong(2, 0.5), "half a child"),
        ({"trees": stump()["trees"]}, "no start"),
        (stump() | {"start": torch.zeros(1, 2)}, "another number of outputs"),
        (stump() | {"trees": torch.zeros(1, 0, 1, 1, 5)}, "no tree"),
        (stump() | {"trees": torch.zeros(1, 1, 1, 1, 4)}, "four numbers"),
    ],
)
def test_what_cannot_be_followed_is_no_tree(tensors: dict[str, torch.Tensor], why: str) -> None:
    assert not are_trees(tensors, 2, 1), why
