"""Exercises of lesson 2.5, "Mini-batching and data pipelines": a dataset, a mean loss, a collate function, a buffer."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_collate, check_mean_loss, check_stream, check_table

__all__ = ["EXERCISES"]

_TABLE = """
import torch
from torch.utils.data import Dataset


class TableDataset(Dataset):
    def __init__(self, rows, target):
        self.rows, self.target = rows, target
        self.features = [name for name in rows[0] if name != target]

    def __len__(self):
        return {length}

    def __getitem__(self, index):
        row = self.rows[index]
        inputs = torch.tensor({inputs})
        target = torch.tensor({target})
        return inputs, target
"""


def _table(
    *,
    length: str = "len(self.rows)",
    inputs: str = "[row[name] for name in self.features], dtype=torch.float32",
    target: str = "[row[self.target]], dtype=torch.float32",
) -> str:
    return _TABLE.format(length=length, inputs=inputs, target=target)


_MEAN_LOSS = """
import torch


def mean_loss(network, loader, loss_function):
    total, rows, batches = 0.0, 0, 0
    with torch.{grad}():
        for X, y in loader:
            loss = loss_function(network(X), y)
            {also}
            total += {adds}
            rows, batches = rows + len(X), batches + 1
    return {result}
"""


def _mean_loss(
    *,
    grad: str = "no_grad",
    also: str = "pass",
    adds: str = "len(X) * loss.item()",
    result: str = "total / rows",
) -> str:
    return _MEAN_LOSS.format(grad=grad, also=also, adds=adds, result=result)


_COLLATE = """
import torch


def collate(rows):
    {before}
    longest = {longest}
    filled = torch.zeros(len(rows), longest)
    for position, (series, _) in enumerate(rows):
        filled[position, : len(series)] = series[:longest]
    lengths = torch.tensor([[len(series)] for series, _ in rows])
    mask = {mask}
    return filled, mask, torch.tensor([{label} for _, label in rows])
"""


def _collate(
    *,
    before: str = "pass",
    longest: str = "max(len(series) for series, _ in rows)",
    mask: str = "torch.arange(longest) < lengths",
    label: str = "label",
) -> str:
    return _COLLATE.format(before=before, longest=longest, mask=mask, label=label)


_STREAM = """
import torch


def shuffled_stream(stream, size, generator):
    {before}
    buffer = []
    for item in stream:
        if len(buffer) < size:
            buffer.append(item)
            continue
        place = {place}
        yield buffer[place]
        {keep}
    {rest}
"""


def _stream(
    *,
    before: str = "pass",
    place: str = "int(torch.randint(size, (1,), generator=generator))",
    keep: str = "buffer[place] = item",
    rest: str = "yield from (buffer[place] for place in torch.randperm(len(buffer), generator=generator).tolist())",
) -> str:
    return _STREAM.format(before=before, place=place, keep=keep, rest=rest)


EXERCISES = (
    Exercise(
        id="2.5.1",
        title="A dataset for a table",
        answer="TableDataset",
        check=check_table,
        wrong=(
            Planted(source=_table(length="len(self.rows[0])"), message="count the rows"),
            Planted(
                source=_table(inputs="list(row.values()), dtype=torch.float32"), message="A model would only copy it"
            ),
            Planted(
                source=_table(
                    inputs="[value for name, value in row.items() if name != self.target], dtype=torch.float32"
                ),
                message="Take the columns by name",
            ),
            Planted(
                source=_table(target="row[self.target], dtype=torch.float32"), message="has shape (), expected (1,)"
            ),
            Planted(
                source=_table(inputs="[row[name] for name in self.features], dtype=torch.float64"),
                message="has dtype float64",
            ),
            Planted(
                source=_table(target="[row.pop(self.target)], dtype=torch.float32"),
                message="leave the dictionaries whole",
            ),
        ),
    ),
    Exercise(
        id="2.5.2",
        title="The loss over a loader",
        answer="mean_loss",
        check=check_mean_loss,
        wrong=(
            Planted(
                source=_mean_loss(adds="loss.item()", result="total / batches"),
                message="the last batch has one row, and counts like three",
            ),
            Planted(source=_mean_loss(adds="loss.item()", result="total"), message="the sum of the batch losses"),
            Planted(source=_mean_loss(result="loss.item()"), message="the loss of the last batch alone"),
            Planted(source=_mean_loss(result="total"), message="divide by how many there were"),
            Planted(source=_mean_loss(result="total / (3 * batches)"), message="divided by 9"),
            Planted(source=_mean_loss(adds="len(X) * loss"), message="expected a number (float)"),
            Planted(source=_mean_loss(grad="enable_grad", also="loss.backward()"), message="leave out backward"),
        ),
    ),
    Exercise(
        id="2.5.3",
        title="Rows of different lengths",
        answer="collate",
        check=check_collate,
        wrong=(
            Planted(source=_collate(longest="10"), message="the longest of the batch at hand"),
            Planted(source=_collate(mask="filled != 0"), message="take it from the lengths"),
            Planted(
                source=_collate(mask="torch.arange(longest) >= lengths"), message="expected True where an entry is real"
            ),
            Planted(source=_collate(label="float(label)"), message="the tensor of labels has dtype float32"),
            Planted(
                source=_collate(before="rows = sorted(rows, key=lambda row: len(row[0]))"),
                message="keep the rows in the order in which they came",
            ),
        ),
    ),
    Exercise(
        id="2.5.4",
        title="How much shuffling is enough?",
        answer="shuffled_stream",
        check=check_stream,
        wrong=(
            Planted(source=_stream(rest="pass"), message="give out what is in the buffer"),
            Planted(
                source=_stream(rest="yield from buffer", place="0", keep="buffer = [*buffer[1:], item]"),
                message="in their own order: give",
            ),
            Planted(source=_stream(keep="buffer[0] = item"), message="came out twice"),
            Planted(source=_stream(before="size = 10**9"), message="begin to give out as soon as the buffer is full"),
            Planted(source=_stream(place="int(torch.randint(size, (1,)))"), message="the generator that is passed in"),
            Planted(source=_stream(before="generator.manual_seed(0)"), message="do not seed the generator again"),
        ),
    ),
)
