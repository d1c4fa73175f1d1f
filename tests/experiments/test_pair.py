"""The two processes that lesson 3.5's experiments ask: what they find, and what is said when they have ended."""

from collections.abc import Iterator
from typing import Any

import pytest

from looplab.content import load_module
from looplab.errors import ExperimentError
from looplab.experiments import find_file


@pytest.fixture
def pair() -> Iterator[Any]:
    """The module that asks them; the next test that asks gets two new ones."""
    module = load_module(find_file("ddp-equals-one-process").path.with_name("_pair.py"))
    module.pair.cache_clear()
    yield module
    module.pair.cache_clear()
    module.found.cache_clear()


def test_they_find_the_same_for_a_seed_again_and_say_when_they_have_ended(pair: Any) -> None:
    first = pair.found("ddp", 3)["apart"]
    pair.found.cache_clear()
    assert pair.found("ddp", 3)["apart"] == first
    assert pair.found("ddp", 4)["apart"] < 1e-2
    with pytest.raises(ExperimentError) as raised:
        pair.found("neither", 3)
    assert str(raised.value) == (
        "neither with seed 3: expected an answer of both processes, got none. What it printed above says why it ended."
    )
    assert all(each.wait(timeout=60) for each in pair.pair()), "both have ended, with an error"
