"""Exercises of lesson 1.3, "Batch, mini-batch and stochastic gradient descent": updates, batches, noise."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_tensor, kind_in_words

__all__ = ["EXERCISES"]


def _check_count_updates(count_updates: Any) -> None:
    _expect_count(count_updates, (12, 4, 1), 3, "Twelve rows make three batches of four.")
    _expect_count(count_updates, (12, 4, 5), 15, "Each epoch goes through all rows again: multiply by the epochs.")
    _expect_count(count_updates, (11, 4, 1), 3, "The last batch holds what is left, and it counts: round up.")
    hint = "Each epoch has its own short batch: round up first, then multiply by the epochs."
    _expect_count(count_updates, (11, 4, 5), 15, hint)
    _expect_count(count_updates, (3, 64, 2), 2, "When B is larger than N, one batch holds all rows.")


def _expect_count(count_updates: Any, arguments: tuple[int, int, int], right: int, hint: str) -> None:
    count = call(count_updates, *arguments)
    name = f"count_updates{arguments}"
    if not isinstance(count, int) or isinstance(count, bool):
        raise WrongAnswer(f"{name} is {kind_in_words(count)}, expected a whole number (int): updates come in wholes.")
    if count != right:
        raise WrongAnswer(f"{name} is {count}, expected {right}. {hint}")


def _check_epoch_batches(epoch_batches: Any) -> None:
    rows, size = 50, 8
    generator = torch.Generator().manual_seed(5)
    first = _batches(epoch_batches, rows, size, generator)
    second = _batches(epoch_batches, rows, size, generator)
    if [batch.tolist() for batch in first] == [batch.tolist() for batch in second]:
        raise WrongAnswer(
            "Two epochs in a row came in the same order. Draw the shuffle from the generator, and do not seed it: "
            "then it moves on from epoch to epoch."
        )
    torch.manual_seed(11)  # another global state must not matter
    again = _batches(epoch_batches, rows, size, torch.Generator().manual_seed(5))
    if [batch.tolist() for batch in first] != [batch.tolist() for batch in again]:
        raise WrongAnswer(
            "Two generators with the same seed gave two different orders, so the shuffle comes from elsewhere: "
            "pass generator=generator to torch.randperm."
        )


def _batches(epoch_batches: Any, rows: int, size: int, generator: torch.Generator) -> list[Tensor]:
    """The batches of one epoch, once they are known to hold each row once, in a shuffled order."""
    name = f"epoch_batches({rows}, {size}, generator)"
    value = call(epoch_batches, rows, size, generator)
    if not isinstance(value, list | tuple):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a list with one tensor a batch.")
    batches = [
        expect_tensor(batch, shape=(None,), dtype=torch.int64, name=f"batch {number} of {name}")
        for number, batch in enumerate(value)
    ]
    numbers = torch.cat(batches).tolist() if batches else []
    sizes, right = [len(batch) for batch in batches], [size] * (rows // size) + [rows % size]
    if numbers == list(range(rows)):
        raise WrongAnswer(
            f"{name} leaves the rows in their own order: shuffle them with torch.randperm before you cut."
        )
    if all((batch.sort().values.diff() == 1).all() for batch in batches):
        raise WrongAnswer(
            "Each of your batches holds neighbouring rows: shuffle the rows and then cut, not the batches."
        )
    if sizes == right[:-1]:
        raise WrongAnswer(
            f"{name} leaves out the last, short batch: {rows % size} rows are not in it. Keep what is left."
        )
    if sizes != right:
        raise WrongAnswer(f"The batches of {name} have {sizes} rows, expected {right}.")
    _expect_each_row_once(numbers, rows, name)
    return batches


def _expect_each_row_once(numbers: list[int], rows: int, name: str) -> None:
    outside = [number for number in numbers if not 0 <= number < rows]
    if outside:
        raise WrongAnswer(
            f"{name} holds the row number {outside[0]}, expected 0 to {rows - 1}: counting starts with 0."
        )
    twice = [row for row in range(rows) if numbers.count(row) > 1]
    if twice:
        raise WrongAnswer(
            f"{name} holds row {twice[0]} more than once and leaves out others. In an epoch each row comes once: "
            "shuffle with torch.randperm in place of drawing with torch.randint."
        )


def _check_gradient_noise(gradient_noise: Any) -> None:
    gradients = torch.randn(2000, 3, generator=torch.Generator().manual_seed(1)) * torch.tensor([1.0, 2.0, 3.0]) + 1.5
    size, centre, one_row = 64, gradients.mean(dim=0).norm().item(), _noise_of_one_row(gradients)
    right = one_row / size**0.5
    of_sums = ((size * right) ** 2 + ((size - 1) * centre) ** 2) ** 0.5
    hints = (
        (of_sums, "That is the spread of sums: the gradient of a batch is the mean of its rows' gradients."),
        (
            (right**2 + centre**2) ** 0.5,
            "Subtract the gradient of all rows from that of each batch before you square.",
        ),
        (right**2, "That is the mean squared distance: take its root."),
        (one_row, "That is the noise of a single row: average over the rows of each batch first."),
        (right / 3**0.5, "Sum the squares over the parameters (dim=1), and average over the batches only."),
    )
    found = _noise(gradient_noise, gradients, size)
    hint = next((hint for value, hint in hints if _near(found, value)), "")
    _expect_noise(found, right, size, hint or "Square the distances, average over the batches, then take the root.")

    few = gradients[:size]  # as many as a batch: drawn once each, they would have no noise
    hint = "Rows may come twice: draw them independently, with torch.randint, and not from a shuffle."
    _expect_noise(_noise(gradient_noise, few, size), _noise_of_one_row(few) / size**0.5, size, hint)
    if _noise(gradient_noise, gradients, 4, draws=5) == _noise(gradient_noise, gradients, 4, draws=5):
        raise WrongAnswer(
            "Two calls with five draws each gave the same number to the last digit. Draw new batches in each call, "
            "and leave seeding to the caller: no torch.manual_seed inside."
        )


def _noise_of_one_row(gradients: Tensor) -> float:
    return (gradients - gradients.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()


def _noise(gradient_noise: Any, gradients: Tensor, batch_size: int, draws: int = 4000) -> float:
    value = call(gradient_noise, gradients, batch_size, draws)
    if not isinstance(value, float):
        kind = kind_in_words(value)
        raise WrongAnswer(f"gradient_noise returned {kind}, expected a number (float): end with .item().")
    return value


def _near(found: float, value: float) -> bool:
    return abs(found - value) <= 0.05 * value


def _expect_noise(found: float, right: float, size: int, hint: str) -> None:
    if not _near(found, right):
        raise WrongAnswer(
            f"With batches of {size} and 4000 draws your noise is {found:.4g}, expected {right:.4g} within 5 %. {hint}"
        )


_NOISE = """
import torch


