"""The contract that every schedule obeys by being registered."""

from typing import Any

import pytest

from looplab import Recipe
from looplab.loop import SCHEDULES
from looplab.loop.schedules import Schedule

each = pytest.mark.parametrize("entry", SCHEDULES.values(), ids=SCHEDULES)


def test_those_of_the_course_are_there() -> None:
    assert {"constant", "step", "exponential", "cosine", "warmup", "one-cycle", "linear"} <= set(SCHEDULES)


@each
def test_the_factor_lies_between_0_and_1_reaches_1_and_varies_if_it_says_so(entry: Schedule) -> None:
    factors = [entry.factor(step, 1000) for step in range(1000)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1, abs=1e-3)
    assert (len(set(factors)) > 1) == entry.varies


@each
def test_it_is_described_in_a_phrase(entry: Schedule) -> None:
    assert len(entry.description.split()) >= 3
    assert not entry.description.endswith(".")


@each
def test_train_follows_it_and_both_backends_train(contract: Any, entry: Schedule) -> None:
    data = contract.rows("diabetes")
    recipe = Recipe(optimizer="adamw", lr=0.05, steps=30, batch_size=16, schedule=entry.name)
    contract.train_is_torch_s(contract.network(data), data, recipe)
    for backend in ("loop",) if entry.why_not_stacked({}) else ("fused", "vmapped"):
        contract.backend_is_train_s(contract.network(data), data, recipe, backend)
