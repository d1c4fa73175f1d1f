"""The rival of the engine's compiler computes the right thing: else its speed would say nothing."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
pytestmark = pytest.mark.checkout


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import plain_numba

    return plain_numba


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_plain_numba_trains_as_train_does(benchmark: Any, number: int) -> None:
    work = benchmark.works()[number]
    steps = 40  # beyond the first epoch of the digits, which ends with a short batch
    run = benchmark.plain(work, 2, steps)
    assert benchmark.largest_difference(work, run, steps) < 5e-6
    np.testing.assert_array_equal(run(), run(), err_msg="a replica depends on what was trained before it")


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_a_training(benchmark: Any) -> None:
    work = replace(benchmark.works()[1], lr=1e30)
    losses = benchmark.plain(work, 2, 20)()
    assert np.isfinite(losses[:, 0]).all()
    assert np.isnan(losses[:, -1]).all()


@pytest.mark.slow
def test_a_quick_benchmark_says_how_the_two_compare() -> None:
    printed = subprocess.run(
        [sys.executable, str(BENCHMARKS / "plain_numba.py"), "--quick"], capture_output=True, text=True, check=True
    ).stdout
    assert printed.count('"plain divided by fused": ') == 3
