"""Checkpoints: a training that was interrupted anywhere ends as one that was not, to the bit."""

import os
import signal
import subprocess
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from looplab import Callback, Checkpoint, Computation, Dataset, LooplabError, Recipe, Run, Training, load, mlp, train
from looplab.errors import CallbackError, CheckpointError
from looplab.loop import OPTIMIZERS, SCHEDULES
from looplab.loop.checkpoints import file


class Pulled(BaseException):
    """The plug was pulled."""


def pull_at(step: int) -> Callable[[Training], None]:
    def look(training: Training) -> None:
        if training.step == step:
            raise Pulled

    return look


def still(training: Training) -> None:
    """Stands where `pull_at` stood, since a checkpoint knows the classes of callbacks."""


class Counting(nn.Module):
    """Keeps counts, lists, means, a generator, what comes late and what goes; its outputs depend on all of them."""

    late: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.calls = 0
        self.seen: list[float] = []
        self.mean = torch.zeros(2)
        self.array = np.zeros(2)
        self.random = torch.Generator().manual_seed(3)
        self.register_buffer("noise", torch.zeros(1), persistent=False)
        self.register_buffer("late", None)
        self.first: float | None = 0.5
        self.named = OrderedDict(a=1)

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training:
            self.calls += 1
            self.seen = [*self.seen[-2:], inputs.mean().item()]
            self.mean = 0.9 * self.mean + 0.1 * inputs.mean(dim=0)
            self.array = self.array + 0.01
            self.noise = torch.randn(1, generator=self.random)
            self.late = inputs[:2].clone() if self.late is None else 0.5 * self.late
            self.named = OrderedDict(a=self.named["a"] + 1)
            if self.calls == 2:
                del self.first
        shift = self.calls / 100 + sum(self.seen) + float(self.array.sum()) + self.named["a"] / 50
        shift += getattr(self, "first", 0.0) + (0.0 if self.late is None else float(self.late.sum()))
        output: Tensor = self.layer(inputs - self.mean) + shift * self.noise
        return output


MODELS: dict[str, Callable[[], nn.Module]] = {
    "plain": lambda: mlp(2, [6], 1),
    "dropout": lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1)),
    "batch norm": lambda: nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)),
    "counting": Counting,
    "tied": lambda: tied(),
}


