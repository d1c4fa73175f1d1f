"""Evidence is written from what looplab returned, and from nothing else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from looplab import Recipe, capstone, linear, load, train_many
from looplab.errors import CapstoneError

RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=2)
ROWS = load("circles")
MODEL = partial(linear, 2, 1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (dict, "keep: expected one of baseline, one_batch, tuning, seeds, doctor, got none of them. Give what compare"),
        (lambda: {"seeds": [0.9, 0.8]}, "seeds: expected a looplab Runs, got a list. Give what compare"),
        (lambda: {"tuning": train_many(MODEL, ROWS, RECIPE, seeds=2, vary={"lr": [0.1, 1.0]})},
         "tuning: expected runs with validation rows to choose by, got none. Give train_many validation=."),
        (lambda: {"tuning": train_many(MODEL, ROWS, RECIPE, seeds=2, validation=ROWS)},
         "tuning: expected runs with several settings, got one setting. Give train_many vary="),
        (lambda: {"tuning": train_many(MODEL, ROWS, RECIPE, seeds=2, vary={"lr": [1e38, 3e38]}, validation=ROWS)},
         "tuning: expected a setting with which training succeeds, got none. Try smaller learning rates."),
        (lambda: {"seeds": train_many(MODEL, ROWS, RECIPE, seeds=12, metrics=["accuracy"])},
         "seeds: expected runs with validation rows, got none."),
        (lambda: {"seeds": train_many(MODEL, ROWS, RECIPE, seeds=12, validation=ROWS)},
         'seeds: expected runs that record accuracy, got none of that name. Give train_many metrics=["accuracy"]'),
        (lambda: {"seeds": train_many(MODEL, ROWS, RECIPE, seeds=12, vary={"lr": [0.1, 1.0]}, validation=ROWS,
                              metrics=["accuracy"])},
         "seeds: expected runs with one setting, got 2 values of lr. Choose one by tuning"),
    ],
)  # fmt: skip
def test_what_is_no_evidence_is_refused(project: Path, given: Callable[[], dict[str, Any]], sentence: str) -> None:
    with pytest.raises(CapstoneError) as caught:
        capstone.keep(project, **given())
    assert str(caught.value).startswith(sentence)
    assert not (project / "evidence").exists()


def test_all_of_it_is_kept_or_none(project: Path, trained: Any) -> None:
    with pytest.raises(CapstoneError):
        capstone.keep(project, one_batch=trained.one_batch, seeds=trained.tuning)
    assert not (project / "evidence").exists()


def test_what_is_kept_again_is_replaced(kept: Path, trained: Any) -> None:
    before = (kept / "evidence" / "seeds.json").read_text()
    (kept / "training.py").write_text("print('changed')\n")
    (written,) = capstone.keep(kept, seeds=trained.seeds)
    assert written == kept / "evidence" / "seeds.json"
    assert written.read_text() != before
    assert "✓ seeds" in str(capstone.check_capstone(kept))
