import re
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from looplab import Dataset, load
from looplab.errors import ChoiceError, DataError


def line(rows: int, name: str = "line") -> Dataset:
    x = torch.arange(float(rows))[:, None]
    return Dataset(name=name, inputs=x, targets=2 * x, task="regression", feature_names=("x",), target_names=("y",))


@given(rows=st.integers(2, 200), fraction=st.floats(0.01, 0.99), seed=st.integers(0, 2**40))
def test_split_shares_out_every_row_once(rows: int, fraction: float, seed: int) -> None:
    first, second = line(rows).split(fraction, seed)
    assert sorted(first.inputs.flatten().tolist() + second.inputs.flatten().tolist()) == list(range(rows))
    assert len(first) == min(max(round(fraction * rows), 1), rows - 1)
    assert torch.equal(first.targets, 2 * first.inputs)


def test_split_depends_on_the_seed_and_not_on_the_global_random_state() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = line(50).split(0.5, seed=3)[0].inputs
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(line(50).split(0.5, seed=3)[0].inputs, first)
    assert not torch.equal(line(50).split(0.5, seed=4)[0].inputs, first)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 1.5])
def test_split_refuses_an_impossible_fraction(fraction: float) -> None:
    with pytest.raises(DataError, match=f"fraction: expected a number between 0 and 1, got {fraction}"):
        line(10).split(fraction, seed=0)


@given(rows=st.integers(2, 100), offset=st.floats(-100, 100), scale=st.floats(0.1, 100))
def test_standardized_inputs_have_mean_0_and_deviation_1(rows: int, offset: float, scale: float) -> None:
    base = line(rows)
    inputs = torch.cat([offset + scale * base.inputs, torch.full_like(base.inputs, 7.0)], dim=1)
    dataset = Dataset(
        name="two",
        inputs=inputs,
        targets=base.targets,
        task="regression",
        feature_names=("x", "c"),
        target_names=("y",),
    )
    standard = dataset.standardized().inputs
    assert standard[:, 0].mean().item() == pytest.approx(0, abs=1e-3)
    assert standard[:, 0].std(correction=0).item() == pytest.approx(1, abs=1e-3)
    assert standard[:, 1].tolist() == [0.0] * rows


def test_standardized_like_another_dataset_uses_its_mean_and_deviation() -> None:
    train, held_out = line(10), line(100)
    expected = (held_out.inputs - train.inputs.mean()) / train.inputs.std(correction=0)
    torch.testing.assert_close(held_out.standardized(like=train).inputs, expected)


def test_standardized_like_other_features_is_refused() -> None:
    other = Dataset(
        name="other",
        inputs=torch.ones(2, 1),
        targets=torch.ones(2, 1),
        task="regression",
        feature_names=("z",),
        target_names=("y",),
    )
    with pytest.raises(DataError, match="like: expected a dataset with the features x, got z"):
        line(3).standardized(like=other)


def test_a_dataset_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        line(3).name = "curve"  # type: ignore[misc]  # the assignment is the test


X = torch.zeros(4, 2)
BAD = {
    "int inputs": (X.long(), X[:, :1], "regression", 1, "inputs: expected a float32 tensor of shape (N, D), got int64"),
    "flat inputs": (X[:, 0], X[:, :1], "regression", 1, ".unsqueeze(1)"),
    "no rows": (
        X[:0],
        X[:0, :1],
        "regression",
        1,
        "inputs: expected at least one row and one column, got shape (0, 2)",
    ),
    "too few targets": (X, X[:3, :1], "regression", 1, "targets: expected 4 rows, as many as the inputs, got 3"),
    "flat targets": (X, X[:, 0], "regression", 1, "targets: expected a float32 tensor of shape (N, O), got float32"),
    "infinite input": (X + torch.inf, X[:, :1], "regression", 1, "inputs, row 0, column 0: expected a finite number"),
    "NaN target": (X, X[:, :1] / 0, "regression", 1, "targets: expected finite numbers, got infinity or NaN"),
    "names": (X, X[:, :1], "regression", 2, "target_names: expected 1 names, got 2"),
    "not 0 or 1": (X, X[:, :1] + 2, "binary", 2, "of zeros and ones, got values from 2 to 2"),
    "flat binary": (X, X[:, 0], "binary", 2, "targets: expected a float32 tensor of shape (N, 1) of zeros and ones"),
    "float classes": (X, X[:, 0], "multiclass", 3, "of classes 0 to 2, got float32 of shape (4,)"),
    "class too high": (X, X[:, 0].long() + 3, "multiclass", 3, "of classes 0 to 2, got values from 3 to 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_named(case: str) -> None:
    inputs, targets, task, names, message = BAD[case]
    with pytest.raises(DataError, match=re.escape(message)):
        make(inputs, targets, task, names)


def test_unknown_task_lists_the_tasks() -> None:
    with pytest.raises(ChoiceError, match=r"task: expected one of regression, .* Did you mean 'regression'"):
        make(X, X[:, :1], "regresion", 1)


def make(inputs: object, targets: object, task: str, names: int) -> object:
    # Through an untyped call: what is passed is wrong on purpose, and ours to notice.
    wrong: dict[str, object] = {
        "name": "bad",
        "inputs": inputs,
        "targets": targets,
        "task": task,
        "feature_names": ("a", "b"),
        "target_names": tuple("yzw"[:names]),
    }
    untyped: object = Dataset
    assert callable(untyped)
    return untyped(**wrong)


def test_one_row_cannot_be_split_and_the_fix_is_said() -> None:
    one = Dataset(
        name="one",
        inputs=torch.ones(1, 1),
        targets=torch.ones(1, 1),
        task="regression",
        feature_names=("x",),
        target_names=("y",),
    )
    with pytest.raises(DataError, match=r"^split: expected at least 2 rows, got 1$"):
        one.split(0.5, seed=0)
    with pytest.raises(DataError, match=r"got 2\. 0\.8 keeps four fifths\.$"):
        one.split(2, seed=0)


def test_standardizing_like_other_features_names_both_and_the_fix() -> None:
    moons, iris = load("moons"), load("iris")
    with pytest.raises(
        DataError, match=r"features x1, x2, got sepal .*, petal .*\. Standardize like the training part of the same"
    ):
        moons.standardized(like=iris)


def test_classes_and_their_names_must_fit() -> None:
    moons = load("moons")
    with pytest.raises(DataError, match=r"^target_names: expected the names of 2 classes, got 1$"):
        replace(moons, target_names=("one",))
    with pytest.raises(DataError, match=r"^targets: expected a float32 tensor .* of zeros and ones, got values from 0"):
        replace(moons, targets=moons.targets * 2)
