"""Classes with fewer rows than folds are refused, merged or left out, as the user says."""

import re

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.folds import make_folds
from looplab.comparison.rare_classes import without_rare_classes
from looplab.comparison.table import make_table
from looplab.data.targets import Targets
from looplab.errors import ChoiceError, CompareError


def frame() -> pd.DataFrame:
    """Classes of 30, 30, 3 and 4 rows."""
    y = ["red"] * 30 + ["blue"] * 30 + ["pink"] * 3 + ["grey"] * 4
    return pd.DataFrame({"a": np.random.default_rng(0).normal(size=len(y)), "y": y})


def test_the_refusal_names_the_option() -> None:
    with pytest.raises(CompareError, match=re.escape("(--rare-classes merge or drop)")):
        make_folds(make_table(frame(), "y"), 5, 1, 0)


def test_rare_classes_are_merged() -> None:
    table = make_table(frame(), "y", rare_classes="merge")
    assert table.target_names == ("blue", "red", "other")
    assert np.bincount(table.targets.astype(int)).tolist() == [30, 30, 7]
    assert "Classes grey, pink, 7 rows in all, merged into 'other': fewer than 5 rows each." in table.notes
    assert len(make_folds(table, 5, 1, 0)) == 5


def test_rare_classes_are_left_out() -> None:
    table = make_table(frame(), "y", rare_classes="drop")
    assert (table.target_names, table.task, len(table)) == (("blue", "red"), "binary", 60)
    assert "Classes grey, pink, 7 rows in all, dropped: fewer than 5 rows each." in table.notes
    np.testing.assert_array_equal(table.columns["a"], frame()["a"][:60])


def test_how_many_rows_are_too_few_follows_from_the_folds() -> None:
    assert make_table(frame(), "y", rare_classes="drop", folds=4).target_names == ("blue", "grey", "red")
    assert make_table(frame(), "y", rare_classes="drop", folds=3).target_names == ("blue", "grey", "pink", "red")


def targets(*rows: int, names: tuple[str, ...] = ("a", "b", "other")) -> Targets:
    return Targets(values=np.repeat(np.arange(len(rows)), rows), task="multiclass", names=names)


def test_a_class_called_other_stays_another() -> None:
    found, _ = without_rare_classes(targets(3, 3, 9), 5, "merge", "t")
    assert found.names == ("other", "other classes")
    assert found.values.tolist() == [1] * 6 + [0] * 9


@pytest.mark.parametrize(
    ("rows", "how", "message"),
    [
        (
            (9, 9, 2),
            "merge",
            "rare classes of t: expected at least 5 rows in all, to merge them, got 2 (other). Say rare",
        ),
        ((9, 2, 2), "drop", "classes of t: expected at least two with enough rows, got only 'a'"),
        ((3, 3, 3), "drop", "classes of t: expected at least two with enough rows, got none"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(rows: tuple[int, ...], how: str, message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        without_rare_classes(targets(*rows), 5, how, "t")  # type: ignore[arg-type]  # one of the two words


def test_other_uses_are_refused() -> None:
    with pytest.raises(ChoiceError, match="rare_classes: expected one of"):
        make_table(frame(), "y", rare_classes="melt")  # type: ignore[arg-type]  # a mistake
    with pytest.raises(CompareError, match="rare_classes: expected a target with classes, got a regression"):
        make_table(frame(), "a", rare_classes="drop")


def test_without_rare_classes_all_stays() -> None:
    plain = targets(9, 9, 9)
    for how in (None, "merge", "drop"):
        found, kept = without_rare_classes(plain, 5, how, "t")
        assert found is plain
        assert kept.all()
