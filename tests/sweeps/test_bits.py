"""The same bits come of a call, whoever trains it, in whatever chunks and order."""

import concurrent.futures
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from torch import Tensor, nn

from looplab import Recipe, Runs, load, mlp, train_many
from looplab.errors import ReplicasError
from looplab.files.scratch import scratch_array
from looplab.replicas import memory
from looplab.sweeps import Workers, driver
from looplab.sweeps.workers import ExecutorLike

RECIPE = Recipe(optimizer="adam", lr=0.02, steps=20, batch_size=32)


class Gated(nn.Module):
    """A network that has no kernel of its own."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.first, self.gate, self.last = nn.Linear(2, width), nn.PReLU(), nn.Linear(width, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.last(torch.tanh(self.gate(self.first(inputs))))
        return outputs


class Convolved(nn.Module):
    """A network whose stacked sums are rounded otherwise in stacks of another size."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.gate, self.last = nn.Conv1d(1, 4, 2), nn.PReLU(), nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.last(self.gate(self.first(inputs[:, None])).flatten(1))
        return outputs


def assert_same(one: Runs, other: Runs) -> None:
    assert torch.equal(one.train_loss.nan_to_num(-1), other.train_loss.nan_to_num(-1))
    assert (one.validation_loss is None) == (other.validation_loss is None)
    for name in ("validation_loss", "trajectory"):
        if getattr(one, name) is not None:
            assert torch.equal(getattr(one, name).nan_to_num(-1), getattr(other, name).nan_to_num(-1))
    for name in ("failed", "steps", "kept_step"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    for metrics in ("train_metrics", "validation_metrics"):
        mine, theirs = getattr(one, metrics), getattr(other, metrics)
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[name].nan_to_num(-1), theirs[name].nan_to_num(-1)) for name in mine)
    assert one.columns == other.columns
    assert torch.equal(one.parameters.nan_to_num(-1), other.parameters.nan_to_num(-1))
    assert len(one.parts) == len(other.parts)
    for mine_, theirs_ in zip(one.parts, other.parts, strict=True):
        assert all(torch.equal(mine_.buffers[name], theirs_.buffers[name]) for name in mine_.buffers)
    inputs = load("moons").inputs[:5].to(one.train_loss.dtype)
    assert torch.equal(one.predict(inputs).nan_to_num(-1), other.predict(inputs).nan_to_num(-1))


def everything(executor: ExecutorLike | None, checkpoint: Path | None = None) -> Runs:
    """A call that uses what calls can use."""
    dataset, validation = load("moons").split(0.7, seed=0)
    return train_many(
        lambda width: mlp(2, [width], 1),
        dataset,
        RECIPE,
        seeds=[3, 1, 4, 15, 9],
        vary={"lr": [0.02, 1e20], "optimizer": ["sgd", "adam"], "steps": [10, 20], "width": [4, 6]},
        validation=validation,
        row_weights=torch.stack([torch.ones(len(dataset)), torch.arange(len(dataset)) % 2.0]),
        metrics=["accuracy"],
        keep="best",
        record_every=2,
        trajectory_every=10,
        backend="fused",
        executor=executor,
        checkpoint=checkpoint,
    )


def _network(width: int, backend: str) -> nn.Module:
    return mlp(2, [width], 1) if backend == "fused" else Gated(width)


def test_all_that_a_call_can_ask_for_comes_back_as_from_one_process(executors: SimpleNamespace) -> None:
    assert_same(everything(executors.Here()), everything(None))


@pytest.mark.parametrize("backend", ["fused", "vmapped", "loop"])
def test_neither_chunks_nor_order_nor_workers_change_a_bit(backend: Any, executors: SimpleNamespace) -> None:
    def trained(executor: ExecutorLike | None) -> Runs:
        make_model = Convolved if backend == "vmapped" else partial(_network, width=5, backend=backend)
        seeds = 12 if backend == "loop" else 75
        return train_many(make_model, load("moons"), RECIPE, seeds=seeds, backend=backend, executor=executor)

    first = trained(executors.Here())
    for other in (
        Workers(executors.Here(), chunk_seconds=1e-6),
        Workers(executors.Shuffled(1), chunk_seconds=1e-3),
        Workers(executors.Shuffled(2), chunk_seconds=60.0, count=1),
        ThreadPoolExecutor(3),
    ):
        assert_same(trained(other), first)
        if isinstance(other, concurrent.futures.Executor):
            other.shutdown()
    if backend != "vmapped":  # whose stacks of 75 are rounded otherwise than those of 32
        assert_same(trained(None), first)


def test_stacks_are_cut_alike_wherever_chunks_begin(executors: SimpleNamespace) -> None:
    """Were they not, this network's numbers would show it, at least on the processors that we know."""
    call = partial(train_many, Convolved, load("moons"), RECIPE, backend="vmapped")
    in_stacks = call(seeds=64, executor=executors.Here())
    assert torch.equal(in_stacks.parameters[:32], call(seeds=32).parameters)
    assert torch.equal(in_stacks.parameters[32:], call(seeds=range(32, 64)).parameters)


@pytest.mark.parametrize(
    "make_executor",
    [lambda: ProcessPoolExecutor(2), lambda: get_reusable_executor(2)],
    ids=["concurrent.futures", "loky"],
)
def test_pools_of_processes(make_executor: Callable[[], Any]) -> None:
    def trained(executor: ExecutorLike | None) -> Runs:
        return train_many(lambda: mlp(2, [7], 1), load("moons"), RECIPE, seeds=40, backend="fused", executor=executor)

    assert_same(trained(make_executor), trained(None))


def test_what_is_larger_than_memory_lies_in_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, executors: SimpleNamespace
) -> None:
    in_memory = everything(executors.Here())
    monkeypatch.setattr(driver, "free_memory_bytes", lambda device: 1000)
    made: list[Any] = []

    def noted(folder: Path, shape: tuple[int, ...], dtype: Any) -> Any:
        made.append(shape)
        return scratch_array(folder, shape, dtype)

    monkeypatch.setattr(driver, "scratch_array", noted)
    in_files = everything(executors.Here(), tmp_path)
    assert [path.name[:6] for path in tmp_path.iterdir()] == ["sweep-"]  # no file of an array has a name
    assert {(160, 10), (20, 3, 25)} <= set(made)
    assert len(in_files.parts) > len(in_memory.parts)
    for name in ("train_loss", "validation_loss", "failed", "parameters", "trajectory"):
        mine, theirs = getattr(in_files, name), getattr(in_memory, name)
        assert torch.equal(mine.nan_to_num(-1), theirs.nan_to_num(-1))


def test_what_is_larger_than_memory_needs_a_folder(monkeypatch: pytest.MonkeyPatch, executors: SimpleNamespace) -> None:
    monkeypatch.setattr(memory, "_SMALL_BYTES", 0)
    monkeypatch.setattr(memory, "free_memory_bytes", lambda device: 1000)
    with pytest.raises(ReplicasError, match=r"memory for 160 replicas: expected at most the 1,000 bytes"):
        everything(executors.Here())