def gradient_noise(row_gradients, batch_size, draws):
    {rows}
    batches = row_gradients[rows].{mean}
    distances = batches - {centre}
    return distances.square().{end}.item()
"""


def _noise_source(
    *,
    rows: str = "rows = torch.randint(len(row_gradients), (draws, batch_size))",
    mean: str = "mean(dim=1)",
    centre: str = "row_gradients.mean(dim=0)",
    end: str = "sum(dim=1).mean().sqrt()",
) -> str:
    return _NOISE.format(rows=rows, mean=mean, centre=centre, end=end)


def _batches_source(body: str) -> str:
    return f"import torch\ndef epoch_batches(rows, batch_size, generator):\n    {body}\n"


EXERCISES = (
    Exercise(
        id="1.3.1",
        title="Count the updates",
        answer="count_updates",
        check=_check_count_updates,
        wrong=(
            Planted(
                source="def count_updates(rows, batch_size, epochs):\n    return epochs * (rows // batch_size)",
                message="and it counts: round up",
            ),
            Planted(
                source="def count_updates(rows, batch_size, epochs):\n    return epochs * (rows // batch_size + 1)",
                message="Twelve rows make three batches of four",
            ),
            Planted(
                source="def count_updates(rows, batch_size, epochs):\n    return epochs * rows / batch_size",
                message="expected a whole number (int)",
            ),
            Planted(
                source="def count_updates(rows, batch_size, epochs):\n    return -(-rows // batch_size)",
                message="multiply by the epochs.",
            ),
            Planted(
                source="""
                import math
                def count_updates(rows, batch_size, epochs):
                    return math.ceil(epochs * rows / batch_size)
                """,
                message="round up first, then multiply",
            ),
        ),
    ),
    Exercise(
        id="1.3.2",
        title="Cut an epoch into batches",
        answer="epoch_batches",
        check=_check_epoch_batches,
        wrong=(
            Planted(
                source=_batches_source(
                    "return list(torch.randint(rows, (rows,), generator=generator).split(batch_size))"
                ),
                message="In an epoch each row comes once",
            ),
            Planted(
                source=_batches_source("return list(torch.arange(rows).split(batch_size))"),
                message="leaves the rows in their own order",
            ),
            Planted(
                source=_batches_source(
                    "order = torch.randperm(rows, generator=generator); "
                    "return [order[i * batch_size:(i + 1) * batch_size] for i in range(rows // batch_size)]"
                ),
                message="leaves out the last, short batch",
            ),
            Planted(
                source=_batches_source("return list(torch.randperm(rows).split(batch_size))"),
                message="pass generator=generator",
            ),
            Planted(
                source=_batches_source(
                    "return list(torch.randperm(rows, generator=generator.manual_seed(0)).split(batch_size))"
                ),
                message="do not seed it",
            ),
            Planted(
                source=_batches_source(
                    "batches = torch.arange(rows).split(batch_size); "
                    "return [batches[i] for i in torch.randperm(len(batches), generator=generator)]"
                ),
                message="shuffle the rows and then cut, not the batches",
            ),
        ),
    ),
    Exercise(
        id="1.3.3",
        title="Measure the noise",
        answer="gradient_noise",
        check=_check_gradient_noise,
        wrong=(
            Planted(source=_noise_source(mean="sum(dim=1)"), message="That is the spread of sums"),
            Planted(source=_noise_source(centre="0"), message="Subtract the gradient of all rows"),
            Planted(source=_noise_source(end="sum(dim=1).mean()"), message="take its root"),
            Planted(source=_noise_source(end="mean().sqrt()"), message="Sum the squares over the parameters"),
            Planted(
                source=_noise_source(
                    rows="rows = torch.stack([torch.randperm(len(row_gradients))[:batch_size] for _ in range(draws)])"
                ),
                message="and not from a shuffle",
            ),
            Planted(
                source=_noise_source(
                    rows="torch.manual_seed(0); rows = torch.randint(len(row_gradients), (draws, batch_size))"
                ),
                message="leave seeding to the caller",
            ),
        ),
    ),
)
