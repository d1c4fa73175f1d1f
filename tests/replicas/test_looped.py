"""The loop backend: `train` to the bit, in this process and in workers, whatever the model is made of."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import psutil
import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from looplab import Recipe, load, mlp, train
from looplab.errors import DivergenceError, ModelError, ReplicasError
from looplab.loop import OPTIMIZERS, ProgressBar
from looplab.loop.recording import Recording
from looplab.replicas import Runs, arguments, looped, pool
from looplab.replicas.architecture import Architecture
from looplab.sweeps import many, train_many

MOONS, HELD_OUT = load("moons").split(0.5, seed=0)
RECIPE = Recipe(optimizer="adam", lr=0.02, steps=12, batch_size=32)
SEEDS = (4, 0, 9)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.LSTM(1, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.out(self.cell(inputs[:, :, None])[0][:, -1])
        return outputs


class Noisy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs + self.training * torch.randn_like(inputs))
        return outputs


class Averaging(nn.Module):
    """Keeps a running mean as a plain tensor, and uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.mean, self.calls = nn.Linear(2, 1), torch.zeros(2), 0

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training:
            self.mean, self.calls = 0.9 * self.mean + 0.1 * inputs.mean(dim=0), self.calls + 1
        outputs: Tensor = self.layer(inputs - self.mean)
        return outputs


class Halved(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] / 2


class OwnBackward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 8), nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        halved: Any = Halved.apply
        outputs: Tensor = self.second(halved(torch.relu(self.first(inputs))))
        return outputs


class Checkpointed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.2)), nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.second(checkpoint(self.first, inputs, use_reentrant=False))
        return outputs


def normalized() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4, momentum=None), nn.ReLU(), nn.Linear(4, 1))


def clamped() -> nn.Module:
    model = mlp(2, [8], 1)
    for parameter in model.parameters():
        parameter.register_hook(lambda gradient: gradient.clamp(-1e-3, 1e-3))
    return model


MODELS: dict[str, Callable[[], nn.Module]] = {
    "recurrent": Recurrent,
    "gated": lambda: nn.Sequential(nn.Linear(2, 4), nn.Unflatten(1, (1, 4)), nn.GRU(4, 3, batch_first=True), Last()),
    "batch norm": normalized,
    "noise": Noisy,
    "a state": Averaging,
    "an own backward pass": OwnBackward,
    "checkpointing": Checkpointed,
    "hooks": clamped,
    "what others train, too": lambda: mlp(2, [8], 1),
}


