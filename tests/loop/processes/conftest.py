"""Processes that torchrun starts: real ones, on this machine, each on one thread."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock

collect_ignore = ["going_on.py", "losing.py", "on_gpus.py", "restarting.py"]
"""Scripts, which import what lies beside them and hold no doctests."""

LONGEST_SECONDS = 280
HERE = Path(__file__).parent
Torchrun = Callable[..., str]


def run_script(script: str, *arguments: object, processes: int, restarts: int = 0) -> str:
    """Run a script of this folder in several processes, and return what they print.

    A test process may itself be one of several; what starts them left nothing in the environment that torchrun reads.
    """
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"),
        *(f"--max-restarts={restarts}", "--monitor-interval=0.05", str(HERE / script), *map(str, arguments)),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as started:
        try:
            printed, _ = started.communicate(timeout=LONGEST_SECONDS)
        except BaseException:
            started.terminate()  # and with it the processes that it started
            raise
    assert started.returncode == 0, printed[-4000:]
    return printed


@pytest.fixture(scope="session")
def torchrun() -> Torchrun:
    return run_script


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of what two processes did with all cases: they run once, however many workers the tests have."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "two-processes"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            try:
                run_script("cases.py", folder, processes=2)
            except BaseException:
                (folder / "failed").touch()
                raise
        assert not (folder / "failed").exists(), "the processes failed in another worker, which says why"
    return folder


@pytest.fixture(scope="session")
def found(shared: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What came of each case, in process 0 and in process 1."""
    first, second = (torch.load(shared / f"of-{rank}.pt", weights_only=False) for rank in (0, 1))
    return first, second
