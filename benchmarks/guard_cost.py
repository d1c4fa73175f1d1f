"""Claim: the guard takes less than 5 % of a typical call of the vmapped backend.

The same call with the guard and without it, in turns in one process; printed and written are medians of each and the
median of the ratios of the turns. Run it with: python benchmarks/guard_cost.py
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from unittest import mock

import torch
from torch import nn

from looplab import Recipe, load, train_many
from looplab.replicas import backends
from looplab.replicas.guard import Guard

MOONS = load("moons")
CALLS = {
    "32 seeds, 1,000 steps, batches of 32": (32, Recipe(optimizer="adam", lr=0.01, steps=1000, batch_size=32)),
    "256 seeds, 500 steps, all rows": (256, Recipe(optimizer="adam", lr=0.01, steps=500)),
}


def network() -> nn.Module:
    """The textbook network with RMS norm, which no kernel knows."""
    return nn.Sequential(nn.Linear(2, 8), nn.RMSNorm(8), nn.ReLU(), nn.Linear(8, 1))


class NoGuard:
    """Sees nothing and agrees."""

    def __init__(self, *_: object) -> None: ...

    def watch(self, *_: object) -> None:
        """See nothing."""

    def verdict(self, *_: object) -> None:
        """Agree."""


def seconds(seeds: int, recipe: Recipe, *, guarded: bool) -> float:
    """Wall seconds of a call."""
    guard = Guard if guarded else NoGuard
    with mock.patch.object(backends, "Guard", guard):
        started = time.perf_counter()
        train_many(network, MOONS, recipe, seeds=seeds, backend="vmapped")
        return time.perf_counter() - started


def main() -> None:
    """Measure each call and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/guard_cost.json"))
    options = parser.parse_args()
    found = {}
    for name, (seeds, recipe) in CALLS.items():
        turns = [
            (seconds(seeds, recipe, guarded=True), seconds(seeds, recipe, guarded=False)) for _ in range(options.turns)
        ]
        found[name] = {
            "guarded_seconds": statistics.median(turn[0] for turn in turns),
            "unguarded_seconds": statistics.median(turn[1] for turn in turns),
            "median_ratio": statistics.median(first / second for first, second in turns),
        }
        print(name, found[name])
    about = {"torch": torch.__version__, "threads": torch.get_num_threads(), "turns": options.turns, "calls": found}
    options.out.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
