"""The ledger in shares: every experiment in one of them, none much longer than the others, each in its week."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from looplab.errors import ExperimentError
from looplab.experiments import ExperimentFile, Share, find_file, run, save_report, shares_of, unverifiable
from looplab.experiments.shares import expected_seconds, turn_on, week_of_turn

from .conftest import Write

Ledger = Callable[[Sequence[float]], list[ExperimentFile]]


@pytest.fixture
def ledger(tmp_path: Path, write: Write) -> Ledger:
    """(seconds) -> experiments whose verification is to take so long: each has 32 seeds in the ledger, and 8 fresh."""

    def make(seconds: Sequence[float]) -> list[ExperimentFile]:
        files = [find_file(write(tmp_path / f"number_{place}.py")) for place in range(len(seconds))]
        for file, each in zip(files, seconds, strict=True):
            save_report(replace(run(file, seeds=32), seconds=4 * each), file.entry)
        return files

    return make


def ids(share: Share) -> list[str]:
    return [file.id for file in share.files]


def test_what_verifying_takes_is_in_proportion_to_the_seeds(ledger: Ledger) -> None:
    [file] = ledger([12.5])
    assert expected_seconds(file) == 12.5
    file.entry.unlink()
    assert expected_seconds(file) == 0


def test_shares_are_as_few_as_the_time_allows_and_alike(ledger: Ledger) -> None:
    files = ledger([90, 10, 80, 20, 60, 40])
    shares = shares_of(files, most_seconds=110)
    assert [share.seconds for share in shares] == [100, 100, 100]
    assert sorted(each for share in shares for each in ids(share)) == sorted(file.id for file in files)
    assert [(share.number, share.of) for share in shares] == [(1, 3), (2, 3), (3, 3)]
    assert [ids(share) for share in shares_of(reversed(files), most_seconds=110)] == [
        list(reversed(ids(share))) for share in shares
    ], "whichever order they are given in"
    assert len(shares_of(files, most_seconds=300)) == 1


def test_one_that_takes_longer_than_a_share_may_is_verified_all_the_same(ledger: Ledger) -> None:
    shares = shares_of(ledger([500, 3, 4]), most_seconds=100)
    assert [ids(share) for share in shares] == [["number-0"], ["number-1", "number-2"]]


def test_the_number_of_shares_can_be_said(ledger: Ledger) -> None:
    files = ledger([5, 5, 5])
    assert [ids(share) for share in shares_of(files, 3)] == [["number-0"], ["number-1"], ["number-2"]]
    assert [len(share.files) for share in shares_of(ledger([0, 0, 0, 0]), 2)] == [2, 2]
    assert len(shares_of([])) == 1
    for count in (0, 4):
        with pytest.raises(ExperimentError) as caught:
            shares_of(files, count)
        assert str(caught.value) == f"count: expected a number from 1 to 3, the number of experiments, got {count}"


def test_missing_and_stale_entries_are_found_without_measuring(ledger: Ledger) -> None:
    files = ledger([1, 1, 1])
    files[1].entry.unlink()
    files[2].path.write_text(files[2].path.read_text().replace("seeds=16", "seeds=17"))
    found = [unverifiable(file) for file in files]
    assert [each and each.status for each in found] == [None, "missing", "stale"]


DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(DAYS, st.integers(1, 60))
def test_each_share_has_its_week_and_none_is_left_out(day: date, count: int) -> None:
    turns = [turn_on(day + timedelta(weeks=week), count) for week in range(count)]
    assert sorted(turns) == list(range(1, count + 1))
    assert turns[1:] == [turn % count + 1 for turn in turns[:-1]]
    monday = day - timedelta(days=day.weekday())
    assert {turn_on(monday + timedelta(days=each), count) for each in range(7)} == {turns[0]}


@given(DAYS, st.integers(1, 60), st.data())
def test_the_week_of_a_share_is_said(day: date, count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, count))
    week = week_of_turn(number, count, day)
    assert week.weekday() == 0
    assert turn_on(week, count) == number
    assert 0 <= (week - day).days + day.weekday() < 7 * count
