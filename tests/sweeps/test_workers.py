"""Workers that end, lose what they have, are unlike this process, or are none; and what is said of it."""

import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Recipe, Runs, load, mlp, train_many
from looplab.errors import CheckpointError, ModelError, ReplicasError
from looplab.loop import OPTIMIZERS
from looplab.sweeps import Workers, driver, scheduler
from looplab.sweeps.workers import ExecutorLike

RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=5)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "_FIRST_PAUSE_SECONDS", 0.001)


def trained(executor: ExecutorLike | None, **more: Any) -> Runs:
    more = {"seeds": 200, "backend": "fused", **more}
    return train_many(more.pop("make_model", lambda: mlp(2, [3], 1)), load("moons"), RECIPE, executor=executor, **more)


def test_what_is_lost_is_sent_again_and_counts_once(
    executors: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    losing = executors.Losing(7, ConnectionError("the network is gone"))
    runs = trained(Workers(losing, chunk_seconds=1e-6))
    assert torch.equal(runs.parameters, trained(None).parameters)
    assert not runs.failed.any()
    lost = [record.getMessage() for record in caplog.records if "was lost" in record.getMessage()]
    assert len(lost) == 7
    assert lost[0].startswith("replicas 0 to ")
    assert lost[0].endswith("was lost (ConnectionError: the network is gone) and is sent out again")
    assert len(losing.chunks) == 7 + len(set(losing.chunks))
    assert sum(map(len, set(losing.chunks))) == 200


def test_what_is_lost_again_and_again_is_a_sentence(executors: SimpleNamespace) -> None:
    losing = executors.Losing(99, ConnectionError("gone"))
    with pytest.raises(
        ReplicasError,
        match=r"workers of Losing: expected ones that bring replicas \d+ to \d+ back, got ConnectionError.*, 3 times",
    ):
        trained(Workers(losing, tries=3))


class Deadly(nn.Module):
    """Kills the process in which it is made for the first time after a file is there."""

    def __init__(self, fuse: str) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        if os.getpid() != int(Path(f"{fuse}.driver").read_text()) and Path(fuse).exists():
            Path(fuse).unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs)
        return outputs


@pytest.fixture
def fuse(tmp_path: Path) -> str:
    path = tmp_path / "fuse"
    path.touch()
    Path(f"{path}.driver").write_text(str(os.getpid()))
    return str(path)


def test_a_killed_process_is_replaced_where_a_function_makes_pools(fuse: str) -> None:
    runs = trained(lambda: ProcessPoolExecutor(2), make_model=lambda: Deadly(fuse), backend="loop", seeds=6)
    assert not Path(fuse).exists()
    assert not runs.failed.any()
    plain = trained(None, make_model=lambda: nn.Linear(2, 1), backend="loop", seeds=6)
    assert torch.equal(runs.parameters, plain.parameters)


def test_a_broken_pool_without_another_is_a_sentence(fuse: str) -> None:
    with ProcessPoolExecutor(2) as pool, pytest.raises(ReplicasError, match="Give a function that makes an executor"):
        trained(pool, make_model=lambda: Deadly(fuse), backend="loop", seeds=6)


def test_a_process_that_always_dies_is_a_sentence(tmp_path: Path) -> None:
    here = os.getpid()

    def make_model() -> nn.Module:
        if os.getpid() != here:
            os._exit(1)
        return nn.Linear(2, 1)

    workers = Workers(lambda: ProcessPoolExecutor(1), tries=2)
    with pytest.raises(ReplicasError, match=r"got BrokenProcessPool: .*, 2 times"):
        trained(workers, make_model=make_model, backend="loop", seeds=3)


def test_a_chunk_that_does_not_come_back_is_sent_again(executors: SimpleNamespace) -> None:
    class Forgetful(executors.Here):  # type: ignore[name-defined, misc]
        forgets = 2

        def settle(self, future: "Future[Any]", work: Any) -> None:
            self.forgets -= 1
            if self.forgets < 0:
                super().settle(future, work)

    runs = trained(Workers(Forgetful(), patience_seconds=0.05))
    assert torch.equal(runs.parameters, trained(None).parameters)