def tied() -> nn.Module:
    """Two layers with one weight."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    model[2].weight = model[0].weight
    return model


def numbers(run: Run) -> list[Tensor]:
    """All that a run found out."""
    model = [*run.model.parameters(), *run.model.buffers()]
    records = [run.train_loss, run.validation_loss, run.trajectory, *run.train_metrics.values()]
    return [tensor.detach() for tensor in [*model, *records, *run.validation_metrics.values()] if tensor is not None]


def same(one: Run, other: Run) -> bool:
    facts = [(run.steps, run.kept_step, run.stopped, run.recipe) for run in (one, other)]
    pairs = zip(numbers(one), numbers(other), strict=True)
    return facts[0] == facts[1] and all(torch.equal(a, b) for a, b in pairs)


def arguments() -> dict[str, Any]:
    dataset, validation = load("moons").split(0.7, seed=0)
    return {
        "make_model": MODELS["dropout"],
        "dataset": dataset,
        "recipe": Recipe(optimizer="adam", lr=0.05, steps=9, batch_size=48, schedule="cosine", seed=4),
        "validation": validation,
        "metrics": ["accuracy"],
        "keep": "best",
        "trajectory_every": 2,
        "record_every": 2,
    }


def interrupted(path: Path, step: int, **asked: Any) -> Run:
    """Train with the plug pulled after a step, and then once more."""
    with pytest.raises(Pulled):  # the callback comes after the steps before it were saved
        train(**asked, callbacks=[pull_at(step)], checkpoint=Checkpoint(path, every=1))
    return train(**asked, callbacks=[still], checkpoint=Checkpoint(path, every=1))


@pytest.mark.parametrize("step", range(1, 10))
def test_interrupted_at_any_step_it_ends_as_if_it_had_not_been(tmp_path: Path, step: int) -> None:
    asked = arguments()
    assert same(interrupted(tmp_path / "run.ckpt", step, **asked), train(**asked))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("batch_size", [None, 48])
def test_whatever_a_model_keeps_is_kept(tmp_path: Path, model: str, batch_size: int | None) -> None:
    asked = {**arguments(), "make_model": MODELS[model]}
    asked["recipe"] = replace(asked["recipe"], batch_size=batch_size)
    assert same(interrupted(tmp_path / "run.ckpt", 5, **asked), train(**asked))


@pytest.mark.parametrize(
    ("optimizer", "schedule"), [*((name, "cosine") for name in OPTIMIZERS), *(("adam", name) for name in SCHEDULES)]
)
def test_whatever_an_optimizer_remembers_is_kept(tmp_path: Path, optimizer: str, schedule: str) -> None:
    asked = {**arguments(), "recipe": Recipe(optimizer=optimizer, lr=0.02, steps=7, batch_size=48, schedule=schedule)}
    assert same(interrupted(tmp_path / "run.ckpt", 4, **asked), train(**asked))


@pytest.mark.parametrize("patience", [1, 2])
def test_a_training_that_stopped_early_stays_stopped(tmp_path: Path, patience: int) -> None:
    asked = {**arguments(), "patience": patience, "record_every": 1}
    asked["recipe"] = replace(asked["recipe"], lr=3.0, steps=200)
    whole = train(**asked)
    assert whole.steps < 200
    path = tmp_path / "run.ckpt"
    assert same(interrupted(path, whole.steps - 1, **asked), whole)
    again = train(**asked, callbacks=[still], checkpoint=Checkpoint(path, every=1))
    assert same(again, whole)


def test_a_finished_training_is_returned_at_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def look(training: Training) -> None:
        calls.append(training.step)

    asked, path = arguments(), tmp_path / "folder" / "run.ckpt"
    first = train(**asked, callbacks=[look], checkpoint=path)
    written = path.stat().st_mtime_ns
    second = train(**asked, callbacks=[look], checkpoint=str(path))
    assert same(first, second)
    assert calls == list(range(1, 10))
    assert path.stat().st_mtime_ns == written


def test_by_itself_it_saves_by_the_clock_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    right = file.write_checkpoint

    def watched(path: Path, state: Any) -> None:
        saved.append(state["step"])
        right(path, state)

    clock = iter(range(0, 100_000, 4))  # each look at it comes four seconds after the one before; so long a save takes
    monkeypatch.setattr("looplab.loop.checkpoints.checkpoint.write_checkpoint", watched)
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    train(**{**arguments(), "recipe": Recipe(optimizer="sgd", lr=0.1, steps=120)}, checkpoint=tmp_path / "run.ckpt")
    assert saved == [2, 52, 102, 120]  # after ten seconds, and then when saving took 2 % of the time


SCRIPT = """
import sys
from looplab import Callback, Checkpoint, Recipe, load, train
from torch import nn
def network():
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1))
recipe = Recipe(optimizer="adam", lr=0.01, steps=400, batch_size=32, schedule="cosine")
print("begin", flush=True)
run = train(network, load("moons"), recipe, checkpoint=Checkpoint(sys.argv[1], every=3),
            callbacks=[lambda training: print(training.step, flush=True)])
