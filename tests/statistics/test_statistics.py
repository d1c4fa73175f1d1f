"""What the statistics give on numbers that can be worked out by hand, and what they say to bad ones."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from looplab.errors import DataError
from looplab.statistics import (
    Interval,
    all_of,
    corrected_resampled_t,
    interquartile_mean,
    iqm_interval,
    paired_difference,
    probability_of_improvement,
    rate_difference,
    rate_interval,
    simultaneous_level,
    unpaired_difference,
    verdict_above,
    verdict_below,
    verdict_within,
)

NO_VALUE = "A failed run has no value: count failures as a rate, or give them a value that marks them."
UNPAIRED = "Use unpaired_difference for runs that are not pairs."
EIGHT = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
finite = st.lists(st.floats(-1e3, 1e3, width=32), min_size=8, max_size=20)


def interval(low: float, high: float) -> Interval:
    return Interval(estimate=(low + high) / 2, low=low, high=high)


def test_interquartile_mean_leaves_out_a_quarter_at_each_end() -> None:
    assert interquartile_mean([-1e9, -1e9, 3, 4, 5, 6, 1e9, 1e9]) == 4.5


def test_values_may_be_a_list_an_array_or_a_tensor() -> None:
    assert iqm_interval(EIGHT) == iqm_interval(np.array(EIGHT)) == iqm_interval(torch.tensor(EIGHT))


def test_the_same_seed_gives_the_same_interval_and_leaves_the_global_state() -> None:
    before = np.random.get_state(legacy=False)
    assert iqm_interval(EIGHT, seed=1) == iqm_interval(EIGHT, seed=1)
    assert iqm_interval(np.exp(EIGHT), seed=1) != iqm_interval(np.exp(EIGHT), seed=2)
    assert str(np.random.get_state(legacy=False)) == str(before)


def test_a_higher_level_is_a_wider_interval() -> None:
    assert iqm_interval(EIGHT, level=0.99).width > iqm_interval(EIGHT, level=0.8).width


def test_tasks_are_drawn_each_on_its_own() -> None:
    """Two constant columns: drawing within columns can only ever give their mean."""
    runs = np.column_stack([np.zeros(8), np.ones(8)])
    assert iqm_interval(runs) == Interval(estimate=0.5, low=0.5, high=0.5)


def test_pairs_see_a_difference_that_unpaired_runs_hide() -> None:
    first = np.arange(16.0)
    assert verdict_above(paired_difference(first + 0.5, first)) == "holds"
    assert verdict_above(unpaired_difference(first + 0.5, first)) == "undecided"


@given(finite, finite)
@settings(max_examples=25)
def test_exchanging_the_arms_turns_the_estimate(first: list[float], second: list[float]) -> None:
    there = probability_of_improvement(first, second)
    back = probability_of_improvement(second, first)
    assert there.estimate == pytest.approx(1 - back.estimate)
    assert 0 <= there.low <= there.high <= 1
    difference = unpaired_difference(first, second, resamples=100)
    assert difference.estimate == pytest.approx(-unpaired_difference(second, first, resamples=100).estimate)


def test_complete_separation_is_not_certainty() -> None:
    improvement = probability_of_improvement([value + 10 for value in EIGHT], EIGHT)
    assert improvement.estimate == 1
    assert improvement.low == rate_interval(8, 8).low < 0.7


def test_wilson_and_newcombe_give_the_published_values() -> None:
    """Newcombe, 1998: table II of the paper on one proportion, table II(a) of the one on differences."""
    assert rate_interval(81, 263).low == pytest.approx(0.2553, abs=5e-5)
    assert rate_interval(81, 263).high == pytest.approx(0.3662, abs=5e-5)
    assert rate_difference(56, 70, 48, 80).low == pytest.approx(0.0524, abs=5e-5)
    assert rate_difference(56, 70, 48, 80).high == pytest.approx(0.3339, abs=5e-5)


def test_the_corrected_interval_by_hand() -> None:
    found = corrected_resampled_t([1.0, 3.0], train_rows=90, test_rows=10)
    reach = 12.7062 * math.sqrt((1 / 2 + 1 / 9) * 2)
    assert (found.estimate, found.low, found.high) == pytest.approx((2, 2 - reach, 2 + reach), rel=1e-5)


def test_verdicts_come_from_the_whole_interval() -> None:
    above, across, below = interval(0.1, 0.3), interval(-0.1, 0.3), interval(-0.3, -0.1)
    assert [verdict_above(i) for i in (above, across, below)] == ["holds", "undecided", "refuted"]
    assert [verdict_below(i) for i in (above, across, below)] == ["refuted", "undecided", "holds"]
    assert [verdict_within(i, -0.2, 0.35) for i in (above, across, below)] == ["holds", "holds", "undecided"]
    assert verdict_within(interval(-1, 1), -1, 1) == "holds"  # the bounds belong to it
    assert verdict_within(interval(0, 0), 0, 0) == "holds"
    assert verdict_within(interval(1, 2), -1, 1) == verdict_within(interval(-2, -1), -1, 1) == "undecided"
    assert verdict_within(above, -1, 0) == verdict_within(above, 0.5, 1) == "refuted"
    assert verdict_above(interval(0, 0)) == verdict_below(interval(0, 0)) == "refuted"


def test_a_conjunction_needs_all_and_falls_with_one() -> None:
    assert all_of(["holds", "holds"]) == "holds"
    assert all_of(["holds", "undecided"]) == "undecided"
    assert all_of(["refuted", "undecided", "holds"]) == "refuted"


def test_levels_of_several_claims() -> None:
    assert simultaneous_level(0.95, 1) == pytest.approx(0.95)
    assert simultaneous_level(0.95, 10) == pytest.approx(0.995)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: iqm_interval([1.0, 2.0]), "values: expected at least 8 values, got 2. Measure with more seeds."),
        (
            lambda: paired_difference(EIGHT, [*EIGHT[:7], math.nan]),
            f"second, value 7: expected a finite number, got nan. {NO_VALUE}",
        ),
        (
            lambda: paired_difference(EIGHT, [*EIGHT, 9.0]),
            f"first, second: expected pairs: as many values in one as in the other, got 8 and 9. {UNPAIRED}",
        ),
        (
            lambda: iqm_interval(EIGHT, level=95),
            "level: expected a number above 0 and below 1, got 95. Write 0.95 for 95 percent.",
        ),
        (lambda: iqm_interval(EIGHT, resamples=10), "resamples: expected at least 100, got 10"),
        (lambda: rate_interval(3, 2), "count: expected 0 to 2, the number of trials, got 3"),
        (lambda: rate_interval(0, 0), "trials: expected at least 1, got 0"),
        (lambda: simultaneous_level(0.95, 0), "claims: expected a whole number, at least 1, got 0"),
        (
            lambda: corrected_resampled_t([1.0], train_rows=8, test_rows=2),
            "differences: expected at least 2 values, got 1. Measure with more seeds.",
        ),
        (
            lambda: corrected_resampled_t([1.0, 2.0], train_rows=0, test_rows=2),
            "train_rows: expected a number above 0, got 0",
        ),
        (lambda: all_of([]), "verdicts: expected at least one, got none"),
        (lambda: verdict_within(interval(0, 1), 1, 0), "low, high: expected low at most high, got 1 and 0"),
        (lambda: interval(1, 0), "low, high: expected low at most high, got 1 and 0"),
    ],
)
def test_bad_input_is_named(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(DataError) as caught:
        wrong()
    assert str(caught.value) == message


def test_one_trial_is_enough_for_a_rate() -> None:
    found = rate_interval(1, 1)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert 0.0 < found.low < 0.5


@pytest.mark.parametrize("level", [0, 1, -0.5, 1.5])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(DataError, match=r"^level: expected a number above 0 and below 1"):
        iqm_interval(EIGHT, level=level)


def test_the_ends_of_an_interval_belong_to_it() -> None:
    found = interval(-1, 2)
    assert -1 in found
    assert 2 in found
    assert -1.001 not in found
    assert 2.001 not in found


def test_one_value_has_an_interquartile_mean() -> None:
    assert interquartile_mean([3.0]) == 3.0


@pytest.mark.parametrize(("train_rows", "test_rows"), [(0.5, 0.25), (1, 1)])
def test_any_number_of_rows_above_0_will_do(train_rows: float, test_rows: float) -> None:
    found = corrected_resampled_t([0.1, 0.2, 0.3], train_rows=train_rows, test_rows=test_rows)
    spread = (1 / 3 + test_rows / train_rows) ** 0.5 * 0.1
    assert found.high - found.estimate == pytest.approx(4.302653 * spread, rel=1e-6)
