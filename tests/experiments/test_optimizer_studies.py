"""A study of optimizers chooses by its trials and reports fresh starts; updates in plain tensors do what they say."""

from typing import Any

import pytest
import torch
from torch import Tensor

from looplab.content import load_module
from looplab.experiments import find_file

EXPERIMENTS = find_file("tuned-sgd-against-adam").path
studies: Any = load_module(EXPERIMENTS.with_name("_studies.py"))
lines: Any = load_module(EXPERIMENTS.with_name("_five_lines.py"))


def task(name: str, rates: tuple[float, ...], seed: int, *, fresh: bool) -> Tensor:
    """Each rate's loss is its distance to 0.5 in trials; fresh starts pay 10 more, and say their seed."""
    starts = torch.tensor([float(start) for start in studies.starts(seed, fresh=fresh)])
    return torch.tensor([[abs(rate - 0.5)] for rate in rates]) + (10 + starts if fresh else 0 * starts)


def test_a_study_takes_the_rate_of_the_best_trials_and_reports_its_fresh_starts_alone() -> None:
    trials, fresh = studies.starts(3, fresh=False), studies.starts(3, fresh=True)
    assert not set(trials) & set(fresh)
    assert (len(trials), len(fresh)) == (4, 8)
    expected = 0.1 + 10 + sum(fresh) / 8
    assert studies.after_tuning(task, "any", 3, (0.1, 0.4, 0.9)) == pytest.approx(expected)


def test_no_two_studies_share_a_start() -> None:
    starts = [start for seed in range(300) for fresh in (False, True) for start in studies.starts(seed, fresh=fresh)]
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize("name", ["on_moons", "on_digits"])
def test_a_rate_that_explodes_counts_as_no_better_than_chance(name: str) -> None:
    results = getattr(studies, name)("SGD", (0.064, 1e30), 0, fresh=False)
    assert results.shape == (2, 4)
    assert torch.isfinite(results).all()
    assert (results[1] > results[0]).all()


def test_digits_of_trials_and_of_reports_are_other_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    train_many = studies.train_many

    def spy(*arguments: Any, **options: Any) -> Any:
        given.append((arguments[1].inputs, options["validation"].inputs))
        return train_many(*arguments, **options)

    monkeypatch.setattr(studies, "train_many", spy)
    for fresh in (False, True):
        studies.on_digits("SGD", (0.064,), 5, fresh=fresh)
    (learned, validation), (again, test) = given
    assert torch.equal(learned, again)
    assert [len(rows) for rows in (learned, validation, test)] == [359, 719, 719]
    assert not torch.equal(validation, test)


def test_adam_decays_weights_and_not_gradients_in_adamw() -> None:
    w, zeros = torch.ones(2), torch.zeros(2)
    decayed, _ = lines.adamw(w, zeros, (zeros, zeros), 1, lr=0.1)
    assert torch.allclose(decayed, (1 - 0.1 * 0.01) * w)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4)])
def test_muon_brings_all_singular_values_near_one(shape: tuple[int, int]) -> None:
    made = lines.orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    assert made.shape == shape
    sizes = torch.linalg.svdvals(made)
    assert sizes.min() > 0.5
    assert sizes.max() < 1.3
