"""Everything that is learnt from and predicted, decided at once: outer folds, inner splits, growing parts."""

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.folds import SHARES, Fold, Folds, make_folds, share_out, split_inner
from looplab.comparison.plan import Plan, make_plan
from looplab.comparison.table import Table, make_table
from looplab.errors import CompareError


def table(rows: int = 60, time: str | None = None) -> Table:
    random = np.random.default_rng(0)
    order = random.permutation(rows)
    frame = pd.DataFrame({"a": random.normal(size=rows), "day": order, "y": random.normal(size=rows)})
    return make_table(frame, "y", "regression", time=time)


def plan(rows: int = 60, folds: int = 5, repeats: int = 2, seed: int = 0, curve: bool = True) -> Plan:
    return make_plan(rows, folds=folds, repeats=repeats, seeds=1, margin=0.1, curve=curve, seed=seed)


def every_fold(folds: Folds) -> list[Fold]:
    return [*folds.compared, *(part for parts in folds.growing for part in parts), folds.whole]


def test_where_time_matters_growing_parts_are_the_latest_rows() -> None:
    data = table(time="day")
    assert data.order is not None
    for parts in share_out(data, plan()).growing:
        whole = parts[-1].train
        for share, part in zip(SHARES, parts, strict=True):
            size = max(6, round(share * len(whole)))
            latest = whole[np.argsort(data.order[whole])][-size:]
            assert sorted(part.train.tolist()) == sorted(latest.tolist())
            assert data.order[part.train].max() < data.order[part.test].min()


def test_without_time_growing_parts_are_drawn_from_all_training_rows() -> None:
    folds = share_out(table(), plan())
    assert len(folds.growing) == 5
    for compared, parts in zip(folds.compared, folds.growing, strict=False):
        assert [len(part.train) for part in parts] == [12, 24, 48]
        assert all(set(part.train.tolist()) <= set(compared.train.tolist()) for part in parts)
        assert all(part.test.tolist() == compared.test.tolist() for part in parts)
    firsts = [parts[0].train.tolist() for parts in folds.growing]
    assert all(first != sorted(first) for first in firsts), "a part that is taken in order may be the earliest rows"


def test_inner_splits_are_positions_among_the_training_rows() -> None:
    for fold in every_fold(share_out(table(), plan())):
        assert len(fold.inner) == 6
        for split in fold.inner:
            both = np.concatenate([split.train, split.test])
            assert sorted(both.tolist()) == list(range(len(fold.train)))
            assert len(split.test) == max(2, round(0.2 * len(fold.train)))
        tests = [sorted(split.test.tolist()) for split in fold.inner]
        assert tests[0] != tests[1] != tests[2], "splits of one fold are drawn differently"


@pytest.mark.parametrize(("rows", "inner"), [(999, 6), (1000, 2), (19_999, 2), (20_000, 1)])
def test_fewer_inner_splits_where_there_are_more_rows(rows: int, inner: int) -> None:
    assert len(share_out(table(rows), plan(rows)).whole.inner) == inner


def test_time_has_one_inner_split_of_the_latest_rows() -> None:
    data = table(time="day")
    assert data.order is not None
    for fold in every_fold(share_out(data, plan())):
        (split,) = fold.inner
        order = data.order[fold.train]
        assert order[split.train].max() < order[split.test].min()
        assert len(split.train) == round(0.8 * len(fold.train))


def test_the_model_that_is_saved_learns_from_all_rows() -> None:
    folds = share_out(table(), plan())
    assert folds.whole.train.tolist() == list(range(60))
    assert len(folds.whole.test) == 0
    assert (folds.train_rows, folds.test_rows) == (48, 12)


def test_another_seed_shares_out_differently() -> None:
    one, other = (share_out(table(), plan(seed=seed)).compared[0].test.tolist() for seed in (0, 1))
    assert one != other