class Last(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(3, 1)

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        outputs: Tensor = self.out(inputs[0][:, -1])
        return outputs


def assert_as_train(runs: Runs, make_model: Callable[[], nn.Module], recipe: Recipe = RECIPE) -> None:
    for replica, seed in enumerate(SEEDS):
        run = train(make_model, MOONS, replace(recipe, seed=seed), validation=HELD_OUT)
        model = runs.model(replica)
        assert torch.equal(runs.train_loss[replica], run.train_loss)
        assert runs.validation_loss is not None
        assert run.validation_loss is not None
        assert torch.equal(runs.validation_loss[replica], run.validation_loss)
        for ours, theirs in zip(model.state_dict().values(), run.model.state_dict().values(), strict=True):
            assert torch.equal(ours, theirs)
        expected = run.model.eval()(HELD_OUT.inputs)
        assert torch.equal(model.eval()(HELD_OUT.inputs), expected)
        assert torch.equal(runs.predict(HELD_OUT.inputs)[replica], expected)


@pytest.mark.parametrize("name", MODELS)
def test_whatever_train_trains_comes_out_as_it_does_to_the_bit(name: str) -> None:
    runs = train_many(MODELS[name], MOONS, RECIPE, seeds=SEEDS, validation=HELD_OUT, backend="loop")
    assert runs.backend.name == "loop"
    assert_as_train(runs, MODELS[name])


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are started however short the work is, and however few cores there are."""
    monkeypatch.setattr(looped, "_START_SECONDS", 0.0)
    monkeypatch.setattr(looped, "worker_count", lambda most: most or 2)


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("name", ["batch norm", "a state", "hooks"])
def test_workers_give_the_same_bits(name: str) -> None:
    torch.set_num_threads(2)
    runs = train_many(MODELS[name], MOONS, RECIPE, seeds=SEEDS, validation=HELD_OUT, backend="loop")
    assert str(runs.backend) == "loop: as asked for; in 2 worker processes"
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)
    assert_as_train(runs, MODELS[name])


def test_folds_varied_fields_and_records_are_those_of_train() -> None:
    weights = torch.randint(3, (2, 3, 100), generator=torch.Generator().manual_seed(0)).float()
    vary: dict[str, list[Any]] = {"lr": [0.01, 0.1], "batch_size": [16, None]}
    runs = train_many(clamped, MOONS, RECIPE, seeds=SEEDS, vary=vary, row_weights=weights, record_every=5)
    assert runs.backend.name == "loop"
    for replica in (0, 5, 11, 12, 23):
        row = {name: values[replica] for name, values in runs.columns.items()}
        recipe = replace(RECIPE, seed=row["seed"], lr=row["lr"], batch_size=row["batch_size"])
        fold = weights[row["fold"], SEEDS.index(row["seed"])]
        run = train(clamped, MOONS, recipe, row_weights=fold, record_every=5)
        assert torch.equal(runs.train_loss[replica], run.train_loss)


def test_a_replica_that_diverges_is_marked_and_keeps_the_parameters_that_gave_the_loss() -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=60)
    runs = train_many(lambda: mlp(2, [8], 1), MOONS, recipe, seeds=2, vary={"lr": [0.1, 1e30]}, backend="loop")
    assert runs.failed.tolist() == [False, False, True, True]
    with pytest.raises(DivergenceError) as error:
        train(lambda: mlp(2, [8], 1), MOONS, replace(recipe, lr=1e30))
    assert isinstance(error.value.run, type(train(normalized, MOONS, replace(recipe, steps=1))))
    assert torch.equal(runs.train_loss[2].isfinite(), torch.arange(60) < error.value.step)
    theirs = nn.utils.parameters_to_vector(error.value.run.model.parameters())
    assert torch.equal(runs.parameters[2].nan_to_num(), theirs.detach().nan_to_num())


@pytest.mark.usefixtures("workers")
def test_what_cannot_be_sent_is_trained_here_and_says_why() -> None:
    lock = threading.Lock()

    def locked() -> nn.Module:
        with lock:
            return normalized()

    runs = train_many(locked, MOONS, RECIPE, seeds=SEEDS, validation=HELD_OUT, backend="loop")
    assert "in this process, because the model cannot be sent to another process: TypeError" in str(runs.backend)
    assert_as_train(runs, locked)


class Holding(nn.Module):
    """Keeps something that no other process can be given, once it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.held = nn.Linear(2, 1), None

    def forward(self, inputs: Tensor) -> Tensor:
        self.held = threading.Lock()  # type: ignore[assignment]  # None before
        outputs: Tensor = self.layer(inputs)
        return outputs


def share_of(make_model: Callable[[], nn.Module]) -> Any:
    """What a worker would answer, asked in this process: starting one takes seconds."""
    call = arguments.make_call(make_model, MOONS, RECIPE, seeds=2, vary=None, row_weights=None, recording=Recording())
    return pool._train_share(cloudpickle.dumps((call, Architecture(make_model()), {})), [1])


def test_what_cannot_be_sent_back_is_said() -> None:
    assert share_of(Holding).unable.startswith("what training changed cannot be sent back: TypeError")


class Absent:
    """What no process can take out of a pickle."""

    def __reduce__(self) -> Any:
        return _arrive, ()


def _arrive() -> None:
    raise ModuleNotFoundError("No module named 'mine'")


def test_what_a_worker_cannot_make_is_said() -> None:
    absent = Absent()

    def make_model() -> nn.Module:
        assert absent is not None
        return normalized()

    expected = "another process cannot make the model: ModuleNotFoundError: No module named 'mine'"
    assert share_of(make_model).unable == expected


def test_what_workers_cannot_do_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looped, "_START_SECONDS", 0.0)
    monkeypatch.setattr(looped, "worker_count", lambda most: 2)
    workers_are_lazy = True

    def unable(*_: object) -> Iterator[Any]:
        if workers_are_lazy:
            raise pool.WorkersError("they are on strike")
        yield

    monkeypatch.setattr(looped, "train_in_workers", unable)
    runs = train_many(normalized, MOONS, RECIPE, seeds=SEEDS, validation=HELD_OUT, backend="loop")
    assert str(runs.backend) == "loop: as asked for; in this process, because they are on strike"
    assert_as_train(runs, normalized)