print("loss", run.train_loss.sum().item().hex(), flush=True)
"""


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    def started(path: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SCRIPT, str(path)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})

    ends = []
    for kills in ([], [1, 40, 41, 200, 333]):
        path = tmp_path / f"{len(kills)}.ckpt"
        for step in kills:
            with started(path) as process:
                assert process.stdout is not None
                assert any(line.strip() == str(step) for line in process.stdout)
                process.send_signal(signal.SIGKILL)
        with started(path) as process:
            assert process.stdout is not None
            ends.append(process.stdout.read().splitlines()[-1])
    assert ends[0].startswith("loss 0x")
    assert ends[0] == ends[1]


def other_rows(dataset: Dataset) -> Dataset:
    return replace(dataset, inputs=dataset.inputs + 1e-6)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "recipe": (lambda asked: replace(asked["recipe"], lr=0.01), r"recipe with lr=0\.05 instead of 0\.01"),
    "dataset": (lambda asked: other_rows(asked["dataset"]), r"its dataset holds other numbers"),
    "validation": (lambda asked: other_rows(asked["validation"]), r"its validation holds other numbers"),
    "make_model": (lambda asked: MODELS["plain"], r"its make_model gave another model, with .*out_features=8"),
    "metrics": (lambda asked: ["error"], r"metrics was \['accuracy'\] there and is \['error'\] here"),
    "keep": (lambda asked: "last", r"callbacks was|keep was 'best' there and is 'last' here"),
    "trajectory_every": (lambda asked: 3, r"trajectory_every was 2 there and is 3 here"),
    "record_every": (lambda asked: 3, r"record_every was 2 there and is 3 here"),
    "patience": (lambda asked: 100, r"patience was None there and is 100 here"),
    "row_weights": (lambda asked: torch.rand(len(asked["dataset"])) + 0.1, r"row_weights was None there|its row_w"),
    "loss": (lambda asked: nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])), r"loss was \[.*there and is \["),
    "callbacks": (lambda asked: [still], r"callbacks was \["),
    "computation": (
        lambda asked: Computation(precision="bfloat16"),
        r"computation was None there and is \{'pr",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_checkpoint_of_another_training_is_refused(tmp_path: Path, name: str) -> None:
    change, message = CHANGES[name]
    asked, path = arguments(), tmp_path / "run.ckpt"
    train(**asked, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=rf"{path.name}: expected a checkpoint of this training, .*{message}"):
        train(**{**asked, name: change(asked)}, checkpoint=path)
    assert path.read_bytes() == before


OTHER_MODELS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "activation": (
        lambda: nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1)),
        r"its make_model gave another model, with \(1\): ReLU\(\) where this one has \(1\): Tanh\(\)",
    ),
    "one more": (
        lambda: nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1), nn.Identity()),
        r"its make_model gave another model, with \) where this one has \(3\): Identity\(\)",
    ),
    "values": (lambda: halved(), r"its make_model gave other numbers"),
}


def halved() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1))
    with torch.no_grad():
        next(model.parameters()).mul_(0.5)
    return model


@pytest.mark.parametrize("name", OTHER_MODELS)
def test_the_checkpoint_of_a_model_with_as_many_numbers_is_refused(tmp_path: Path, name: str) -> None:
    make_model, message = OTHER_MODELS[name]
    path, recipe = tmp_path / "run.ckpt", Recipe(optimizer="sgd", lr=0.1, steps=3)
    train(lambda: nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1)), load("moons"), recipe, checkpoint=path)
    with pytest.raises(CheckpointError, match=message):
        train(make_model, load("moons"), recipe, checkpoint=path)


def test_callbacks_that_start_see_a_training_that_goes_on(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    class Looking(Callback):
        def start(self, training: Training) -> None:
            seen.append(("start", training.step))

        def load_state_dict(self, state: Any) -> None:
            seen.append(("load", state["step"]))

        def state_dict(self) -> dict[str, int]:
            return {"step": 2}

    recipe = Recipe(optimizer="sgd", lr=0.1, steps=4)
    saving = Checkpoint(tmp_path / "run.ckpt", every=2)

    class Stop(Callback):
        pull = True

        def after_step(self, training: Training) -> None:
            if self.pull and training.step == 3:
                raise Pulled

    with pytest.raises(Pulled):
        train(lambda: mlp(2, [3], 1), load("moons"), recipe, callbacks=[Looking(), Stop()], checkpoint=saving)
    Stop.pull = False
    train(lambda: mlp(2, [3], 1), load("moons"), recipe, callbacks=[Looking(), Stop()], checkpoint=saving)
    assert seen == [("start", 0), ("load", 2), ("start", 2)]


def test_every_argument_of_train_that_decides_the_numbers_is_compared() -> None:
    import inspect

    assert set(inspect.signature(train).parameters) - {"checkpoint"} == set(CHANGES)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"0",
    "zeros": lambda content: bytes(len(content)),
    "text": lambda content: b"step,loss\n1,2\n",
    "endless header": lambda content: b"\xff" * 8 + content[8:],
    "flipped in the header": lambda content: flipped(content, 100),
    "flipped in the tensors": lambda content: flipped(content, -9),
}


def flipped(content: bytes, place: int) -> bytes:
    """The same but for one bit."""
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    asked, path = arguments(), tmp_path / "run.ckpt"
    train(**asked, checkpoint=path)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"run.ckpt: expected a checkpoint of looplab, whole and unaltered, got"):
        train(**asked, checkpoint=path)


def test_another_file_of_safetensors_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save

    path = tmp_path / "weights.safetensors"
    path.write_bytes(save({"weight": torch.ones(3)}))
    with pytest.raises(CheckpointError, match="whole and unaltered"):
        train(**arguments(), checkpoint=path)


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(LooplabError, match=str(tmp_path)):
        train(**arguments(), checkpoint=tmp_path)


@pytest.mark.parametrize("checkpoint", [3, True, "", [], b"run"], ids=repr)
def test_what_is_no_path_is_refused(checkpoint: Any) -> None:
    with pytest.raises(LooplabError, match=r"^checkpoint: expected the path of a file, got"):
        train(**arguments(), checkpoint=checkpoint)


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "3"], ids=repr)
def test_every_must_be_a_number_of_steps(tmp_path: Path, every: Any) -> None:
    with pytest.raises(LooplabError, match=r"^every: expected a whole number of steps, at least 1, got"):
        Checkpoint(tmp_path / "run.ckpt", every=every)


def test_other_threads_are_told(tmp_path: Path) -> None:
    asked, path = arguments(), tmp_path / "run.ckpt"
    threads = torch.get_num_threads()
    with pytest.raises(Pulled):
        train(**asked, callbacks=[pull_at(3)], checkpoint=Checkpoint(path, every=1))
    torch.set_num_threads(threads + 1)
    try:
        with pytest.warns(
            UserWarning, match=rf"written with torch .* on {threads} thread.* and goes on .* on {threads + 1}"
        ):
            train(**asked, callbacks=[still], checkpoint=path)
    finally:
        torch.set_num_threads(threads)


class Growing(nn.Module):
    """Makes a layer while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        self.more = nn.Linear(1, 1)
        output: Tensor = self.layer(inputs)
        return output


