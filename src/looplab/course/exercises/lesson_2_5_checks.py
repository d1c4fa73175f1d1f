"""The checks of lesson 2.5: a dataset for a table, batches, a collate function, a buffer that shuffles."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises.calling import call
from looplab.course.exercises.exercise import WrongAnswer
from looplab.course.exercises.expect import expect_close, expect_tensor
from looplab.course.exercises.sentences import name_of

__all__ = ["check_batches", "check_collate", "check_stream", "check_table"]


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


def check_batches(batches: Any) -> None:
    """Every row once in an epoch, drawn from the generator, inputs and targets together."""
    X = torch.arange(33.0).reshape(11, 3)
    y = 100 + torch.arange(11.0).reshape(11, 1)
    generator = torch.Generator().manual_seed(7)
    first = _epoch(batches, X, y, 4, generator)
    orders = [_check_epoch(first, X, y), _check_epoch(_epoch(batches, X, y, 4, generator), X, y)]
    for torch_seed in (1, 2):
        torch.manual_seed(torch_seed)
        again = _epoch(batches, X, y, 4, torch.Generator().manual_seed(7))
        if _check_epoch(again, X, y) != orders[0]:
            raise WrongAnswer(
                "Two generators with one seed gave two orders: draw from the generator that is passed in, "
                "torch.randperm(N, generator=generator)."
            )
    if list(range(11)) in orders:
        raise WrongAnswer("The rows come in their own order: shuffle them with torch.randperm.")
    if orders[0] == orders[1]:
        raise WrongAnswer(
            "A second epoch with the same generator had the same order as the first: draw a new permutation in each "
            "call, and do not seed the generator again."
        )
    sizes = [len(inputs) for inputs, _ in _epoch(batches, X, y, 16, generator)]
    if sizes != [11]:
        raise WrongAnswer(f"With 11 rows and batch_size=16 the batches have {sizes} rows, expected one batch of 11.")


def _epoch(batches: Any, X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator) -> list[Any]:
    """The batches of one epoch, and not more than a few too many."""

    def walk(X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator) -> list[Any]:
        return list(islice(batches(X, y, batch_size, generator), 20))

    walk.__name__ = name_of(batches)
    return list(call(walk, X, y, batch_size, generator))


def _check_epoch(epoch: list[Any], X: Tensor, y: Tensor) -> list[int]:
    """The rows in the order of their visit, once the batches are known to be right."""
    for batch in epoch:
        if not isinstance(batch, tuple) or len(batch) != 2:
            raise WrongAnswer(f"batches gave {_kind(batch)}, expected a tuple of two tensors: yield X[rows], y[rows].")
        expect_tensor(batch[0], shape=(None, 3), name="a batch of inputs")
        expect_tensor(batch[1], shape=(len(batch[0]), 1), name="its batch of targets")
    sizes = [len(inputs) for inputs, _ in epoch]
    if sum(sizes) < len(X):
        raise WrongAnswer(
            f"The batches of 11 rows have {sizes} rows, {sum(sizes)} in all: the last, short batch is missing."
        )
    if sizes != [4, 4, 3]:
        raise WrongAnswer(f"With 11 rows and batch_size=4 the batches have {sizes} rows, expected [4, 4, 3].")
    inputs = torch.cat([inputs for inputs, _ in epoch])
    rows = [int(row) for row in (inputs[:, 0] / 3).round().tolist()]
    if sorted(rows) != list(range(len(X))):
        missing = len(X) - len(set(rows))
        raise WrongAnswer(
            f"In one epoch {missing} of 11 rows did not come, and others came twice: a permutation has each row once, "
            "random numbers drawn one by one do not."
        )
    targets = torch.cat([targets for _, targets in epoch])
    if not torch.equal(targets, y[rows]):
        raise WrongAnswer(
            "Inputs and targets are paired wrongly: row numbers must be drawn once, and used for both X and y."
        )
    return rows


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


def _walk(shuffled_stream: Any, count: int, size: int, generator: torch.Generator) -> tuple[list[Any], list[int]]:
    """What comes out of a stream of so many items, and how many had been read when each came out."""
    read = 0

    def stream() -> Iterator[int]:
        nonlocal read
        for item in range(count):
            read = item + 1
            yield item

    def walk() -> tuple[list[Any], list[int]]:
        given, read_by_then = [], []
        for item in islice(shuffled_stream(stream(), size, generator), count + 20):
            given.append(int(item) if isinstance(item, int | Tensor) else item)
            read_by_then.append(read)
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
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
