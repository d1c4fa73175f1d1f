"""A script: trains on GPUs, one a process, and alone on the first one."""

import sys
from pathlib import Path
from typing import Any

import torch
from cases import BASE, Case, of_run  # type: ignore[import-not-found]  # it lies beside this script
from torch import nn

from looplab import Computation, mlp


def on_gpu() -> nn.Module:
    return mlp(2, [9, 8], 1).cuda()


def main(folder: Path) -> None:
    found: dict[str, Any] = {"alone": of_run(Case(Computation(), BASE, on_gpu).run(None))}
    ways: tuple[Any, ...] = ("ddp", "fsdp")
    for way in ways:
        how = Computation(parallel=way, micro_batch_size=5, activation_checkpointing=True)
        begun = folder / way
        found[way] = of_run(Case(how, BASE, on_gpu).run(how, checkpoint=begun))
        found[f"{way} again"] = of_run(Case(how, BASE, on_gpu).run(how, checkpoint=begun))
    torch.save(found, folder / f"of-{torch.distributed.get_rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