def test_what_was_altered_on_its_way_is_trained_again(executors: SimpleNamespace) -> None:
    class Noisy(executors.Here):  # type: ignore[name-defined, misc]
        noise = 2

        def settle(self, future: "Future[Any]", work: Any) -> None:
            reply = work()
            self.noise -= 1
            if self.noise >= 0:
                flipped = bytes([reply.content[-1] ^ 1])
                object.__setattr__(reply, "content", reply.content[:-1] + flipped)
            future.set_result(reply)

    assert torch.equal(trained(Noisy()).parameters, trained(None).parameters)
    Noisy.noise = 10**6
    with pytest.raises(CheckpointError, match="what a worker sent: expected a checkpoint of looplab, whole"):
        trained(Noisy())


def test_workers_of_other_versions_are_refused_at_the_start(
    executors: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "versions", lambda: '{"python": "3.99", "torch": "1.0"}')
    here = executors.Here()
    with pytest.raises(ReplicasError, match=r"workers with the versions.*got one with python 3\.1\d instead of"):
        trained(here)
    assert len(here.chunks) <= 4


def test_workers_without_looplab_are_refused(executors: SimpleNamespace) -> None:
    with pytest.raises(ReplicasError, match="workers on which looplab is installed, as it is here, got ModuleNotFound"):
        trained(executors.Losing(1, ModuleNotFoundError("No module named 'looplab'")))


def test_what_cannot_be_sent_is_a_sentence(executors: SimpleNamespace) -> None:
    lock = threading.Lock()
    with pytest.raises(ReplicasError, match="functions and objects that can be sent to other processes"):
        trained(executors.Here(), make_model=lambda: lock and nn.Linear(2, 1))


def test_errors_of_the_model_are_those_of_one_process(executors: SimpleNamespace) -> None:
    def late() -> nn.Module:
        if torch.initial_seed() == 150:
            raise RuntimeError("no such luck")
        return nn.Sequential(nn.Linear(2, 1), nn.PReLU())

    said = []
    for executor in (None, executors.Here()):
        with pytest.raises(ModelError) as caught:
            trained(executor, make_model=late, backend="vmapped")
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "no such luck" in said[0]


def test_a_replica_that_another_backend_must_train_has_all_trained_by_it(executors: SimpleNamespace) -> None:
    class Marked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.gate = nn.Linear(2, 1), nn.PReLU()
            self.mark = [float(torch.initial_seed() == 50)]

        def forward(self, inputs: Tensor) -> Tensor:
            outputs: Tensor = self.gate(self.layer(inputs)) + self.mark[0]
            return outputs

    runs = trained(executors.Here(), make_model=Marked, backend="auto", seeds=70)
    assert runs.backend.name == "loop"
    assert "not vmapped, because the attribute mark differs between seeds" in runs.backend.reason
    assert torch.equal(runs.parameters, trained(None, make_model=Marked, backend="loop", seeds=70).parameters)
    with pytest.raises(ModelError, match="the attribute mark differs between seeds"):
        trained(executors.Here(), make_model=Marked, backend="vmapped", seeds=70)


def test_one_model_for_all_seeds_is_refused(executors: SimpleNamespace) -> None:
    net = nn.Linear(2, 1)
    with pytest.raises(ModelError, match="a new model at each call"):
        trained(executors.Here(), make_model=lambda: net, backend="loop", seeds=3)


def test_what_only_this_process_knows_is_refused(executors: SimpleNamespace) -> None:
    own = replace(OPTIMIZERS["sgd"], name="mine")
    with OPTIMIZERS.registered(own), pytest.raises(ReplicasError, match="one that was registered in this process"):
        trained(executors.Here())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, r"executor: expected an object with a method submit, or a function that makes one, got 3"),
        (ProcessPoolExecutor, r"executor: expected an object with a method submit"),
        (lambda: 3, r"executor: expected a function that makes an executor, got one that made 3"),
    ],
    ids=["number", "class", "maker of a number"],
)
def test_what_is_no_executor_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(ReplicasError, match=message):
        trained(wrong)


@pytest.mark.parametrize("name", ["count", "chunk_seconds", "tries", "patience_seconds"])
def test_impossible_numbers_are_refused(name: str, executors: SimpleNamespace) -> None:
    with pytest.raises(ReplicasError, match=f"{name}: expected a .*number.* got 0"):
        Workers(executors.Here(), **{name: 0})
