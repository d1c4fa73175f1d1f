"""A script: trainings whose processes are killed in the middle of a step, and started again by torchrun."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from cases import BASE, ROWS, of_run  # type: ignore[import-not-found]  # it lies beside this script
from torch import Tensor, nn

from looplab import Checkpoint, Computation, Training, train

LIFE = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
KILLED = {0: ("ddp", 1, 5, "forward"), 1: ("fsdp", 0, 7, "backward")}
"""By life: the training, the process, the step and the half of the step in which it is killed."""

NOW: list[Any] = ["", 0]
"""Which training, and which step of it."""


def kill_if_due(half: str) -> None:
    training, step = NOW
    if KILLED.get(LIFE) == (training, dist.get_rank(), step, half):
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.layers(inputs)
        if outputs.requires_grad and self.training:
            kill_if_due("forward")
            outputs.register_hook(lambda _: kill_if_due("backward"))
        return outputs


def count(training: Training) -> None:
    NOW[1] = training.step


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    found: dict[str, Any] = {"life": LIFE}
    ways: tuple[Any, ...] = ("ddp", "fsdp")
    for way in ways:
        NOW[:] = way, 0
        how, saving = Computation(parallel=way), Checkpoint(folder / f"checkpoint-{way}", every=3)
        run = train(Mortal, ROWS, BASE, computation=how, callbacks=[count], checkpoint=saving)
        NOW[0] = "in peace"
        found[way], found[f"{way} in peace"] = of_run(run), of_run(train(Mortal, ROWS, BASE, computation=how))
    torch.save(found, folder / f"of-{dist.get_rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
