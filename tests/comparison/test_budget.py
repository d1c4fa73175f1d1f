"""A limit on the time: what fits is measured, what does not is said. Time is that of a clock of our own."""

import math
import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

from looplab import compare
from looplab.comparison.budget import Budget, budget_of
from looplab.comparison.metrics import usual_metric
from looplab.comparison.plan import Plan
from looplab.comparison.scoring import Scoring
from looplab.comparison.table import Table, make_table
from looplab.comparison.thinning import rows_in_time, thinned
from looplab.errors import CompareError


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that moves on by this much whenever it is read."""
    readings: Iterator[float] = iter(np.arange(100_000) * seconds)
    return lambda: float(next(readings))


@pytest.mark.parametrize(
    ("written", "seconds"), [("60s", 60), ("2m", 120), ("1h", 3600), ("90", 90), ("0.5 M", 30), (7, 7), (2.5, 2.5)]
)
def test_times_as_people_write_them(written: str | float, seconds: float) -> None:
    assert budget_of(written).seconds == seconds
    assert budget_of(None).seconds == math.inf


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("soon", "budget: expected a time such as 60s, 2m or 1h, got 'soon'"),
        ("-5s", "budget: expected a time such as 60s, 2m or 1h, got '-5s'"),
        ("0s", "budget: expected a time above 0, got 0 s. Write 60s, 2m or 1h."),
        (math.nan, "budget: expected a time above 0, got nan s. Write 60s, 2m or 1h."),
    ],
)
def test_what_is_no_time_is_refused(written: str | float, message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        budget_of(written)


def taken(seconds: float, each: float, planned: int) -> tuple[int, Budget]:
    """How many folds that take this long fit into a budget."""
    clock = Clock()
    budget = Budget(seconds, clock)
    number = 0
    for _ in budget.folds(range(planned), planned):
        clock.now += each
        number += 1
    return number, budget


def test_as_many_folds_as_fit_beside_a_model() -> None:
    number, budget = taken(60, 10, 20)
    assert number == 5, "the sixth tenth is the model's"
    assert budget.sentences() == [
        "The budget of 60 s left out 15 of 20 folds. With more time, the answer could be another."
    ]
    assert taken(60, 1, 20)[0] == 20
    assert taken(60, 1, 20)[1].sentences() == []


def test_two_folds_are_measured_however_long_they_take() -> None:
    number, budget = taken(60, 100, 5)
    assert number == 2
    assert budget.sentences() == [
        "The budget of 60 s left out 3 of 5 folds. With more time, the answer could be another.",
        "The budget of 60 s was exceeded by 2.33 min: what is begun is ended, and two folds are needed.",
    ]


def test_what_is_compiled_in_the_first_fold_is_not_expected_of_the_others() -> None:
    clock, number = Clock(), 0
    budget = Budget(60, clock)
    for _ in budget.folds(range(20), 20):
        clock.now += 5 if number else 30
        number += 1
    assert number == 6, "of 30 seconds, five times 5 and what is left for the model"


def test_without_a_limit_nothing_is_left_out() -> None:
    number, budget = taken(math.inf, 1e9, 20)
    assert number == 20
    assert budget.is_enough_for(2, "the learning curve")
    assert budget.sentences() == []


def test_a_learning_curve_needs_time_for_two_folds_and_a_model() -> None:
    _, enough = taken(60, 10, 3)
    assert enough.is_enough_for(2, "the learning curve")
    _, short = taken(60, 10, 4)
    assert not short.is_enough_for(2, "the learning curve")
    assert short.left_out == ["the learning curve"]
    assert short.is_enough_for(0, "nothing")


def test_several_things_are_named_in_one_sentence() -> None:
    budget = Budget(60, Clock())
    budget.left_out += ["9,000 of 10,000 rows", "3 of 5 folds", "the learning curve"]
    assert budget.sentences()[0].startswith(
        "The budget of 60 s left out 9,000 of 10,000 rows, 3 of 5 folds and the learning curve."
    )


def test_rows_that_fit_grow_with_the_time() -> None:
    budget = Budget(60, Clock())
    assert budget.rows_that_fit(50_000, 1000, 1.0) == 10_000, "six folds of ten seconds"
    assert budget.rows_that_fit(5_000, 1000, 1.0) == 5_000
    assert budget.rows_that_fit(50_000, 1000, 60.0) == 1000
    assert Budget(math.inf, Clock()).rows_that_fit(50_000, 1000, 60.0) == 50_000


def large(rows: int, y: np.ndarray) -> Table:
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=rows), "w": np.arange(rows) + 1.0})
    return make_table(frame.assign(y=y), "y", weights="w")


def test_a_thinned_table_keeps_rows_together_and_rare_classes() -> None:
    table = large(1000, np.where(np.arange(1000) < 25, "rare", "usual"))
    thin = thinned(table, 200, 0)
    assert np.bincount(thin.targets.astype(int)).tolist() == [20, 195]
    assert thin.weights is not None
    assert table.weights is not None
    places = [int(np.flatnonzero(table.columns["x"] == x)[0]) for x in thin.columns["x"]]
    assert thin.weights.tolist() == table.weights[places].tolist()
    assert thin.targets.tolist() == table.targets[places].tolist()
    assert thinned(table, 1000, 0) is table
    assert len(thinned(large(300, np.arange(300.0)), 100, 0)) == 100


def test_in_time_the_latest_rows_are_kept() -> None:
    frame = pd.DataFrame({"t": [5, 1, 4, 2, 3], "x": [1.0, 2.0, 3.0, 4.0, 5.5], "y": [0.5, 1.5, 2.5, 3.5, 4.5]})
    assert thinned(make_table(frame, "y", time="t"), 2, 0).targets[:, 0].tolist() == [0.5, 2.5]


def plan_of_five_folds(_: Table) -> Plan:
    return Plan(folds=5, repeats=1, seeds=1, margin=0.1, curve_folds=0, seed=0)


def test_a_large_table_is_thinned_to_what_fits() -> None:
    table = large(5000, np.random.default_rng(1).normal(size=5000))
    scoring = Scoring(usual_metric("regression"))
    budget = Budget(100, ticking(5))  # a probe takes one tick
    kept = rows_in_time(table, plan_of_five_folds, scoring, budget, None)
    assert len(kept) == 2500, "75 seconds are left for six folds"
    assert budget.left_out == ["2,500 of 5,000 rows"]
    assert rows_in_time(table, plan_of_five_folds, scoring, Budget(), None) is table


def test_of_a_wide_table_a_fold_of_fewer_rows_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    table = large(1500, np.random.default_rng(1).normal(size=1500))
    scoring = Scoring(usual_metric("regression"))
    assert rows_in_time(table, plan_of_five_folds, scoring, Budget(100, ticking(5)), None) is table
    monkeypatch.setattr("looplab.comparison.thinning._PROBED_VALUES", 100)  # as if its column were many
    budget = Budget(100, ticking(5))
    assert len(rows_in_time(table, plan_of_five_folds, scoring, budget, None)) == 750
    assert budget.left_out == ["750 of 1,500 rows"]
    few = thinned(table, 1199, 0)
    assert rows_in_time(few, plan_of_five_folds, scoring, Budget(100, ticking(5)), None) is few


def test_compare_says_what_it_left_out() -> None:
    found = compare("iris", repeats=2, seeds=1, budget=Budget(50, ticking(5)))
    assert found.learning is None
    assert found.reasons is None
    assert found.settings["folds_compared"] == found.arms["linear"].losses.shape[0] < 10
    assert found.settings["budget"] == 50
    left = 10 - found.settings["folds_compared"]
    said = f"The budget of 50 s left out {left} of 10 folds, the learning curve and what the arms rely on."
    assert any(note.startswith(said) for note in found.table.notes)
