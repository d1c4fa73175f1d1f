"""Text with many categories: what is learnt of the target, and that no row is told its own."""

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.encodings import encode
from looplab.comparison.folds import share_out
from looplab.comparison.plan import make_plan
from looplab.comparison.preparation import NumberColumn, Preparation, TargetScale, many_categories
from looplab.comparison.prepare import prepare
from looplab.comparison.table import make_table

ROWS, STATES = 600, 60


def states(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """States of which each moves the target by an amount of its own."""
    random = np.random.default_rng(seed)
    state = random.integers(0, STATES, ROWS)
    moved = random.normal(size=STATES)[state]
    frame = pd.DataFrame({"state": [f"S{each}" for each in state], "x": random.normal(size=ROWS)})
    return frame, moved + 0.1 * random.normal(size=ROWS)


def test_a_state_becomes_the_mean_of_its_targets() -> None:
    frame, y = states()
    (column,), crossfitted = encode(frame, ["state"], y[:, None], seed=0)
    assert np.corrcoef(crossfitted[:, 0], y)[0, 1] > 0.95
    assert np.corrcoef(column.apply(frame["state"])[:, 0], y)[0, 1] > 0.95
    assert crossfitted.mean() == pytest.approx(0, abs=1e-9)
    assert crossfitted.std() == pytest.approx(1)
    new = column.apply(pd.Series(["nowhere", "S0"]))[:, 0]
    assert new[0] == pytest.approx(column.otherwise[0])
    assert abs(new[0]) < 0.2
    assert new[1] == column.values[column.categories.index("S0")][0]


def test_a_row_is_not_told_its_own_target() -> None:
    frame, _ = states()
    noise = np.random.default_rng(1).normal(size=ROWS)
    _, crossfitted = encode(frame, ["state"], noise[:, None], seed=0)
    assert abs(np.corrcoef(crossfitted[:, 0], noise)[0, 1]) < 0.15


@pytest.mark.parametrize(("classes", "width"), [(2, 1), (3, 3)])
def test_classes_get_a_number_each_but_for_the_first_of_two(classes: int, width: int) -> None:
    frame, y = states()
    labels = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes))
    (column,), crossfitted = encode(frame, ["state"], labels, seed=0)
    assert crossfitted.shape == (ROWS, width)
    assert len(column.otherwise) == width
    assert np.corrcoef(crossfitted[:, -1], labels == classes - 1)[0, 1] > 0.6


def test_the_seed_fixes_it_and_the_global_random_state_is_left_alone() -> None:
    frame, y = states()
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # the legacy generator's words
    one, two, other = (encode(frame, ["state"], y[:, None], seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert np.array_equal(np.random.get_state()[1], before)  # type: ignore[index]


def test_missing_values_are_a_category_of_their_own() -> None:
    frame, y = states()
    frame.loc[:99, "state"] = None
    y[:100] += 5
    (column,), _ = encode(frame, ["state"], y[:, None], seed=0)
    assert column.values[column.categories.index("missing")][0] == max(value[0] for value in column.values)


def test_folds_learn_it_from_their_training_rows_alone() -> None:
    frame, y = states()
    table = make_table(frame.assign(y=y), "y")
    assert many_categories(table.columns) == ("state",)
    plan = make_plan(ROWS, repeats=1, seeds=1, margin=0.1, curve=False, seed=0)
    fold = next(iter(prepare(table, share_out(table, plan), seed=0).compared))
    assert fold.examples.X.shape == (480, 2)
    assert fold.preparation.features == 2
    assert np.corrcoef(fold.test_inputs[:, 1], fold.test_targets[:, 0])[0, 1] > 0.95
    assert fold.preparation.names == ("x", "state")


class TestSizes:
    """Numbers that leave the range of float32, or whose squares leave that of float64."""

    @pytest.mark.parametrize("size", [1e300, 1.7e308, 1e-300, 5e-320, 1.0])
    def test_scaled_columns_have_mean_0_and_deviation_1(self, size: float) -> None:
        values = np.array([0.1, 0.9, -0.5, 0.3, np.nan]) * size
        column = NumberColumn.learn("x", pd.Series(values))
        assert column is not None
        scaled = column.apply(values[:4])
        assert np.isfinite(scaled).all()
        assert scaled.std() == pytest.approx(1, rel=0.2)
        assert column.apply(np.array([np.nan]))[0] == pytest.approx(column.apply(np.array([0.2 * size]))[0], abs=0.01)
        assert not column.too_far(values).any()

    def test_an_offset_does_not_drown_differences(self) -> None:
        values = 1.7e9 + np.arange(50) / 8
        column = NumberColumn.learn("x", pd.Series(values))
        assert column is not None
        assert len(set(column.apply(values).astype(np.float32).tolist())) == 50
        scale = TargetScale.learn(values[:, None])
        np.testing.assert_allclose(scale.undo(scale.apply(values[:, None])), values[:, None], atol=1e-5)

    def test_a_column_without_differences_is_left_out(self) -> None:
        assert NumberColumn.learn("x", pd.Series([0.1] * 7)) is None
        assert NumberColumn.learn("x", pd.Series([np.nan] * 7)) is None

    def test_a_value_beyond_all_measure_stays_a_number(self) -> None:
        frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
        learnt = Preparation.learn(frame)
        matrix = learnt.apply(pd.DataFrame({"x": [1e300, -1e300, 2.0]}))
        assert np.isfinite(matrix).all()
        assert matrix[0, 0] > 1e14 > -1e14 > matrix[1, 0]
        assert learnt.numbers[0].too_far(np.array([1e300, 2.0])).tolist() == [True, False]
