"""How replicas are shared out among threads, and what becomes of an error in one of them."""

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from looplab.loop import Recipe
from looplab.models import mlp
from looplab.replicas.fused import run_fused, workers


@given(replicas=st.integers(0, 200_000), threads=st.integers(1, 64))
def test_shares_are_all_replicas_once_in_order_small_at_both_ends(replicas: int, threads: int) -> None:
    stretches = list(workers.shares(replicas, threads))
    assert [start for start, _ in stretches] == [0, *(stop for _, stop in stretches)][: len(stretches)]
    assert replicas == (stretches[-1][1] if stretches else 0)
    sizes = [stop - start for start, stop in stretches]
    assert all(1 <= size <= 256 for size in sizes)
    assert set(sizes[: threads + 1] + sizes[-threads:]) <= {1}


def test_a_large_call_has_few_shares() -> None:
    assert len(list(workers.shares(100_000, 2))) < 450


def test_a_small_call_starts_no_threads_and_gives_the_same(fused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*arguments: Any) -> Any:
        raise AssertionError("a thread was started")

    network, parameters = fused.initial(lambda: mlp(2, [4], 1), range(6))
    recipes = [Recipe(optimizer="adam", lr=0.1, steps=50, seed=seed, batch_size=8) for seed in range(6)]
    call = fused.call(recipes, fused.dataset("binary", 20, 2), record_every=1)
    threaded = run_fused(network, call, parameters, threads=2)
    multiplications = 6 * 50 * 8 * network.parameter_count
    monkeypatch.setattr(workers, "ThreadPoolExecutor", started)
    with pytest.raises(AssertionError, match="a thread was started"):
        run_fused(network, call, parameters, threads=2)
    monkeypatch.setattr(workers, "_SOON_DONE", multiplications)
    here = run_fused(network, call, parameters, threads=2)
    assert (here.parameters == threaded.parameters).all()
    assert (here.train_loss == threaded.train_loss).all()
    monkeypatch.setattr(workers, "_SOON_DONE", multiplications - 1)
    with pytest.raises(AssertionError, match="a thread was started"):
        run_fused(network, call, parameters, threads=2)


def test_an_error_in_a_thread_reaches_the_caller_and_ends_all_threads(
    fused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise MemoryError("of a thread")

    monkeypatch.setattr(workers, "compiled_training", lambda extent, number: fail)
    recipes = [Recipe(optimizer="sgd", lr=0.1, steps=3, seed=seed) for seed in range(30)]
    with pytest.raises(MemoryError, match="of a thread"):
        fused.run(lambda: mlp(2, [4], 1), fused.dataset("binary", 20, 2), recipes, threads=2)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("looplab-replicas")]


def test_an_error_while_models_are_made_ends_all_threads(fused: Any) -> None:
    def initial(start: int, stop: int) -> Any:
        if stop > 8:
            raise RuntimeError("no more")
        return parameters[start:stop]

    network, parameters = fused.initial(lambda: mlp(2, [4], 1), range(20))
    recipes = [Recipe(optimizer="sgd", lr=0.1, steps=10**8, seed=seed) for seed in range(20)]
    call = fused.call(recipes, fused.dataset("binary", 20, 2), record_every=10**8)
    with pytest.raises(RuntimeError, match="no more"):
        run_fused(network, call, initial, threads=2)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("looplab-replicas")]
