"""Claim: of stacked steps and the loop, `auto` takes the one that is done sooner here, or one not much later.

For each kind of module and number of replicas both backends train the same call, in turns in one process; then `auto`
does. Printed and written are medians of processor time on one thread, which a busy machine leaves as it is, and how
much more than the better one the choice took.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from looplab import Dataset, Recipe, load, train_many

ROWS = 64
RECIPE = Recipe(optimizer="adam", lr=0.01, steps=100, batch_size=ROWS)
REPLICAS = (1, 2, 4, 16)
THREADS = {"auto": 1, "loop": 1}  # one process, so that its own time is all there is


class Residual(nn.Module):
    """Adds to its inputs what a layer makes of them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, width), nn.ReLU())

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Outputs as wide as the inputs."""
        outputs: torch.Tensor = inputs + self.layer(inputs)
        return outputs


def _normalized(features: int, width: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(features, width), nn.RMSNorm(width), nn.ReLU(), nn.Linear(width, outputs))


def _convolution() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10)
    )


KINDS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "RMS norm 2→8→1": ("moons", lambda: _normalized(2, 8, 1)),
    "RMS norm 64→256→10": ("digits", lambda: _normalized(64, 256, 10)),
    "RMS norm 64→1024→10": ("digits", lambda: _normalized(64, 1024, 10)),
    "two residual blocks of 64": ("digits", lambda: nn.Sequential(Residual(64), Residual(64), nn.Linear(64, 10))),
    "convolution of 8×8": ("digits", _convolution),
}


def seconds(
    make_model: Callable[[], nn.Module], data: Dataset, replicas: int, backend: Literal["auto", "vmapped", "loop"]
) -> tuple[float, str]:
    """Seconds of the processor for a call, and the backend that trained it."""
    started = time.process_time()
    runs = train_many(make_model, data, RECIPE, seeds=replicas, backend=backend, threads=THREADS.get(backend))
    return time.process_time() - started, runs.backend.name


def measured(make_model: Callable[[], nn.Module], data: Dataset, replicas: int, turns: int) -> dict[str, object]:
    """Both backends and the choice between them, for one kind and number of replicas."""
    stacked, looped, chosen, names = [], [], [], []
    for _ in range(turns):
        stacked.append(seconds(make_model, data, replicas, "vmapped")[0])
        looped.append(seconds(make_model, data, replicas, "loop")[0])
        took, name = seconds(make_model, data, replicas, "auto")
        chosen.append(took)
        names.append(name)
    both = zip(stacked, looped, strict=True)
    return {
        "vmapped_seconds": statistics.median(stacked),
        "loop_seconds": statistics.median(looped),
        "auto_seconds": statistics.median(chosen),
        "vmapped_over_loop": statistics.median(one / other for one, other in both),
        "auto_over_sooner": statistics.median(a / min(s, p) for a, s, p in zip(chosen, stacked, looped, strict=True)),
        "chosen": sorted(set(names)),
    }


def main() -> None:
    """Measure each kind and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, dict[str, object]] = {}
    for kind, (name, make_model) in KINDS.items():
        for replicas in REPLICAS:
            place = f"{kind}, {replicas} replica{'s' if replicas > 1 else ''}"
            found[place] = measured(make_model, load(name), replicas, options.turns)
            print(place, found[place], flush=True)
    about = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "turns": options.turns,
        "steps": RECIPE.steps,
        "batch_size": RECIPE.batch_size,
        "calls": found,
    }
    if options.output:
        options.output.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
