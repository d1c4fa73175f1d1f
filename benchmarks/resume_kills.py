"""Claim: a training that is killed at any instant and started again ends as one that was never interrupted, to the bit.

Networks with dropout, batch norm and moments of Adam train from mini-batches with a schedule, their best parameters
kept, and are saved every few steps. Each is killed (SIGKILL) at random instants, in the middle of a step, of a file or
of an epoch, and started again until it ends. What it found out is then compared with a run that nobody disturbed.

It forks, so it runs on Linux and macOS.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import signal
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from looplab import Checkpoint, Recipe, Run, load, train

CLAIM = 300
STEPS = 300


def network() -> nn.Module:
    """Layers with dropout, and buffers that training changes."""
    return nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))


def trained(seed: int, checkpoint: Checkpoint | None) -> Run:
    """The training of a seed."""
    dataset, validation = load("moons").split(0.7, seed=0)
    return train(
        network,
        dataset,
        Recipe(optimizer="adam", lr=0.01, steps=STEPS, batch_size=32, schedule="cosine", seed=seed),
        validation=validation,
        metrics=["accuracy"],
        keep="best",
        trajectory_every=10,
        checkpoint=checkpoint,
    )


def digest(run: Run) -> str:
    """A hash of all that a run found out."""
    tensors = [*run.model.state_dict().values(), run.train_loss, run.validation_loss, run.trajectory]
    tensors += [*run.train_metrics.values(), *run.validation_metrics.values(), torch.tensor(run.kept_step)]
    return hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in tensors if t is not None)).hexdigest()


def child(seed: int, folder: Path) -> None:
    """Train in a process of its own, and write the digest when it is done."""
    every = 1 + seed % 4
    found = digest(trained(seed, Checkpoint(folder / "run.ckpt", every=every)))
    (folder / "digest.part").write_text(found)
    (folder / "digest.part").replace(folder / "digest")


def killed_until_done(seed: int, folder: Path, seconds: float, clock: random.Random) -> int:
    """Start the training of a seed again and again, and kill it each time but the last; how often it was killed."""
    kills = 0
    while True:
        pid = os.fork()
        if pid == 0:
            try:
                child(seed, folder)
            finally:
                os._exit(0)
        time.sleep(clock.uniform(0.0, seconds))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if (folder / "digest").exists():
            return kills
        kills += os.WIFSIGNALED(status)


def main() -> None:
    """Measure and print; write the JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=CLAIM, help="at least so many")
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clock = random.Random(0)
    trained(0, None)  # the first loads what the others find loaded
    began = time.perf_counter()
    trained(0, None)
    whole = time.perf_counter() - began
    kills: list[int] = []
    wrong = 0
    while sum(kills) < arguments.kills:
        seed = len(kills)
        with tempfile.TemporaryDirectory() as folder:
            kills.append(killed_until_done(seed, Path(folder), whole / 4, clock))
            wrong += (Path(folder) / "digest").read_text() != digest(trained(seed, None))
        print(f"seed {seed}: killed {kills[-1]} times; {sum(kills)} kills, {wrong} runs differ", flush=True)
    result = {
        "claim": f"after at least {CLAIM} kills at random instants, every run is that of one never interrupted",
        "holds": wrong == 0 and sum(kills) >= CLAIM,
        "kills": sum(kills),
        "runs": len(kills),
        "median_kills_of_a_run": statistics.median(kills),
        "runs_that_differ": wrong,
        "steps": STEPS,
        "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
    }
    print(json.dumps(result, indent=2))
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
