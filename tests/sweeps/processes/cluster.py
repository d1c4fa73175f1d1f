"""Starts a cluster on this machine, trains on it, has workers killed, and says as JSON what came of it.

python cluster.py dask|ray FOLDER
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from looplab import Recipe, Runs, load, train_many
from looplab.sweeps import Workers, pool
from looplab.sweeps.engines import engine
from looplab.sweeps.workers import ExecutorLike

RECIPE = Recipe(optimizer="sgd", lr=0.1, steps=5)
KILLS = 3


class Sometimes(nn.Module):
    """Kills the process in which it is made as long as there are files that say so, each of which it removes."""

    def __init__(self, fuses: str, driver: int) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        for fuse in Path(fuses).glob("fuse-*") if os.getpid() != driver else ():
            try:
                fuse.unlink()
            except FileNotFoundError:  # another worker was quicker
                continue
            os.kill(os.getpid(), signal.SIGKILL)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layer(inputs)
        return outputs


def trained(executor: ExecutorLike | None, folder: Path) -> Runs:
    driver, name = os.getpid(), str(folder)
    return train_many(
        lambda: Sometimes(name, driver), load("moons"), RECIPE, seeds=12, backend="loop", threads=1, executor=executor
    )


def main(name: str, folder: Path) -> None:
    alone = trained(None, folder)
    with engine(name, workers=2) as executor:
        pool._LARGE_BYTES = 0  # what is shared goes through the cluster's own store, which may be lost with a worker
        calm = trained(executor, folder)
        for number in range(KILLS):
            (folder / f"fuse-{number}").touch()
        killed = trained(Workers(executor, chunk_seconds=1e-3), folder)  # type: ignore[arg-type]  # no Workers itself
    found = {
        "fuses_left": len(list(folder.iterdir())),
        "same": [torch.equal(runs.parameters, alone.parameters) for runs in (calm, killed)],
        "same_losses": [torch.equal(runs.train_loss, alone.train_loss) for runs in (calm, killed)],
        "failed": int(killed.failed.sum()),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
