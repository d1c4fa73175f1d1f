"""Claim: `looplab.train` takes at most 5 % longer than a bare PyTorch loop that does the same steps.

Both train the course's network on moons. They alternate in one process, in many short turns, so that a change in the
machine's speed affects both; the figure is the median over the turns of the ratio within a turn.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from looplab import Dataset, Recipe, load, mlp, train

STEPS = 1000
TURNS = 21
CLAIM = 1.05


def bare_loop(dataset: Dataset, batch_size: int | None) -> nn.Module:
    """The textbook loop with nothing around it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    generator = torch.Generator().manual_seed(0)
    losses: list[float] = []
    batches: list[torch.Tensor] = []
    for _ in range(STEPS):
        if batch_size is None:
            X, y = dataset.inputs, dataset.targets
        else:
            if not batches:
                batches = list(torch.split(torch.randperm(len(dataset), generator=generator), batch_size))
            rows = batches.pop(0)
            X, y = dataset.inputs[rows], dataset.targets[rows]
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model


def looplab_loop(dataset: Dataset, batch_size: int | None) -> nn.Module:
    """The same training through `train`."""
    recipe = Recipe(optimizer="adam", lr=0.05, steps=STEPS, batch_size=batch_size)
    return train(lambda: mlp(2, [8], 1), dataset, recipe).model


def seconds_of(call: Callable[[], nn.Module]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(batch_size: int | None) -> dict[str, float]:
    """Both loops in turns."""
    dataset = load("moons")
    ours, bare = looplab_loop(dataset, batch_size), bare_loop(dataset, batch_size)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), bare.parameters(), strict=True))
    pairs = []
    for turn in range(TURNS):
        calls = [lambda: bare_loop(dataset, batch_size), lambda: looplab_loop(dataset, batch_size)]
        order = (0, 1) if turn % 2 == 0 else (1, 0)
        took = {which: seconds_of(calls[which]) for which in order}
        pairs.append((took[0], took[1]))
    return {
        "bare_us_per_step": statistics.median(bare for bare, _ in pairs) / STEPS * 1e6,
        "looplab_us_per_step": statistics.median(ours for _, ours in pairs) / STEPS * 1e6,
        "ratio": statistics.median(ours / bare for bare, ours in pairs),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {name: measure(size) for name, size in {"batch": None, "mini-batch of 32": 32}.items()}
    report = {
        "claim": f"train takes at most {CLAIM - 1:.0%} longer than the bare loop",
        "holds": all(result["ratio"] <= CLAIM for result in results.values()),
        "steps": STEPS,
        "turns": TURNS,
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
        "results": results,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
