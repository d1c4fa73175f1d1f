"""Calls of `train_many` that were interrupted anywhere end as those that were not, to the bit."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import LooplabError, Recipe, Runs, load, mlp, train_many
from looplab.errors import CheckpointError, ReplicasError
from looplab.loop.checkpoints.clock import SaveClock
from looplab.loop.checkpoints.file import read_checkpoint
from looplab.replicas import stretches

ROWS, HELD_OUT = load("moons").split(0.3, seed=0)
RECIPE = Recipe(optimizer="adam", lr=0.02, steps=9, batch_size=16, schedule="cosine")


class Pulled(BaseException):
    """The plug was pulled."""


class Clock:
    """Says at each look that it is time to save; at one of them the plug is pulled."""

    def __init__(self) -> None:
        self.looks, self.pull_at = 0, -1

    def is_due(self) -> bool:
        self.looks += 1
        if self.looks == self.pull_at:
            raise Pulled
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(SaveClock, "is_due", lambda _: clock.is_due())
    monkeypatch.setattr(stretches, "_FIRST", 1)
    monkeypatch.setattr(stretches, "_SECONDS", 0.0)
    return clock


class Counting(nn.Module):
    """Keeps a count and a generator, which its outputs depend on."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 1))
        self.calls = 0
        self.random = torch.Generator().manual_seed(3)

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training:
            self.calls += 1
            inputs = inputs + 0.01 * torch.randn(1, generator=self.random)
        output: Tensor = self.layers(inputs) + self.calls / 100
        return output


def with_dropout(width: int = 6) -> nn.Module:
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 1))


def with_batch_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 1))


def normalized() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.GroupNorm(2, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 1))


CALLS: dict[str, dict[str, Any]] = {
    "fused": {"make_model": with_dropout, "backend": "fused", "metrics": ["accuracy"]},
    "fused with norms": {"make_model": lambda: with_batch_norm(), "backend": "fused"},
    "vmapped": {"make_model": with_dropout, "backend": "vmapped", "metrics": ["accuracy"]},
    "loop": {"make_model": with_dropout, "backend": "loop", "metrics": ["accuracy"], "threads": 1},
    "attributes": {"make_model": Counting, "threads": 1},
    "normalized": {"make_model": normalized, "patience": 3},
    "lengths": {"make_model": with_dropout, "vary": {"steps": [4, 9], "lr": [0.01, 0.1]}},
    "batches": {"make_model": normalized, "vary": {"batch_size": [None, 10, 16]}},
    "groups": {"make_model": with_dropout, "vary": {"width": [3, 6], "optimizer": ["sgd", "rmsprop"]}},
    "folds": {"make_model": normalized, "row_weights": (torch.arange(2 * len(ROWS)).reshape(2, -1) % 3 > 0).float()},
    "diverging": {"make_model": lambda: mlp(2, [4], 1), "vary": {"optimizer": ["sgd"], "lr": [0.1, 1e20]}},
}


def trained(name: str, checkpoint: Path | None, **changes: Any) -> Runs:
    asked: dict[str, Any] = {
        "dataset": ROWS,
        "recipe": RECIPE,
        "seeds": 3,
        "validation": HELD_OUT,
        "keep": "best",
        "trajectory_every": 3,
        **CALLS[name],
        **changes,
    }
    return train_many(**asked, checkpoint=checkpoint)


