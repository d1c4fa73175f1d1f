"""What the answers of lesson 3.5 must do, and the sentences for the mistakes that people make."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_combine", "check_gradient_in_parts", "check_ring_seconds"]


def check_combine(combine: Any) -> None:
    """The mean of the gradients, weighed by rows."""
    for rows in ([25, 25], [40, 40, 21], [3, 0, 5, 1]):
        gradients = [torch.randn(4) + 1 for _ in rows]
        name = f"combine for {_listed(rows)} rows"
        found = expect_tensor(call(combine, [g.clone() for g in gradients], rows), shape=(4,), name=name)
        stacked, counts = torch.stack(gradients), torch.tensor(rows, dtype=torch.float32)
        summed = counts @ stacked
        right = summed / counts.sum()
        inverse = torch.where(counts > 0, 1 / counts.clamp(min=1), counts)
        for wrong, sentence in (
            (stacked.mean(dim=0), "It is the mean of means: a process with few rows counts as much as one with many."),
            (stacked.sum(dim=0), "It adds the gradients up, however many rows they are of: weigh them."),
            (summed, "It is the sum over all rows: divide by the rows of all."),
            (summed / len(rows), "It divides by the number of processes: divide by the rows of all."),
            (inverse @ stacked / inverse.sum(), "It weighs the wrong way round: more rows must count more."),
        ):
            if not torch.allclose(wrong, right, rtol=1e-3) and torch.allclose(found, wrong, rtol=1e-4, atol=1e-6):
                raise WrongAnswer(f"{name} is not the gradient of the batch. {sentence}")
        expect_close(found, right, name=name, hint="Each gradient times its rows, summed, over the rows of all.")


def _listed(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:-1])) + f" and {rows[-1]}"


def check_ring_seconds(ring_seconds: Any) -> None:
    """Twice as many rounds as there are other devices, each with a latency and a piece of the vector."""
    for size, devices, bandwidth, latency in ((1e8, 4, 1e10, 1e-3), (4e6, 1, 1e9, 1e-5), (1e6, 1000, 1e10, 1e-5)):
        name = f"ring_seconds({size:g}, {devices}, {bandwidth:g}, {latency:g})"
        found = _number(call(ring_seconds, size, devices, bandwidth, latency), name)
        others, piece = devices - 1, size / (devices * bandwidth)
        right = 2 * others * (latency + piece)
        for wrong, sentence in (
            (
                right / 2,
                "Sums travel once round the ring here, and finished sums must travel, too: twice N − 1 rounds.",
            ),
            (2 * devices * (latency + piece), "That is one round too many each time: N − 1 others, not N."),
            (2 * others * (latency + size / bandwidth), "Each round sends the whole vector here: send a piece, S/N."),
            (2 * others * piece, "It leaves out the time to begin a message, which each round pays."),
            (latency + 2 * others * piece, "It pays the latency once in all: each round begins a message."),
        ):
            if not math.isclose(wrong, right, rel_tol=1e-6) and math.isclose(found, wrong, rel_tol=1e-6):
                raise WrongAnswer(f"{name} is {found:.6g}, expected {right:.6g}. {sentence}")
        if not math.isclose(found, right, rel_tol=1e-6, abs_tol=1e-12):
            hint = "2 (N − 1) rounds, each with a latency and S / (N W)."
            raise WrongAnswer(f"{name} is {found:.6g}, expected {right:.6g}. {hint}")


def _number(value: object, name: str) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a number.")
    return float(value)


def check_gradient_in_parts(gradient_in_parts: Any) -> None:
    """The gradient of the whole batch, with few rows at a time."""
    for count, most in ((10, 4), (9, 3), (5, 8)):
        name = f"gradient_in_parts of {count} rows, at most {most} at once,"
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        X, y = torch.randn(count, 3), torch.randn(count, 1) + 1
        parts = [_slopes(model, a, b) for a, b in zip(X.split(most), y.split(most), strict=True)]
        sizes = torch.tensor([float(len(part)) for part in X.split(most)])
        right, found = _slopes(model, X, y), _found(gradient_in_parts, model, X, y, most, name)
        stacked = torch.stack(parts)
        for wrong, sentence in (
            (stacked.mean(dim=0), "It is the mean of means: the small last part counts too much."),
            (stacked.sum(dim=0), "It adds up the means of the parts: weigh each by its share of the rows."),
            (parts[-1] * sizes[-1] / count, "It is of the last part alone: zero before the first part only."),
            (sizes @ stacked, "It is the sum over all rows: divide by the rows of all."),
        ):
            if not torch.allclose(wrong, right, rtol=1e-3) and torch.allclose(found, wrong, rtol=1e-4, atol=1e-6):
                raise WrongAnswer(f"{name} is another gradient than that of the whole batch. {sentence}")
        expect_close(found, right, name=name, hint="Each part's mean loss, times its share of the rows.")
    _check_parts(gradient_in_parts)


def _check_parts(gradient_in_parts: Any) -> None:
    """Batch norm tells which rows came together."""
    model, X, y = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)), torch.randn(10, 3), torch.randn(10, 1)
    shares = [len(part) / 10 * _slopes(model, part, of) for part, of in zip(X.split(4), y.split(4), strict=True)]
    name = "gradient_in_parts of a network with batch norm"
    found, whole = _found(gradient_in_parts, model, X, y, 4, name), _slopes(model, X, y)
    if torch.allclose(found, whole, rtol=1e-4, atol=1e-6):
        raise WrongAnswer(f"{name} took all 10 rows at once, where at most 4 were allowed: split X and y.")
    hint = "Parts of 4, 4 and 2 rows, in their order."
    expect_close(found, torch.stack(shares).sum(dim=0), name=name, hint=hint)


def _found(gradient_in_parts: Any, model: nn.Module, X: Tensor, y: Tensor, most: int, name: str) -> Tensor:
    """What an answer gives, in one vector."""
    shapes = [tuple(parameter.shape) for parameter in model.parameters()]
    given = call(gradient_in_parts, model, X, y, most)
    if not isinstance(given, list | tuple):
        raise WrongAnswer(f"{name} returned {kind_in_words(given)}, expected a list of gradients.")
    if len(given) != len(shapes):
        raise WrongAnswer(f"{name} has {len(given)} gradients, expected {len(shapes)}: one for each parameter.")
    return torch.cat(
        [
            expect_tensor(part, shape=shape, name=f"a gradient of {name}").flatten()
            for part, shape in zip(given, shapes, strict=True)
        ]
    )


def _slopes(model: nn.Module, X: Tensor, y: Tensor) -> Tensor:
    """All gradients of the mean squared error, in one vector."""
    found = torch.autograd.grad(nn.functional.mse_loss(model(X), y), list(model.parameters()))
    return torch.cat([slope.flatten() for slope in found])
