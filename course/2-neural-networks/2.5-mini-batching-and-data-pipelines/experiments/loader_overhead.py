"""What a DataLoader costs when the whole table lies in memory: ratios of times taken in turns.

No workers: one thread does everything, and its processor time is what counts, so that other programs do not.
The first rule said ten times as long, by the clock. A pilot by processor time gave about 13 on one machine, too near to
ten for a claim about others; the rule says five times since. Of each way the shortest of five turns counts, as timeit
has it: the median of three gave from 7 to 15 with what else the machine did.
"""

from functools import partial
from time import thread_time

import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from looplab import mlp
from looplab.experiments import Experiment, Trial, rules

ROWS, BATCH_SIZE, TURNS = 640, 64, 5


def times_as_long(whole_batches: bool, training: bool, _: int) -> float:
    """Seconds of an epoch with a loader over seconds with indexed tensors, the shortest of some turns each."""
    table, model = TensorDataset(torch.rand(ROWS, 64), torch.randint(10, (ROWS,))), mlp(64, [32], 10)
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    sampler = BatchSampler(RandomSampler(table), BATCH_SIZE, drop_last=False)
    batch_by_batch = DataLoader(table, batch_size=None, sampler=sampler)
    loader = batch_by_batch if whole_batches else DataLoader(table, batch_size=BATCH_SIZE, shuffle=True)

    def seconds(indexed: bool) -> float:
        started = thread_time()
        shuffled = (table[rows] for rows in torch.randperm(ROWS).split(BATCH_SIZE))
        for inputs, targets in shuffled if indexed else loader:
            if training:
                optimizer.zero_grad()
                loss(model(inputs), targets).backward()
                optimizer.step()
        return thread_time() - started

    turns = [(seconds(indexed=False), seconds(indexed=True)) for _ in range(TURNS)]
    return min(loaded for loaded, _ in turns) / min(indexed for _, indexed in turns)


experiment = Experiment(
    id="loader-overhead",
    question="What does a DataLoader cost when the table lies in memory?",
    claim="With a table in memory, a DataLoader takes more than five times as long as indexing the tensors to give "
    "batches of 64, and training a small network more than 1.2 times as long; fetching whole batches is cheaper.",
    arms=(
        Trial(name="row by row", measure=partial(times_as_long, False, False), colour="#b84f00"),
        Trial(name="batch by batch", measure=partial(times_as_long, True, False), colour="#6f3fa0"),
        Trial(name="row by row, training", measure=partial(times_as_long, False, True), colour="#1f5fa8"),
    ),
    measured="time of an epoch, as a multiple of indexing the tensors",
    verdict=(
        rules.typically_above("row by row", 5),
        rules.typically_above("row by row, training", 1.2),
        rules.lower("batch by batch", than="row by row"),
    ),
    verify_seeds=48,
)