def require_equal(one: Runs, other: Runs) -> None:
    for name in ("train_loss", "validation_loss", "failed", "steps", "kept_step"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=0, atol=0, equal_nan=True)
    for mine, theirs in zip(one.parts, other.parts, strict=True):
        for a, b in (
            (mine.parameters, theirs.parameters),
            (mine.trajectory, theirs.trajectory),
            (mine.buffers, theirs.buffers),
            (one.train_metrics, other.train_metrics),
            (one.validation_metrics, other.validation_metrics),
        ):
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
        assert [sorted(each) for each in mine.attributes] == [sorted(each) for each in theirs.attributes]
    assert one.columns == other.columns
    assert one.backend.name == other.backend.name
    for replica in range(len(one)):
        models = one.model(replica).eval(), other.model(replica).eval()
        assert torch.equal(*(model(HELD_OUT.inputs) for model in models))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_was_interrupted_anywhere_ends_as_one_that_was_not(name: str, tmp_path: Path, clock: Clock) -> None:
    plain = trained(name, None)
    require_equal(trained(name, tmp_path / "whole.ckpt"), plain)
    looks = clock.looks
    assert looks >= 3, "there is something to interrupt"
    for pull_at in {1, 2, looks // 3, looks // 2, looks}:
        path = tmp_path / f"pulled {pull_at}.ckpt"
        clock.looks, clock.pull_at = 0, pull_at
        with pytest.raises(Pulled):
            trained(name, path)
        clock.pull_at = -1
        require_equal(trained(name, path), plain)
        assert [each.name for each in tmp_path.glob(f"{path.name}*")] == [path.name], "no file is left beside it"


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_interrupted_again_and_again_ends(name: str, tmp_path: Path, clock: Clock) -> None:
    path, pulls = tmp_path / "run.ckpt", 0
    while True:
        clock.looks, clock.pull_at = 0, 3
        try:
            runs = trained(name, path)
            break
        except Pulled:
            pulls += 1
            assert pulls < 300
    clock.pull_at = -1
    assert pulls >= 1
    require_equal(runs, trained(name, None))


@pytest.mark.parametrize("name", ["fused", "vmapped", "loop", "attributes"])
def test_what_is_done_is_not_done_again(name: str, tmp_path: Path, clock: Clock) -> None:
    made = []

    def counted(make_model: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
        def make() -> nn.Module:
            model = make_model()
            model.register_forward_pre_hook(lambda module, _: made.append(module.training))
            return model

        return make

    make_model = counted(CALLS[name]["make_model"])  # with a hook each is trained by the loop, in mid-replica as well
    asked = {
        "make_model": make_model,
        "backend": "auto",
        "metrics": (),
        "validation": None,
        "keep": "last",
        "threads": 1,
    }
    path, steps = tmp_path / "run.ckpt", 3 * 9
    clock.pull_at = 16
    with pytest.raises(Pulled):
        trained(name, path, **asked)
    first = sum(made)
    clock.pull_at = -1
    made.clear()
    trained(name, path, **asked)
    assert 0 < first < steps
    assert first + sum(made) <= steps + 4, "but for the step that was interrupted, and the look at the first model"


def test_a_finished_call_trains_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.ckpt"
    runs = trained("vmapped", path)
    before = path.stat().st_mtime_ns, path.read_bytes()
    again = trained("vmapped", path)
    require_equal(again, runs)
    assert again.backend == runs.backend
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


def test_the_backend_stays_the_one_that_was_chosen(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.ckpt"
    clock.pull_at = 4
    with pytest.raises(Pulled):
        trained("normalized", path)
    clock.pull_at = -1
    monkeypatch.setattr("looplab.replicas.backends.why_loop", lambda _: "the clock says otherwise now")
    runs = trained("normalized", path)
    assert runs.backend.name == "vmapped"
    assert trained("normalized", None).backend.name == "loop"


def test_an_interrupt_saves_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C comes long before it is time to save."""
    path, trained_models = tmp_path / "run.ckpt", []

    def interrupted() -> nn.Module:
        trained_models.append(1)
        if len(trained_models) == 5:
            raise KeyboardInterrupt
        return with_dropout()

    with pytest.raises(KeyboardInterrupt):
        trained("loop", path, make_model=interrupted)
    saved = read_checkpoint(path)
    assert saved is not None
    assert saved["groups"][0]["pieces"][0]["replicas"].tolist() == [0, 1]
    require_equal(trained("loop", path), trained("loop", None))


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "recipe": ({"recipe": replace(RECIPE, lr=0.03)}, "recipe with lr=0.02 instead of 0.03"),
    "steps": ({"recipe": replace(RECIPE, steps=13)}, "recipe with steps=9 instead of 13"),
    "seeds": ({"seeds": 4}, r"seeds was \[0, 1, 2\] there and is \[0, 1, 2, 3\] here"),
    "many seeds": ({"seeds": 400}, "seeds was "),
    "other seeds": ({"seeds": [0, 1, 3]}, "seeds was "),
    "vary": ({"vary": {"lr": [0.1]}}, "(vary|recipe)"),
    "dataset": ({"dataset": HELD_OUT}, "its dataset holds other numbers"),
    "validation": ({"validation": ROWS}, "its validation holds other numbers"),
    "no validation": ({"validation": None, "keep": "last"}, "validation was "),
    "weights": ({"row_weights": torch.arange(1.0, 1 + len(ROWS))}, "row_weights was None"),
    "loss": ({"loss": nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))}, "loss was "),
    "backend": ({"backend": "vmapped"}, "backend was 'loop' there and is 'vmapped' here"),
    "record_every": ({"record_every": 2}, "record_every was 1 there and is 2 here"),
    "metrics": ({"metrics": ["error"]}, "metrics was "),
    "keep": ({"keep": "last"}, "keep was 'best' there and is 'last' here"),
    "patience": ({"patience": 2}, "patience was None there and is 2 here"),
    "trajectory": ({"trajectory_every": None}, "trajectory_every was 3 there and is None here"),
    "width": ({"make_model": lambda: with_dropout(8)}, "its make_model gave another model, .*out_features=6"),
    "activation": (
        {"make_model": lambda: nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 1))},
        r"its make_model gave another model, with \(1\): ReLU\(\) where this one has \(1\): Tanh\(\)",
    ),
    "initial values": ({"make_model": lambda: doubled()}, "its make_model gave other numbers"),
}


def doubled() -> nn.Module:
    model = with_dropout()
    with torch.no_grad():
        next(model.parameters()).mul_(2)
    return model


@pytest.fixture(scope="module")
def loop_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loop") / "run.ckpt"
    trained("loop", path)
    return path


@pytest.mark.parametrize("name", CHANGES)
def test_the_checkpoint_of_another_call_is_refused(loop_checkpoint: Path, name: str) -> None:
    changes, message = CHANGES[name]
    before = loop_checkpoint.read_bytes()
    with pytest.raises(CheckpointError, match=rf"run.ckpt: expected a checkpoint of this training, .*{message}"):
        trained("loop", loop_checkpoint, **changes)
    assert loop_checkpoint.read_bytes() == before


def test_values_that_only_python_knows_are_told_apart(tmp_path: Path) -> None:
    path, asked = tmp_path / "run.ckpt", {"make_model": activated}
    trained("loop", path, **asked, vary={"kind": [nn.ReLU, nn.Tanh]})
    require_equal(
        trained("loop", path, **asked, vary={"kind": [nn.ReLU, nn.Tanh]}),
        trained("loop", None, **asked, vary={"kind": [nn.ReLU, nn.Tanh]}),
    )
    with pytest.raises(CheckpointError, match="vary with kind="):
        trained("loop", path, **asked, vary={"kind": [nn.ReLU, nn.GELU]})


def activated(kind: type[nn.Module]) -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), kind(), nn.Linear(6, 1))


def test_the_checkpoint_of_a_single_training_is_refused(tmp_path: Path) -> None:
    from looplab import train

    path = tmp_path / "run.ckpt"
    train(with_dropout, ROWS, RECIPE, checkpoint=path)
    with pytest.raises(CheckpointError, match="expected a checkpoint of this training"):
        trained("loop", path)


@pytest.mark.parametrize("damage", range(12))
def test_a_damaged_checkpoint_is_refused(loop_checkpoint: Path, tmp_path: Path, damage: int) -> None:
    content = bytearray(loop_checkpoint.read_bytes())
    place = len(content) * damage // 12
    if damage % 3 == 0:
        content = content[:place]
    else:
        content[place] ^= 1 + damage
    path = tmp_path / "run.ckpt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"run\.ckpt: expected a checkpoint of looplab, whole and unaltered"):
        trained("loop", path)


@pytest.mark.parametrize(
    "checkpoint", [3, "", True, b"run.ckpt", ["run.ckpt"]], ids=["3", "empty", "True", "bytes", "list"]
)
def test_what_is_no_path_is_refused(checkpoint: Any) -> None:
    with pytest.raises(ReplicasError, match="checkpoint: expected the path of a file"):
        trained("loop", checkpoint)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LooplabError, match="checkpoint of looplab"):
        trained("loop", tmp_path)


def test_a_file_that_cannot_be_written_is_told_of_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LooplabError, match=r"run\.ckpt"):
        trained("fused", tmp_path / "file" / "run.ckpt")


def test_what_a_removed_call_left_beside_is_swept(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "run.ckpt"
    clock.pull_at = 8
    with pytest.raises(Pulled):
        trained("loop", path)
    assert len(list(tmp_path.glob("run.ckpt.part-*"))) == 1, "a replica in hand"
    path.unlink()
    (tmp_path / "run.ckpt.part-7-0").write_text("of a call with more groups")
    clock.pull_at = -1
    other = replace(RECIPE, lr=0.5)
    require_equal(trained("loop", path, recipe=other), trained("loop", None, recipe=other))
    assert [each.name for each in tmp_path.iterdir()] == ["run.ckpt"]


def test_an_attribute_that_a_file_cannot_hold_is_told_of(tmp_path: Path) -> None:
    class Keeper(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)
            self.last: object = None

        def forward(self, inputs: Tensor) -> Tensor:
            self.last = {1, 2} if self.last is None else {3}
            output: Tensor = self.layer(inputs)
            return output

    with pytest.raises(CheckpointError, match=r"last.*: expected tensors, numbers, text"):
        trained("loop", tmp_path / "run.ckpt", make_model=Keeper, backend="auto")


KILLED = """
import sys, torch
from pathlib import Path
from torch import nn
from looplab import Recipe, load, train_many
from looplab.loop.checkpoints.file import read_checkpoint
from looplab.loop.checkpoints.clock import SaveClock
from looplab.replicas import looped

looped._START_SECONDS = 0 if sys.argv[1:] else 1e9
SaveClock.is_due = lambda self: True
torch.set_num_threads(1)
make = lambda: nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
recipe = Recipe(optimizer="adam", lr=0.01, steps=60, batch_size=20)
print("begun", flush=True)
runs = train_many(make, load("moons"), recipe, seeds=6, checkpoint=Path(sys.argv[1]) if sys.argv[1:] else None)
torch.save([runs.train_loss, runs.parameters, runs.parts[0].buffers], sys.stdout.buffer)
"""


@pytest.mark.slow
def test_a_killed_process_goes_on(tmp_path: Path) -> None:
    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE)

    undisturbed = start().communicate()[0]
    path = tmp_path / "run.ckpt"
    for pause in (0.0, 0.5, 2.0):
        process = start(str(path))
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert start(str(path)).communicate()[0] == undisturbed
    assert [each.name for each in tmp_path.iterdir()] == ["run.ckpt"]
