import json

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.preparation import Preparation, TargetScale
from looplab.errors import CompareError

TRAIN = pd.DataFrame({"a": [0.0, 2.0, np.nan, 4.0], "same": [1.0, 1.0, 1.0, 1.0], "c": ["x", "y", None, "x"]})


def test_what_is_learnt_comes_from_the_training_rows_alone() -> None:
    learnt = Preparation.learn(TRAIN)
    matrix = learnt.apply(TRAIN)
    assert matrix.dtype == np.float32
    assert matrix[:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert matrix[:, 0].std() == pytest.approx(1, abs=1e-6)
    assert matrix[2, 0] == 0  # the missing value is the median, 2, which here is the mean
    assert matrix[:, 1:].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert learnt.features == 4
    new = pd.DataFrame({"c": ["z", "x"], "a": [2.0, 100.0], "same": [5.0, 5.0], "more": [1, 2]})
    assert learnt.apply(new)[:, 1:].tolist() == [[0, 0, 0], [0, 1, 0]]
    assert learnt.apply(new)[0, 0] == 0
    assert learnt.unseen(new) == {"c": 1}
    assert learnt.unseen(pd.DataFrame({"c": ["z", "x", "w"], "a": 1.0})) == {"c": 2}


def test_it_survives_json() -> None:
    learnt = Preparation.learn(TRAIN)
    again = Preparation.from_json(json.loads(json.dumps(learnt.to_json())))
    assert again == learnt
    assert np.array_equal(again.apply(TRAIN), learnt.apply(TRAIN))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(
        CompareError, match="column 'c': expected to be in the table, as it was in training, got a, same"
    ):
        Preparation.learn(TRAIN).apply(TRAIN[["a", "same"]])


def test_text_where_numbers_were_is_named() -> None:
    bad = TRAIN.assign(a=["p", "q", "r", "s"])
    with pytest.raises(CompareError, match="column 'a': expected numbers, got text such as 'p'"):
        Preparation.learn(TRAIN).apply(bad)


def test_nothing_left_is_one_column_of_zeros() -> None:
    constant = TRAIN[["same"]]
    assert Preparation.learn(constant).apply(constant).tolist() == [[0.0]] * 4


def test_target_scale_goes_back_and_forth() -> None:
    y = np.array([[1.0], [3.0], [8.0]])
    scale = TargetScale.learn(y)
    assert scale.apply(y).mean() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(scale.undo(scale.apply(y)), y, rtol=1e-6)
    assert TargetScale.learn(np.full((3, 1), 7.0)).deviation == 1


def test_each_column_has_its_place_in_the_matrix() -> None:
    random = np.random.default_rng(0)
    columns = pd.DataFrame(
        {
            "many": random.choice([f"state {place}" for place in range(60)], 200),
            "number": random.normal(size=200),
            "text": random.choice(["a", "b", "c"], 200),
            "other": random.normal(size=200),
        }
    )
    preparation, _ = Preparation.learn_with(columns, ["many"], random.normal(size=(200, 1)), 0)
    whole, places = preparation.apply(columns), preparation.places
    assert list(places) == ["number", "other", "text", "many"]
    assert sorted(set().union(*(range(*place.indices(999)) for place in places.values()))) == [*range(whole.shape[1])]
    for name, place in places.items():
        np.testing.assert_array_equal(preparation.only(name).apply(columns[[name]]), whole[:, place])