@pytest.mark.parametrize(
    ("rows", "repeats", "seeds", "curve_folds"),
    [
        (39, 4, 8, 0),
        (40, 6, 8, 5),
        (300, 6, 8, 5),
        (301, 2, 8, 5),
        (1001, 2, 4, 5),
        (20_000, 2, 4, 5),
        (20_001, 1, 2, 2),
    ],
)
def test_what_is_left_to_the_plan_follows_from_the_rows(rows: int, repeats: int, seeds: int, curve_folds: int) -> None:
    made = make_plan(rows, folds=5, repeats=None, seeds=None, margin=0.1, curve=True, seed=3)
    assert (made.repeats, made.seeds, made.curve_folds) == (repeats, seeds, curve_folds)
    assert made.settings() == {"folds": 5, "repeats": repeats, "seeds": seeds, "margin": 0.1, "seed": 3}
    assert make_plan(rows, folds=5, repeats=1, seeds=1, margin=0, curve=False, seed=3).curve_folds == 0


@pytest.mark.parametrize("margin", [-0.1, 1.0])
def test_a_margin_is_a_share(margin: float) -> None:
    with pytest.raises(CompareError, match="margin: expected a share, at least 0 and below 1"):
        make_plan(100, folds=5, repeats=1, seeds=1, margin=margin, curve=True, seed=0)


def classes(rows: int = 60, rare: int = 10, groups: str | None = None) -> Table:
    """Two classes, the second of which is rare; four rows a group, of one class each."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=rows), "who": np.arange(rows) // 4})
    frame["y"] = ["rare" if row < rare else "often" for row in range(rows)]
    return make_table(frame, "y", groups=groups)


def regression(groups: str | None = None) -> Table:
    frame = pd.DataFrame({"a": np.arange(60.0), "who": np.arange(60) // 4, "y": np.arange(60) / 7})
    return make_table(frame, "y", "regression", groups=groups)


@pytest.mark.parametrize("groups", [None, "who"])
@pytest.mark.parametrize("kind", ["regression", "classes"])
def test_the_same_seed_gives_the_same_folds_and_each_repeat_others(kind: str, groups: str | None) -> None:
    data = classes(rare=20, groups=groups) if kind == "classes" else regression(groups=groups)
    one, two = (share_out(data, plan(seed=7)) for _ in range(2))
    for first, second in zip(every_fold(one), every_fold(two), strict=True):
        assert first.train.tolist() == second.train.tolist()
        assert [each.test.tolist() for each in first.inner] == [each.test.tolist() for each in second.inner]
    assert len(one.compared) == 10
    repeats = [{frozenset(fold.test.tolist()) for fold in one.compared[start : start + 5]} for start in (0, 5)]
    assert repeats[0] != repeats[1]


def test_folds_and_inner_splits_hold_each_class_in_its_share() -> None:
    data = classes()
    for fold in share_out(data, plan()).compared:
        assert np.bincount(data.targets[fold.test]).tolist() == [10, 2]
        for split in fold.inner:
            assert np.bincount(data.targets[fold.train][split.test]).tolist() == [8, 2]


def test_groups_of_classes_are_shared_out_so_that_each_fold_has_both() -> None:
    data = classes(rare=20, groups="who")
    for fold in make_folds(data, folds=5, repeats=2, seed=0):
        assert np.bincount(data.targets[fold.test], minlength=2).min() >= 4


def test_a_class_of_one_row_does_not_stop_an_inner_split() -> None:
    data = classes(rare=5)
    rows = np.arange(4, 60)  # one rare row is left
    split = split_inner(data, rows, seed=0)
    assert len(split.test) == 11
    assert sorted([*split.train, *split.test]) == rows.tolist()


def test_an_inner_split_has_a_row_of_each_class() -> None:
    frame = pd.DataFrame({"a": np.arange(16.0), "y": [f"c{row % 8}" for row in range(16)]})
    data = make_table(frame, "y")
    split = split_inner(data, np.arange(16), seed=0)
    assert sorted(data.targets[split.test].tolist()) == list(range(8))


def test_a_fifth_of_the_groups_is_set_aside_from_five_groups_on() -> None:
    frame = pd.DataFrame({"a": np.arange(60.0), "who": np.arange(60) // 12, "y": np.arange(60.0)})
    data = make_table(frame, "y", "regression", groups="who")
    assert data.groups is not None
    split = split_inner(data, np.arange(60), seed=0)
    assert len(set(data.groups[split.test].tolist())) == 1
    assert len(split.test) == 12
    few = np.arange(48)  # four groups
    assert len(split_inner(data, few, seed=0).test) == round(0.2 * 48)
