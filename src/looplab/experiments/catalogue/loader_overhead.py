"""What a DataLoader costs when the whole table lies in memory: ratios of times taken in turns.

No workers: one thread does everything, and its processor time is what counts, so that other programs do not.
The first rule said ten times as long, by the clock. A pilot by processor time gave about 13 on one machine, too near to
ten for a claim about others; the rule says five times since.
"""

from collections.abc import Callable, Iterable
from statistics import median
from time import thread_time

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from looplab import mlp
from looplab.experiments.experiment import Experiment, Trial
from looplab.experiments.rules import lower, typically_above

ROWS, BATCH_SIZE, TURNS = 640, 64, 3
Batches = Callable[[TensorDataset], Iterable[list[Tensor]]]


def row_by_row(table: TensorDataset) -> Iterable[list[Tensor]]:
    """The usual loader: it fetches each row by itself and stacks them."""
    return DataLoader(table, batch_size=BATCH_SIZE, shuffle=True)


def batch_by_batch(table: TensorDataset) -> Iterable[list[Tensor]]:
    """A loader whose sampler hands the dataset the row numbers of a whole batch."""
    return DataLoader(table, batch_size=None, sampler=BatchSampler(RandomSampler(table), BATCH_SIZE, drop_last=False))


def by_index(table: TensorDataset) -> Iterable[list[Tensor]]:
    """No loader: shuffled row numbers, cut into batches, index the tensors."""
    return ([tensor[rows] for tensor in table.tensors] for rows in torch.randperm(len(table)).split(BATCH_SIZE))


def times_as_long(batches: Batches, *, training: bool) -> Callable[[int], float]:
    """Seed -> seconds of an epoch with these batches over seconds with indexed ones, the median of some turns."""

    def seconds(source: Batches, table: TensorDataset, model: nn.Module) -> float:
        optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
        started = thread_time()
        for inputs, targets in source(table):
            if training:
                optimizer.zero_grad()
                loss(model(inputs), targets).backward()
                optimizer.step()
        return thread_time() - started

    def measure(_: int) -> float:
        table = TensorDataset(torch.rand(ROWS, 64), torch.randint(10, (ROWS,)))
        model = mlp(64, [32], 10)
        return median(seconds(batches, table, model) / seconds(by_index, table, model) for _ in range(TURNS))

    return measure


experiment = Experiment(
    id="loader-overhead",
    question="What does a DataLoader cost when the table lies in memory?",
    claim="With a table in memory, a DataLoader takes more than five times as long as indexing the tensors to give "
    "batches of 64, and training a small network more than 1.2 times as long; fetching whole batches is cheaper.",
    arms=(
        Trial(name="row by row", measure=times_as_long(row_by_row, training=False), colour="#b84f00"),
        Trial(name="batch by batch", measure=times_as_long(batch_by_batch, training=False), colour="#6f3fa0"),
        Trial(name="row by row, training", measure=times_as_long(row_by_row, training=True), colour="#1f5fa8"),
    ),
    measured="time of an epoch, as a multiple of indexing the tensors",
    verdict=(
        typically_above("row by row", 5),
        typically_above("row by row, training", 1.2),
        lower("batch by batch", than="row by row"),
    ),
    logarithmic=True,
    verify_seeds=64,
)
