"""A script: goes on, in as many processes as torchrun starts, with what two processes began."""

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from cases import RESUMED, Case, of_run  # type: ignore[import-not-found]  # it lies beside this script

from looplab import Computation, LooplabError

WAYS: tuple[tuple[str, Any], ...] = (("ddp", "fsdp"), ("fsdp", "ddp"), ("fsdp", "fsdp"))


def said(case: Case, folder: Path) -> str:
    try:
        case.run(Computation(parallel="ddp"), checkpoint=folder)
    except LooplabError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def damaged(folder: Path, damage: Callable[[Path], object]) -> str:
    """What is said of a folder of which process 0 has damaged a file."""
    dist.barrier()
    if dist.get_rank() == 0:
        damage(folder)
    dist.barrier()
    return said(RESUMED, folder)


def flip(folder: Path) -> None:
    file = sorted(folder.glob("step-*/*.safetensors"))[0]
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)


def alter(folder: Path) -> None:
    file = next(folder.glob("step-*/about.json"))
    file.write_text(file.read_text().replace("cosine", "linear"))


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    for before, after in WAYS:
        how, name = Computation(parallel=after), f"{before} to {after}"
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found[name] = of_run(RESUMED.run(how, checkpoint=folder / name))
        found[f"{name} warns"] = [str(each.message) for each in caught if str(folder) in str(each.message)]
        found[f"{name} again"] = of_run(RESUMED.run(how, checkpoint=folder / name))
    of_other = replace(RESUMED, recipe=replace(RESUMED.recipe, lr=0.5))
    found["of another"] = said(of_other, folder / "ddp to fsdp")
    found["flipped"] = damaged(folder / "fsdp to ddp", flip)
    found["altered"] = damaged(folder / "fsdp to fsdp", alter)
    torch.save(found, folder / f"of-{dist.get_rank()}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
