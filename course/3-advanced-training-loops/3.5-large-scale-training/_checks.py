"""What the answers of lesson 3.5 must do, and the sentences for the mistakes that people make."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_backward_in_parts", "check_combine", "check_ring_seconds"]


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


class _Counting(nn.Module):
    """A linear model that remembers the most rows it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.most = nn.Linear(3, 1), 0

    def forward(self, X: Tensor) -> Tensor:
        self.most = max(self.most, len(X))
        return torch.as_tensor(self.linear(X))


def check_backward_in_parts(backward_in_parts: Any) -> None:
    """The gradient of the whole batch, with few rows at a time, whatever was there before."""
    for count, most in ((10, 4), (9, 3), (5, 8)):
        model, X, y = _Counting(), torch.randn(count, 3), torch.randn(count, 1) + 1
        weight = model.linear.weight
        parts = [_slope(model, a, b) for a, b in zip(X.split(most), y.split(most), strict=True)]
        sizes = [len(part) for part in X.split(most)]
        right, before = _slope(model, X, y), torch.ones_like(weight)
        model.most, weight.grad = 0, before.clone()
        name = f"backward_in_parts of {count} rows, at most {most} at once"
        call(backward_in_parts, model, X, y, most)
        if weight.grad is None:
            raise WrongAnswer(f"{name} left no gradient in the model: call backward for each part.")
        found = expect_tensor(weight.grad, shape=(1, 3), name=f"the gradient after {name}")
        if model.most > most:
            raise WrongAnswer(f"{name} sent {model.most} rows through the model at once: split X and y.")
        by_rows = torch.stack([n * part for n, part in zip(sizes, parts, strict=True)]).sum(dim=0)
        for wrong, sentence in (
            (torch.stack(parts).mean(dim=0), "It is the mean of means: the small last part counts too much."),
            (torch.stack(parts).sum(dim=0), "It adds up the means of the parts: weigh each by its share of the rows."),
            (right + before, "What stood in .grad before is still in it: zero once, before the first part."),
            (parts[-1] * sizes[-1] / count, "It is of the last part alone: zero before the first part only."),
            (by_rows, "It is the sum over all rows: divide by the rows of all."),
        ):
            if not torch.allclose(wrong, right, rtol=1e-3) and torch.allclose(found, wrong, rtol=1e-4, atol=1e-6):
                raise WrongAnswer(f"{name} leaves another gradient than the whole batch. {sentence}")
        expect_close(
            found, right, name=f"the gradient after {name}", hint="Each part's mean loss, times its share of the rows."
        )


def _slope(model: _Counting, X: Tensor, y: Tensor) -> Tensor:
    """The gradient of the mean squared error for the weights."""
    (found,) = torch.autograd.grad(nn.functional.mse_loss(model(X), y), [model.linear.weight])
    return found
