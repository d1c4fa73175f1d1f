"""Replicas do not touch each other, whoever trains them; a failed one stops alone; training can be stopped."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from looplab.errors import DivergenceError
from looplab.loop import Recipe, train
from looplab.models import mlp
from looplab.replicas.fused import run_fused


def _make_model() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))


def _recipes(seeds: range) -> list[Recipe]:
    return [Recipe(optimizer="adam", lr=0.05, steps=40, batch_size=8, seed=seed) for seed in seeds]


def test_results_do_not_depend_on_threads_order_or_neighbours(fused: Any) -> None:
    data = fused.dataset("binary", 50, 3)
    one = fused.run(_make_model, data, _recipes(range(20)), threads=1)
    three = fused.run(_make_model, data, _recipes(range(20)), threads=3)
    backwards = fused.run(_make_model, data, _recipes(range(20))[::-1], threads=2)
    alone = fused.run(_make_model, data, _recipes(range(7, 8)))
    for field in ("parameters", "train_loss"):
        expected = getattr(one, field)
        np.testing.assert_array_equal(getattr(three, field), expected)
        np.testing.assert_array_equal(getattr(backwards, field)[::-1], expected)
        np.testing.assert_array_equal(getattr(alone, field)[0], expected[7])
    assert len({row.tobytes() for row in one.parameters}) == 20


def test_calls_from_two_threads_at_once_give_what_one_gives(fused: Any) -> None:
    network, parameters = fused.initial(_make_model, range(8))
    arguments = fused.call(_recipes(range(8)), fused.dataset("binary", 50, 3)), parameters
    expected = run_fused(network, *arguments)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(run_fused, network, *arguments, threads=2) for _ in range(6)]
    for call in calls:
        np.testing.assert_array_equal(call.result().parameters, expected.parameters)
        np.testing.assert_array_equal(call.result().train_loss, expected.train_loss)


def test_a_diverging_replica_is_marked_and_changes_no_bit_of_the_others(fused: Any) -> None:
    data = fused.dataset("regression", 30, 3)
    recipes = [Recipe(optimizer="sgd", lr=lr, steps=60, seed=seed) for seed, lr in enumerate((0.1, 1e6, 0.1))]
    healthy = [recipes[0], recipes[2]]
    got, expected = fused.run(lambda: mlp(3, [8], 1), data, recipes), fused.run(lambda: mlp(3, [8], 1), data, healthy)
    assert got.failed.tolist() == [False, True, False]
    np.testing.assert_array_equal(got.parameters[[0, 2]], expected.parameters)
    np.testing.assert_array_equal(got.train_loss[[0, 2]], expected.train_loss)


def test_a_failed_replica_stops_at_the_step_that_train_names(fused: Any) -> None:
    data = fused.dataset("regression", 30, 3)
    recipe = Recipe(optimizer="sgd", lr=1e6, steps=60)
    with pytest.raises(DivergenceError) as error:
        train(lambda: mlp(3, [8], 1), data, recipe)
    step = error.value.step
    got = fused.run(lambda: mlp(3, [8], 1), data, [recipe], validation=data)
    assert np.isfinite(got.train_loss[0, :step]).all()
    assert np.isnan(got.train_loss[0, step:]).all()
    assert np.isnan(got.validation_loss[0, step:]).all()
    before = fused.run(lambda: mlp(3, [8], 1), data, [Recipe(optimizer="sgd", lr=1e6, steps=step)])
    np.testing.assert_array_equal(got.parameters, before.parameters)


def test_initial_parameters_come_in_stretches_in_order(fused: Any) -> None:
    data, recipes = fused.dataset("binary", 50, 3), _recipes(range(20))
    network, parameters = fused.initial(_make_model, range(20))
    asked: list[range] = []

    def stretch(start: int, stop: int) -> Any:
        assert threading.current_thread() is threading.main_thread()
        asked.append(range(start, stop))
        return parameters[start:stop]

    kept = parameters.copy()
    got = run_fused(network, fused.call(recipes, data), stretch, threads=2)
    assert [r for numbers in asked for r in numbers] == list(range(20))
    np.testing.assert_array_equal(got.parameters, fused.run(_make_model, data, recipes).parameters)
    np.testing.assert_array_equal(parameters, kept)


def test_progress_counts_updates_up_to_all(fused: Any) -> None:
    done: list[int] = []
    network, parameters = fused.initial(_make_model, range(20))
    recipes = [*_recipes(range(19)), replace(_recipes(range(1))[0], lr=1e38)]  # the last one fails
    call = fused.call(recipes, fused.dataset("binary", 50, 3))
    got = run_fused(network, call, parameters, threads=2, on_progress=done.append)
    assert got.failed.tolist() == [False] * 19 + [True]
    assert done == sorted(done)
    assert done[-1] == 20 * 40


def test_a_set_event_stops_within_half_a_second(fused: Any) -> None:
    network, parameters = fused.initial(_make_model, range(4))
    recipes = [Recipe(optimizer="adam", lr=0.05, steps=100_000_000, batch_size=8, seed=seed) for seed in range(4)]
    call = fused.call(recipes[:4], fused.dataset("binary", 50, 3), record_every=100_000_000)
    cancel = threading.Event()
    fused.run(_make_model, fused.dataset("binary", 50, 3), _recipes(range(1)))  # compiled before the clock starts
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run_fused(network, call, parameters, threads=2, cancel=cancel)
    timer.join()


def test_dropout_keeps_the_mean_and_drops_the_asked_share(fused: Any) -> None:
    """With the identity as network and no learning, the loss of zeros is the mean square of what dropout left."""
    width, p = 400, 0.3
    data = fused.dataset("regression", 50, width, width)
    ones = type(data)(
        name="ones", inputs=torch.ones(50, width), targets=torch.zeros(50, width), task="regression",
        feature_names=data.feature_names, target_names=data.target_names,
    )  # fmt: skip
    network, _ = fused.initial(lambda: nn.Sequential(nn.Dropout(p), nn.Linear(width, width)), [0])
    identity = np.concatenate([np.eye(width).reshape(-1), np.zeros(width)]).astype(np.float32)
    recipes = [Recipe(optimizer="sgd", lr=0.0, steps=20, seed=seed) for seed in range(3)]
    got = run_fused(network, fused.call(recipes, ones, ones), np.stack([identity] * 3))
    kept = got.train_loss * (1 - p) ** 2  # the mean of mask² is the share of ones
    deviation = np.sqrt(p * (1 - p) / (50 * width))
    assert np.abs(kept - (1 - p)).max() < 5 * deviation
    assert len(np.unique(got.train_loss)) > 50  # masks differ between steps and between seeds
    assert got.validation_loss is not None
    np.testing.assert_allclose(got.validation_loss, 1.0, rtol=1e-6)  # off


def test_dropout_with_probability_one_leaves_nothing(fused: Any) -> None:
    data = fused.dataset("regression", 20, 3)
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=5)
    fused.assert_trains_alike(lambda: nn.Sequential(nn.Linear(3, 4), nn.Dropout(1.0), nn.Linear(4, 1)), data, recipe)


_SCRIPT = """
    import sys
    import numpy as np, torch
    from looplab import Dataset, Recipe
    from looplab.loop.recording import Recording
    from looplab.replicas.arguments import make_call
    from looplab.replicas.fused import run_fused
    from looplab.replicas.plan import Linear, Network
    steps, rows = int(sys.argv[1]), torch.ones(32, 1)
    data = Dataset(name="ones", inputs=rows, targets=rows, task="regression", feature_names="x", target_names="y")
    call = make_call(lambda: torch.nn.Linear(1, 1), data, Recipe(optimizer="sgd", lr=0.001, steps=steps), seeds=1,
                     vary=None, row_weights=None, recording=Recording(every=steps))
    print("training", flush=True)
    run_fused(Network((Linear(1, 1, True),)), call, np.zeros((1, 2), np.float32),
              on_progress=lambda done: done and print("running", flush=True))
    print("done", flush=True)
"""


def _python(steps: int, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(_SCRIPT), str(steps)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment,
    )  # fmt: skip


def test_control_c_stops_long_before_the_end() -> None:
    process = _python(10**10)
    assert process.stdout is not None
    while process.stdout.readline() != "running\n":
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    for line in process.stdout:
        assert line == "running\n"
    process.wait()
    assert process.communicate()[1].rstrip().endswith("KeyboardInterrupt")
    assert time.monotonic() - started < 60  # the training itself would take hours


@pytest.mark.slow
def test_where_nothing_can_be_kept_it_only_takes_longer(tmp_path: Path) -> None:
    file = tmp_path / "not-a-directory"
    file.write_text("")
    process = _python(10, NUMBA_CACHE_DIR=str(file / "cache"))
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert out.endswith("done\n")
