"""What `looplab.doctor.watch` costs of a training; the aim is less than 5 %.

Of each of three nets, one is trained with the watch and one without it, in short turns in one process, so that what
else the machine does meets both alike. Written are medians of the turns, in processor seconds of one thread, and the
median and quartiles of their ratios. The watch's beginning, in which the model is copied and four steps are looked at
in any case, falls into the first turn, its end into none.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

import looplab.doctor
from common import write_json
from looplab.version import __version__


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
    "perceptron, batches of 128": (perceptron, (128, 64), 60),
    "convolutional, batches of 32": (convolutional, (32, 1, 16, 16), 25),
    "transformer, batches of 32": (Transformer, (32, 16, 64), 10),
}


class Training:
    """A net with all that its steps need."""

    def __init__(self, make: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
        torch.manual_seed(0)
        self.model, self.loss = make(), nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self._batches = [(torch.randn(shape), torch.randint(10, shape[:1])) for _ in range(16)]

    def seconds(self, steps: int) -> float:
        """Processor seconds of so many steps."""
        started = time.process_time()
        for step in range(steps):
            x, y = self._batches[step % len(self._batches)]
            self.optimizer.zero_grad()
            self.loss(self.model(x), y).backward()
            self.optimizer.step()
        return time.process_time() - started


def taken(make: Callable[[], nn.Module], shape: tuple[int, ...], steps: int, turns: int) -> list[tuple[float, float]]:
    """Processor seconds of each turn, without the watch and with it."""
    plain, watched = Training(make, shape), Training(make, shape)
    unobserved, both = torch.autograd.backward, []
    plain.seconds(steps)
    with looplab.doctor.watch(watched.model, watched.optimizer, watched.loss):
        observed = torch.autograd.backward  # the watch's, through which the other training is not to go
        for turn in range(turns):
            seconds = {}
            for training in (plain, watched) if turn % 2 else (watched, plain):
                torch.autograd.backward = observed if training is watched else unobserved
                seconds[training] = training.seconds(steps)
            both.append((seconds[plain], seconds[watched]))
        torch.autograd.backward = observed
    return both


def main() -> None:
    """Measure each net and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for name, (make, shape, steps) in NETS.items():
        turns = taken(make, shape, steps, options.turns)
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
