"""Claim: a training that is killed at any instant and started again ends as one that was never interrupted, to the bit.

Networks with dropout, batch norm and moments of Adam train from mini-batches with a schedule, their best parameters
kept, and are saved every few steps: one by `train`, a few by each backend of `train_many`. Each is killed (SIGKILL) at
random instants, in the middle of a step, of a file or of an epoch, and started again until it ends. What it found out
is then compared with a run that nobody disturbed.

It forks, so it runs on Linux and macOS.
"""

import argparse
import hashlib
import os
import platform
import random
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from common import write_json
from looplab import Checkpoint, Recipe, load, train, train_many
from looplab.loop.checkpoints.clock import SaveClock

CLAIM = 300
STEPS = 300
REPLICAS = {"train": 1, "fused": 4000, "vmapped": 4, "loop": 3}


def network() -> nn.Module:
    """Layers with dropout, and buffers that training changes."""
    return nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))


def plain_network() -> nn.Module:
    """Layers with dropout that every backend trains."""
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))


def digest_of_run(seed: int, checkpoint: Checkpoint | None) -> str:
    """A hash of all that `train` finds out with a seed."""
    dataset, validation = load("moons").split(0.7, seed=0)
    run = train(
        network,
        dataset,
        recipe(seed),
        validation=validation,
        metrics=["accuracy"],
        keep="best",
        trajectory_every=10,
        checkpoint=checkpoint,
    )
    tensors = [*run.model.state_dict().values(), run.train_loss, run.validation_loss, run.trajectory]
    tensors += [*run.train_metrics.values(), *run.validation_metrics.values(), torch.tensor(run.kept_step)]
    return hashed(tensors)


def digest_of_runs(backend: str, seed: int, checkpoint: Path | None) -> str:
    """A hash of all that a backend of `train_many` finds out, from a seed on."""
    dataset, validation = load("moons").split(0.7, seed=0)
    runs = train_many(
        network if backend == "loop" else plain_network,
        dataset,
        recipe(0),
        seeds=range(1000 * seed, 1000 * seed + REPLICAS[backend]),
        validation=validation,
        backend=backend,  # type: ignore[arg-type]  # one of the names
        keep="best",
        trajectory_every=None if backend == "fused" else 10,
        checkpoint=checkpoint,
    )
    tensors = [runs.train_loss, runs.validation_loss, runs.parameters, runs.kept_step, runs.parts[0].trajectory]
    return hashed([*tensors, *runs.parts[0].buffers.values()])


def recipe(seed: int) -> Recipe:
    """How all of them train."""
    return Recipe(optimizer="adam", lr=0.01, steps=STEPS, batch_size=32, schedule="cosine", seed=seed)


def hashed(tensors: Sequence[torch.Tensor | None]) -> str:
    """A hash of tensors."""
    return hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in tensors if t is not None)).hexdigest()


def digest(kind: str, seed: int, folder: Path | None) -> str:
    """What comes of a training, with its checkpoint in a folder, if there is one."""
    path = None if folder is None else folder / "run.ckpt"
    if kind == "train":
        return digest_of_run(seed, None if path is None else Checkpoint(path, every=1 + seed % 4))
    return digest_of_runs(kind, seed, path)


def child(kind: str, seed: int, folder: Path) -> None:
    """Train in a process of its own, and write the digest when it is done."""
    found = digest(kind, seed, folder)
    (folder / "digest.part").write_text(found)
    (folder / "digest.part").replace(folder / "digest")


def killed_until_done(kind: str, seed: int, folder: Path, seconds: float, clock: random.Random) -> int:
    """Start a training again and again, and kill it each time but the last; how often it was killed."""
    kills = 0
    while True:
        pid = os.fork()
        if pid == 0:
            try:
                child(kind, seed, folder)
            finally:
                os._exit(0)
        time.sleep(clock.uniform(0.0, seconds))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if (folder / "digest").exists():
            return kills
        kills += os.WIFSIGNALED(status)


def save_often() -> None:
    """Have `train_many` save every few hundredths of a second instead of every ten seconds."""

    def is_due(clock: SaveClock) -> bool:
        return time.perf_counter() >= clock._due - 9.97

    SaveClock.is_due = is_due  # type: ignore[method-assign, assignment]  # a clock for this process


def main() -> None:
    """Measure and print; write the JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=CLAIM, help="at least so many")
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    save_often()
    clock = random.Random(0)
    kills: dict[str, list[int]] = {kind: [] for kind in REPLICAS}
    wrong = 0
    for kind, of_kind in kills.items():
        digest(kind, 0, None)  # the first loads what the others find loaded
        began = time.perf_counter()
        digest(kind, 0, None)
        whole = time.perf_counter() - began
        while sum(of_kind) < arguments.kills / len(kills):
            seed = len(of_kind)
            with tempfile.TemporaryDirectory() as folder:
                of_kind.append(killed_until_done(kind, seed, Path(folder), whole / 3, clock))
                wrong += (Path(folder) / "digest").read_text() != digest(kind, seed, None)
            print(f"{kind}, seed {seed}: killed {of_kind[-1]} times; {sum(of_kind)}; {wrong} differ", flush=True)
    of_all = [count for of_kind in kills.values() for count in of_kind]
    result = {
        "claim": f"after at least {CLAIM} kills at random instants, every run is that of one never interrupted",
        "holds": wrong == 0 and sum(of_all) >= CLAIM,
        "kills": sum(of_all),
        "kills_by_kind": {kind: sum(of_kind) for kind, of_kind in kills.items()},
        "replicas_of_a_call": REPLICAS,
        "runs": len(of_all),
        "median_kills_of_a_run": statistics.median(of_all),
        "runs_that_differ": wrong,
        "steps": STEPS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
    }
    write_json(result, arguments.output)


if __name__ == "__main__":
    main()