@pytest.mark.usefixtures("workers")
def test_what_was_registered_here_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(OPTIMIZERS), "has_guests", True)
    runs = train_many(normalized, MOONS, RECIPE, seeds=2, backend="loop")
    assert str(runs.backend) == "loop: as asked for; in this process, the only one that knows what was registered here"


@pytest.mark.usefixtures("workers")
def test_an_error_in_a_worker_is_the_sentence_of_train() -> None:
    home = os.getpid()

    def fault(_: object, inputs: tuple[Tensor]) -> None:
        if os.getpid() != home:
            raise KeyError("not in a worker")

    def make_model() -> nn.Module:
        model = normalized()
        model.register_forward_pre_hook(fault)
        return model

    with pytest.raises(ModelError, match=r"the model on 'moons'.*got KeyError: 'not in a worker'"):
        train_many(make_model, MOONS, RECIPE, seeds=SEEDS, backend="loop")


@pytest.mark.usefixtures("workers")
def test_a_worker_that_is_killed_is_a_sentence() -> None:
    home = os.getpid()

    def make_model() -> nn.Module:
        if os.getpid() != home:
            os.kill(os.getpid(), signal.SIGKILL)
        return normalized()

    with pytest.raises(ReplicasError, match=r"train_many in worker processes: .* got one that was ended from outside"):
        train_many(make_model, MOONS, RECIPE, seeds=SEEDS, backend="loop")


@pytest.mark.usefixtures("workers")
def test_ctrl_c_ends_the_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home, sign = os.getpid(), tmp_path / "begun"

    def make_model() -> nn.Module:
        if os.getpid() != home:
            sign.write_text(str(os.getpid()))
            time.sleep(600)
        return normalized()

    def press() -> None:
        while not sign.exists() or not sign.read_text():
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        train_many(make_model, MOONS, RECIPE, seeds=SEEDS, backend="loop")
    thread.join()
    worker = int(sign.read_text())
    patience = time.monotonic() + 240
    while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < patience
        time.sleep(0.05)


def test_progress_goes_on_within_a_replica_and_ends_at_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    bar = type("Bar", (ProgressBar,), {"update": lambda _, done: seen.append(done)})
    monkeypatch.setattr(many, "ProgressBar", bar)
    train_many(normalized, MOONS, RECIPE, seeds=3, backend="loop")
    assert seen == sorted(seen)
    assert set(range(1, 37)) <= set(seen)


def test_a_single_replica_is_trained_by_the_loop() -> None:
    runs = train_many(lambda: nn.Sequential(nn.Linear(2, 4), nn.RMSNorm(4), nn.Linear(4, 1)), MOONS, RECIPE, seeds=1)
    assert str(runs.backend) == (
        "loop: no fused plan, because layer 1 is a RMSNorm; "
        "not vmapped, because a single replica is trained sooner by itself; in this process, which is soon done"
    )


def test_runs_of_the_loop_are_saved_and_need_their_make_model(tmp_path: Path) -> None:
    runs = train_many(normalized, MOONS, RECIPE, seeds=SEEDS, validation=HELD_OUT, backend="loop")
    runs.save(tmp_path / "runs.zip")
    with pytest.raises(ReplicasError, match="the function that made the models"):
        Runs.load(tmp_path / "runs.zip")
    assert_as_train(Runs.load(tmp_path / "runs.zip", normalized), normalized)


def test_what_training_changed_besides_tensors_of_modules_is_not_lost_unsaid(tmp_path: Path) -> None:
    runs = train_many(Averaging, MOONS, RECIPE, seeds=2)
    assert runs.model(1).calls == 12
    with pytest.raises(ReplicasError, match=r"runs of Averaging: expected .* got the attribute mean"):
        runs.save(tmp_path / "runs.zip")
