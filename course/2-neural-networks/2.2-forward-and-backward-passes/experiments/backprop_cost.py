"""Processor time of a backward pass, as a multiple of the forward pass before it.

The first rule, two to three times, was wrong: in a first look the ratio was 1.6 to 1.7. The rules below were written
then, and the seeds of the ledger measured after them. Processor time, not the clock's, so that other programs that run
meanwhile count for less.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median
from time import thread_time

import torch
from torch import nn

from looplab.experiments import Experiment, Trial, rules


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes on the calling thread, whose time is what is read."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def backward_over_forward(*sizes: int, rows: int, turns: int) -> float:
    """Median time of a backward pass over that of a forward pass, loss included, in turns, after one to warm up."""
    layers = [part for sizes_of_two in pairwise(sizes) for part in (nn.Linear(*sizes_of_two), nn.ReLU())]
    model, X, y = nn.Sequential(*layers[:-1]), torch.randn(rows, sizes[0]), torch.randn(rows, sizes[-1])
    forward, backward = [], []
    with one_thread():
        for _ in range(turns + 1):
            model.zero_grad()
            start = thread_time()
            loss = nn.functional.mse_loss(model(X), y)
            middle = thread_time()
            loss.backward()
            forward.append(middle - start)
            backward.append(thread_time() - middle)
    return median(backward[1:]) / median(forward[1:])


experiment = Experiment(
    id="backprop-cost",
    question="How much longer does the backward pass take than the forward pass?",
    claim="A backward pass takes longer than the forward pass before it, but typically less than twice as long, in a "
    "network of 8 hidden units and in one of three layers of 256.",
    arms=(
        Trial(name="2→8→1", measure=lambda seed: backward_over_forward(2, 8, 1, rows=200, turns=15)),
        Trial(name="256→256→256→256", measure=lambda seed: backward_over_forward(*[256] * 4, rows=256, turns=5)),
    ),
    measured="processor time of the backward pass over that of the forward pass",
    verdict=(rules.typically_within("2→8→1", 1, 2), rules.typically_within("256→256→256→256", 1, 2)),
    verify_seeds=32,
)