def test_a_model_that_grows_is_not_taken_up_again(tmp_path: Path) -> None:
    asked = {**arguments(), "make_model": Growing, "keep": "last", "trajectory_every": None}
    with pytest.raises(CheckpointError, match=r"expected the state of this training, got KeyError: 'more"):
        interrupted(tmp_path / "run.ckpt", 3, **asked)


class Strange(nn.Module):
    """Keeps what no file can: an object of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.last: object = None

    @staticmethod
    def kind() -> object:
        """What it keeps."""

    def forward(self, inputs: Tensor) -> Tensor:
        self.last = self.kind()
        output: Tensor = self.layer(inputs)
        return output


@pytest.mark.parametrize("kind", [set, defaultdict, deque, object, lambda: [{1, 2}], lambda: {"a": object()}])
def test_what_no_checkpoint_can_keep_is_named(tmp_path: Path, kind: Callable[[], object]) -> None:
    class Other(Strange):
        pass

    Other.kind = staticmethod(kind)  # type: ignore[method-assign]
    asked = {**arguments(), "make_model": Other}
    with pytest.raises(CheckpointError, match=r"attributes.*expected tensors, numbers, text, and lists"):
        train(**asked, checkpoint=tmp_path / "run.ckpt")


def test_a_callback_s_own_state_is_kept(tmp_path: Path) -> None:
    from looplab import Callback

    class Total(Callback):
        def __init__(self, pull: int | None = None) -> None:
            self.total, self.pull = 0.0, pull

        def after_step(self, training: Training) -> None:
            if training.step == self.pull:
                raise Pulled
            self.total += training.loss

        def state_dict(self) -> dict[str, Any]:
            return {"total": self.total}

        def load_state_dict(self, state: Any) -> None:
            self.total = state["total"]

    whole, asked = Total(), arguments()
    train(**asked, callbacks=[whole])
    with pytest.raises(Pulled):
        train(**asked, callbacks=[Total(6)], checkpoint=Checkpoint(tmp_path / "run.ckpt", every=1))
    again = Total()
    train(**asked, callbacks=[again], checkpoint=Checkpoint(tmp_path / "run.ckpt", every=1))
    assert again.total == whole.total


def test_a_callback_whose_state_fails_is_named(tmp_path: Path) -> None:
    from looplab import Callback

    class Broken(Callback):
        def state_dict(self) -> dict[str, Any]:
            raise ZeroDivisionError

    with pytest.raises(CallbackError, match=r"^callback Broken: .*ZeroDivisionError"):
        train(**arguments(), callbacks=[Broken()], checkpoint=tmp_path / "run.ckpt")
