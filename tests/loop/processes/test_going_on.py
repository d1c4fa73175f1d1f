"""Processes that go on with what others began, or after one was killed; and what the rest say of one that is gone."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from looplab import Computation

from .cases import RESUMED, of_run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
WAYS = ["ddp to fsdp", "fsdp to ddp", "fsdp to fsdp"]


def near(one: dict[str, Any], other: dict[str, Any]) -> None:
    for record in ("train_loss", "validation_loss"):
        torch.testing.assert_close(one[record], other[record], rtol=2e-6, atol=2e-6)
    for name, value in other["parameters"].items():
        torch.testing.assert_close(one["parameters"][name], value, rtol=2e-6, atol=2e-6)
    assert (one["steps"], one["kept_step"]) == (other["steps"], other["kept_step"])


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.mark.parametrize("way", WAYS)
def test_one_process_goes_on_with_what_two_began(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    before, after = way.split(" to ")
    shutil.copytree(shared / f"begun-{before}", tmp_path / "run")
    given = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    how: Any = {"parallel": after}
    try:
        with pytest.warns(UserWarning, match="was written by 2 processes, and goes on in 1 process: sums"):
            run = RESUMED.run(Computation(**how), checkpoint=tmp_path / "run")
    finally:
        dist.destroy_process_group()
    near(of_run(run), of_run(RESUMED.run(None)))


def test_another_number_of_processes_goes_on_with_what_two_began(
    shared: Path, torchrun: Callable[..., str], tmp_path: Path
) -> None:
    processes = 3
    for way in WAYS:
        shutil.copytree(shared / f"begun-{way.split()[0]}", tmp_path / way)
        assert [each.name for each in (tmp_path / way).iterdir()] == ["step-000000000004"]
    torchrun("going_on.py", tmp_path, processes=processes)
    found = [torch.load(tmp_path / f"of-{rank}.pt", weights_only=False) for rank in range(processes)]
    alone = of_run(RESUMED.run(None))
    for way in WAYS:
        near(found[0][way], alone)
        assert torch.equal(found[0][way]["train_loss"], found[0][f"{way} again"]["train_loss"])
        (warning,) = found[0][f"{way} warns"]
        assert warning.startswith(f"{tmp_path / way} was written by 2 processes, and goes on in 3 processes: sums may")
        assert warning.endswith(" be rounded otherwise, and dropout has other masks.")
    for of_process in found:
        assert (
            "expected a checkpoint of this training, got one of another: recipe with lr=0.02"
            in of_process["of another"]
        )
        for damage, got in (("flipped", "one with other files than were written"), ("altered", "one that was altered")):
            assert of_process[damage].startswith("CheckpointError: ")
            assert f"expected a checkpoint of looplab, whole and unaltered, got {got}" in of_process[damage]


def test_a_process_killed_in_mid_step_leaves_no_trace_in_the_run(torchrun: Callable[..., str], tmp_path: Path) -> None:
    torchrun("restarting.py", tmp_path, processes=2, restarts=3)
    for rank in (0, 1):
        found = torch.load(tmp_path / f"of-{rank}.pt", weights_only=False)
        assert found["life"] == 2
        for way in ("ddp", "fsdp"):
            killed, whole = found[way], found[f"{way} in peace"]
            assert torch.equal(killed["train_loss"], whole["train_loss"])
            for name, value in whole["parameters"].items():
                assert torch.equal(killed["parameters"][name], value)


def test_who_is_left_says_that_another_process_is_gone() -> None:
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": "2"}
    base = {**os.environ, "OMP_NUM_THREADS": "1", **address}
    first, second = (
        subprocess.Popen(
            [sys.executable, str(HERE / "losing.py")],
            env={**base, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    )
    said, complaints = first.communicate(timeout=200)
    second.communicate(timeout=200)
    assert first.returncode == 3, complaints
    assert said.startswith(
        "ProcessesError: another process of this training: expected one that takes part in each step"
    )
    assert "torchrun --max-restarts=3 starts all of them again" in said
