import re
from dataclasses import FrozenInstanceError, replace
from typing import Any

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
    "int32 inputs": (
        X.int(),
        X[:, :1],
        "regression",
        1,
        (
            "inputs: expected a float32 or float64 tensor of shape (N, D), or an int64 one of categories, got int32 of "
            "shape (4, 2). .float() makes numbers of whole ones; .long() makes categories of them, for an nn.Embedding."
        ),
    ),
    "a negative category": (
        X.long() - 1,
        X[:, :1],
        "regression",
        1,
        "inputs, row 0, column 0: expected a category, a whole number from 0 on, got -1. Number the categories from 0",
    ),
    "whole targets of categories": (
        X.long(),
        X[:, :1].long(),
        "binary",
        2,
        "targets: expected a float32 or float64 tensor of shape (N, 1) of zeros and ones, got int64 of shape (4, 1)",
    ),
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


# --- float64 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sine", "moons", "iris"])
def test_a_dataset_in_float64_stays_so_in_all_that_is_made_of_it(name: str) -> None:
    single = load(name)
    double = single.to(torch.float64)
    assert single.dtype == torch.float32
    for part in (double, *double.split(0.5, seed=0), double.subset(torch.arange(3)), double.standardized()):
        assert part.dtype == part.inputs.dtype == torch.float64
        assert part.targets.dtype == (torch.int64 if name == "iris" else torch.float64)
    assert torch.equal(double.to(torch.float32).inputs, single.inputs)
    assert torch.equal(double.to(torch.float32).targets, single.targets)


def test_named_datasets_are_float32_whatever_torch_s_default_is() -> None:
    before = {name: load(name) for name in ("moons", "sine", "temperature")}
    torch.set_default_dtype(torch.float64)
    try:
        for name, dataset in before.items():
            assert load(name).dtype == torch.float32
            assert torch.equal(load(name).inputs, dataset.inputs)
            assert torch.equal(load(name).targets, dataset.targets)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("dtype", [torch.float16, torch.int64, "float64", None])
def test_other_types_are_refused_by_name(dtype: Any) -> None:
    with pytest.raises(DataError, match=rf"^dtype: expected torch.float32 or torch.float64, got '?{dtype}'?$"):
        load("sine").to(dtype)


def test_numbers_that_float32_does_not_hold_are_told() -> None:
    large = replace(load("sine").to(torch.float64), inputs=1e39 * load("sine").inputs.double())
    with pytest.raises(DataError, match=r"^dtype: .* float32 ends at 3\.4e38, got torch.float32\. Divide the column"):
        large.to(torch.float32)


@pytest.mark.parametrize(("name", "shape"), [("sine", "(N, O)"), ("moons", "(N, 1) of zeros and ones")])
def test_targets_must_have_the_type_of_the_inputs(name: str, shape: str) -> None:
    dataset = load(name)
    expected = f"targets: expected a float64 tensor, as the inputs, of shape {shape}, got float32 of shape "
    with pytest.raises(DataError, match=rf"^{re.escape(expected)}.* its type with \.double\(\)\.$"):
        replace(dataset, inputs=dataset.inputs.double())
    expected = f"targets: expected a float32 tensor of shape {shape}, got float64 of shape "
    with pytest.raises(DataError, match=rf"^{re.escape(expected)}.* its type with \.float\(\)\.$"):
        replace(dataset, targets=dataset.targets.double())


def tokens(targets: torch.Tensor, task: Any = "multiclass", **more: Any) -> Dataset:
    names = ("no", "yes") if task != "regression" else ("y",)
    return Dataset(
        name="tokens",
        inputs=torch.tensor([[0, 3], [2, 1], [1, 1]]),
        targets=targets,
        task=task,
        feature_names=("first", "second"),
        target_names=names,
        **more,
    )


CLASSES = torch.tensor([0, 1, 1])


def test_whole_inputs_are_categories_and_stay_what_they_are() -> None:
    words = tokens(CLASSES)
    assert words.is_categorical
    assert not line(3).is_categorical
    assert (words.features, words.dtype) == (2, torch.float32)
    precise = words.to(torch.float64)
    assert (precise.dtype, precise.precision) == (torch.float64, torch.float64)
    assert torch.equal(precise.inputs, words.inputs)
    assert precise.subset(torch.arange(2)).split(0.5, seed=0)[0].dtype == torch.float64
    assert precise.to(torch.float32).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_targets_that_are_numbers_say_what_a_model_of_categories_computes_in(dtype: torch.dtype) -> None:
    for task in ("binary", "regression"):
        words = tokens(CLASSES[:, None].to(dtype), task)
        assert words.dtype == dtype
        other = torch.float64 if dtype == torch.float32 else torch.float32
        assert words.to(other).targets.dtype == words.to(other).dtype == other
        assert words.to(other).precision is None


def test_a_precision_that_the_numbers_contradict_is_refused() -> None:
    with pytest.raises(DataError, match=r"precision: expected None: the numbers of the dataset are float32, got torch"):
        tokens(CLASSES[:, None].float(), "binary", precision=torch.float64)
    with pytest.raises(DataError, match=r"precision: expected torch.float32, torch.float64 or None, got torch.float16"):
        tokens(CLASSES, precision=torch.float16)


@pytest.mark.parametrize(("one", "like", "name"), [(True, False, "inputs"), (False, True, "inputs of like")])
def test_categories_have_no_mean(one: bool, like: bool, name: str) -> None:
    numbers = replace(tokens(CLASSES), inputs=torch.zeros(3, 2))
    pair = [tokens(CLASSES) if each else numbers for each in (one, like)]
    with pytest.raises(DataError, match=rf"^{name}: expected numbers, which have a mean, got categories"):
        pair[0].standardized(like=pair[1])
