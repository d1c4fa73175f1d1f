"""What `looplab.doctor.watch` costs of a training; the aim is less than 5 %.

Three nets, each trained with the watch and without it in turns in one process; printed and written are medians of
each, in processor seconds of one thread, and the median and quartiles of the ratios of the turns.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn

import looplab.doctor
from common import write_json
from looplab.version import __version__

LOSS = nn.CrossEntropyLoss()


def perceptron() -> nn.Module:
    """Two hidden layers."""
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def convolutional() -> nn.Module:
    """Two convolutions with batch norm."""
    first = [nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(32, 10))


class Transformer(nn.Module):
    """Two encoder layers over 16 places, their mean to 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.head(self.encoder(x).mean(dim=1))
        return logits


NETS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], int]] = {
    "perceptron, batches of 128": (perceptron, (128, 64), 5000),
    "convolutional, batches of 32": (convolutional, (32, 1, 16, 16), 2000),
    "transformer, batches of 32": (Transformer, (32, 16, 64), 800),
}


def seconds(make: Callable[[], nn.Module], shape: tuple[int, ...], steps: int, *, watched: bool) -> float:
    """Processor seconds of a training, the watch's beginning and end included."""
    torch.manual_seed(0)
    model = make()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = [(torch.randn(shape), torch.randint(10, shape[:1])) for _ in range(16)]
    started = time.process_time()
    with looplab.doctor.watch(model, optimizer, LOSS) if watched else nullcontext():
        for step in range(steps):
            x, y = batches[step % len(batches)]
            optimizer.zero_grad()
            LOSS(model(x), y).backward()
            optimizer.step()
    return time.process_time() - started


def main() -> None:
    """Measure each net and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for name, (make, shape, steps) in NETS.items():
        seconds(make, shape, steps // 10, watched=True)
        turns = []
        for turn in range(options.turns):
            order = (False, True) if turn % 2 else (True, False)
            taken = {watched: seconds(make, shape, steps, watched=watched) for watched in order}
            turns.append((taken[False], taken[True]))
        ratios = [watched / plain for plain, watched in turns]
        low, median, high = statistics.quantiles(ratios, n=4)
        found[name] = {
            "steps": steps,
            "plain_seconds": statistics.median(plain for plain, _ in turns),
            "watched_seconds": statistics.median(watched for _, watched in turns),
            "ratio": median,
            "quartiles": [low, high],
        }
        print(f"{name}: {100 * (median - 1):+.1f} % ({100 * (low - 1):+.1f} to {100 * (high - 1):+.1f})", flush=True)
    machine = {"processor": platform.processor() or platform.machine(), "torch": torch.__version__, "threads": 1}
    document = {"looplab": __version__, **machine, "turns": options.turns, "nets": found}
    write_json(document, options.output)


if __name__ == "__main__":
    main()
