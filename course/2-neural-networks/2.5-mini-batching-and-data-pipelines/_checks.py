"""The checks of lesson 2.5: a dataset for a table, a mean loss, a collate function, a buffer that shuffles."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_tensor, kind_in_words, name_of

__all__ = ["check_collate", "check_mean_loss", "check_stream", "check_table"]


def check_table(table_dataset: Any) -> None:
    """A table as a dataset: every row by its number, columns by name, the table left whole."""
    rows = [
        {"height": 1.5, "weight": 65.0, "age": 30.0},
        {"age": 41.0, "height": 1.75, "weight": 80.0},
        {"weight": 58.0, "height": 1.625, "age": 25.0},
        {"height": 2.0, "weight": 91.0, "age": 52.0},
        {"height": 1.25, "weight": 33.0, "age": 9.0},
    ]
    given = deepcopy(rows)
    dataset = call(table_dataset, given, target="weight")
    length = call(dataset.__len__)
    if length != len(rows):
        raise WrongAnswer(f"len(dataset) is {length} for a table of {len(rows)} rows and 3 columns: count the rows.")
    for _ in range(2):  # a row may be asked for again, as in every epoch
        for index, row in enumerate(rows):
            _check_table_row(call(dataset.__getitem__, index), row, index)
            if given != rows:
                raise WrongAnswer("The caller's table was changed: read row[target], and leave the dictionaries whole.")


def _check_table_row(item: object, row: dict[str, float], index: int) -> None:
    if not isinstance(item, tuple) or len(item) != 2:
        raise WrongAnswer(f"dataset[{index}] is {_kind(item)}, expected a tuple of two tensors: inputs and target.")
    inputs, target = item
    if isinstance(inputs, Tensor) and inputs.shape == (3,):
        raise WrongAnswer(
            f"The inputs of dataset[{index}] are {inputs.tolist()}: the target, {row['weight']}, is among them. "
            "A model would only copy it. Leave that column out."
        )
    expect_tensor(inputs, shape=(2,), dtype=torch.float32, name=f"the inputs of dataset[{index}]")
    expect_tensor(target, shape=(1,), dtype=torch.float32, name=f"the target of dataset[{index}]")
    expect_close(
        inputs,
        torch.tensor([row["height"], row["age"]]),
        name=f"the inputs of dataset[{index}]",
        hint="Take the columns by name, in the order of the first row: later rows may list them in another order.",
    )
    expect_close(target, torch.tensor([row["weight"]]), name=f"the target of dataset[{index}]")


def check_mean_loss(mean_loss: Any) -> None:
    """Every row counts the same, and nothing is trained."""
    X = torch.tensor([[1.0, 2.0], [0.0, 1.0], [-1.0, 1.0], [2.0, 0.0], [1.0, 1.0], [0.5, 0.0], [3.0, -1.0]])
    y = torch.tensor([[1.0], [0.0], [0.5], [-1.0], [2.0], [0.0], [20.0]])
    network = nn.Linear(2, 1)
    with torch.no_grad():
        by_row = (network(X) - y).square().flatten()
    right, before = float(by_row.mean()), [parameter.detach().clone() for parameter in network.parameters()]
    value = call(mean_loss, network, list(zip(X.split(3), y.split(3), strict=True)), nn.MSELoss())
    if any(not torch.equal(now, was) for now, was in zip(network.parameters(), before, strict=True)):
        raise WrongAnswer("The network's parameters changed: mean_loss measures, it must not step.")
    if any(parameter.grad is not None for parameter in network.parameters()):
        raise WrongAnswer("The network's parameters have gradients now: mean_loss measures, leave out backward.")
    if not isinstance(value, float):
        raise WrongAnswer(f"mean_loss returned {_kind(value)}, expected a number (float): .item() gives it.")
    _explain(value, [float(losses.mean()) for losses in by_row.split(3)], right)
    one_batch = call(mean_loss, network, [(X, y)], nn.MSELoss())
    expect_close(one_batch, right, name="mean_loss with all rows in one batch")
    other = call(mean_loss, network, list(zip(X.split(3), y.split(3), strict=True)), nn.L1Loss())
    with torch.no_grad():
        wanted = float((network(X) - y).abs().mean())
    expect_close(other, wanted, name="mean_loss with nn.L1Loss()", hint="Use the loss function that is passed in.")


def _explain(value: float, batch_losses: list[float], right: float) -> None:
    """Tell the mistakes that people make by the number that they give."""
    hints = {
        sum(batch_losses) / 3: "That is the mean of batch losses: the last batch has one row, and counts like three.",
        sum(batch_losses): "That is the sum of the batch losses.",
        batch_losses[-1]: "That is the loss of the last batch alone.",
        right * 7: "That is the sum over the rows: divide by how many there were.",
        right * 7 / 9: "That is the sum over the rows divided by 9, three full batches; the last one has a single row.",
    }
    known = [hint for number, hint in hints.items() if abs(value - number) <= 1e-4 * abs(number)]
    hint = known[0] if known else "Weight each batch's loss by its rows, add up, and divide by all rows."
    expect_close(value, right, name="mean_loss for batches of 3, 3 and 1 rows", hint=hint)


def check_collate(collate: Any) -> None:
    """Series of different lengths as one batch, with a mask and labels."""
    rows = [
        (torch.tensor([2.0, 0.0, 5.0, 0.0]), 3),
        (torch.tensor([7.0]), 0),
        (torch.tensor([1.0, -1.0]), 2),
    ]
    _check_collated(collate, rows, torch.tensor([4, 1, 2]))
    _check_collated(collate, rows[1:], torch.tensor([1, 2]))


def _check_collated(collate: Any, rows: list[tuple[Tensor, int]], lengths: Tensor) -> None:
    before = [series.clone() for series, _ in rows]
    batch = call(collate, list(rows))
    if not isinstance(batch, tuple) or len(batch) != 3:
        raise WrongAnswer(f"collate returned {_kind(batch)}, expected a tuple: filled series, mask, labels.")
    filled, mask, labels = batch
    longest = int(lengths.max())
    if isinstance(filled, Tensor) and filled.ndim == 2 and filled.shape[1] != longest:
        raise WrongAnswer(
            f"The series of this batch have the lengths {lengths.tolist()}, and yours are {filled.shape[1]} wide: "
            "fill up to the longest of the batch at hand."
        )
    expect_tensor(filled, shape=(len(rows), longest), dtype=torch.float32, name="the filled series")
    expect_tensor(mask, shape=(len(rows), longest), dtype=torch.bool, name="the mask")
    expect_tensor(labels, shape=(len(rows),), dtype=torch.int64, name="the tensor of labels")
    if not torch.equal(labels, torch.tensor([label for _, label in rows])):
        raise WrongAnswer(f"The labels are {labels.tolist()}: keep the rows in the order in which they came.")
    right_mask = torch.arange(longest) < lengths[:, None]
    right = torch.zeros(len(rows), longest)
    for position, series in enumerate(before):
        right[position, : len(series)] = series
    expect_close(filled, right, name="the filled series", hint="Zeros go to the right of each series.")
    if torch.equal(mask, right != 0) and not torch.equal(mask, right_mask):
        raise WrongAnswer("The mask calls a real 0 of a series filling: take it from the lengths, not from the values.")
    if not torch.equal(mask, right_mask):
        raise WrongAnswer(f"The mask is {mask.tolist()}, expected True where an entry is real: {right_mask.tolist()}.")
    if not all(torch.equal(series, kept) for (series, _), kept in zip(rows, before, strict=True)):
        raise WrongAnswer("A series was changed in place: write into a new tensor of zeros.")


def check_stream(shuffled_stream: Any) -> None:
    """Each item of a stream once, in an order that a buffer of that size can give."""
    size, items = 5, list(range(40))
    generator = torch.Generator().manual_seed(3)
    first = _check_pass(_walk(shuffled_stream, 40, size, generator), 40, size)
    if first == items:
        raise WrongAnswer("The items come in their own order: give out a random one of the buffer each time.")
    torch.manual_seed(99)
    again, _ = _walk(shuffled_stream, 40, size, torch.Generator().manual_seed(3))
    if again != first:
        raise WrongAnswer("Two generators with one seed gave two orders: draw from the generator that is passed in.")
    if _walk(shuffled_stream, 40, size, generator)[0] == first:
        raise WrongAnswer("A second pass with the same generator had the same order: do not seed the generator again.")
    alone, _ = _walk(shuffled_stream, 6, 1, generator)
    if alone != items[:6]:
        raise WrongAnswer(f"With a buffer of one row, 0 to 5 came as {alone}: nothing can be shuffled there.")
    short, _ = _walk(shuffled_stream, 3, size, generator)
    if sorted(short) != items[:3]:
        raise WrongAnswer(f"A stream of three rows, shorter than the buffer, gave {short}: give out what is left.")


class _Stream:
    """The numbers from 0 on, and how many were read."""

    def __init__(self, count: int) -> None:
        self.count, self.read = count, 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self.read == self.count:
            raise StopIteration
        self.read += 1
        return self.read - 1


def _walk(shuffled_stream: Any, count: int, size: int, generator: torch.Generator) -> tuple[list[Any], list[int]]:
    """What comes out of a stream of so many items, and how many had been read when each came out."""
    stream = _Stream(count)

    def walk() -> tuple[list[Any], list[int]]:
        given, read_by_then = [], []
        for item in islice(shuffled_stream(stream, size, generator), count + 20):
            given.append(int(item) if isinstance(item, int | Tensor) else item)
            read_by_then.append(stream.read)
        return given, read_by_then

    walk.__name__ = name_of(shuffled_stream)
    given, read_by_then = call(walk)
    return given, read_by_then


def _check_pass(walked: tuple[list[Any], list[int]], count: int, size: int) -> list[Any]:
    """What came out, once it is known to be each item once, with no more read ahead than the buffer holds."""
    given, read_by_then = walked
    if len(given) < count:
        raise WrongAnswer(
            f"Of {count} items only {len(given)} came out: at the end of the stream, give out what is in the buffer."
        )
    if len(given) > count or sorted(map(str, given)) != sorted(map(str, range(count))):
        raise WrongAnswer("Some items came out twice or not at all: put the new item where the one you gave out was.")
    ahead = max(read - done for done, read in enumerate(read_by_then))
    if ahead > size + 1:
        raise WrongAnswer(
            f"With size={size} you had read {ahead} items more than you had given out: a stream may not fit into "
            "memory, so begin to give out as soon as the buffer is full."
        )
    return given


def _kind(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"{kind_in_words(value)} of {len(value)}"
    return kind_in_words(value)
