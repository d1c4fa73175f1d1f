"""What the answers of lesson 3.4 must do, and the sentences for the mistakes that people make."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_batch_norm", "check_clip", "check_gradient_norms", "check_residual"]


def _network(widths: list[int]) -> nn.Sequential:
    """Linear layers with tanh."""
    network = nn.Sequential()
    for fan_in, fan_out in pairwise(widths):
        network.extend([nn.Linear(fan_in, fan_out), nn.Tanh()])
    return network


def _gradients(network: nn.Sequential, layers: list[nn.Linear], X: Tensor, y: Tensor) -> tuple[list[Tensor], ...]:
    """Of the mean squared error, for weights and for biases."""
    loss = nn.functional.mse_loss(network(X), y)
    found = torch.autograd.grad(loss, [p for layer in layers for p in (layer.weight, layer.bias)])
    return list(found[::2]), list(found[1::2])


def check_gradient_norms(gradient_norms: Any) -> None:
    """One norm for each linear layer, first to last."""
    for widths in ([3, 4, 5, 2], [2, 7]):
        network, X, y = _network(widths), torch.randn(6, widths[0]), torch.randn(6, widths[-1])
        layers = [layer for layer in network if isinstance(layer, nn.Linear)]
        weights, biases = _gradients(network, layers, X, y)
        name = f"gradient_norms of a network {'→'.join(map(str, widths))}"
        found = call(gradient_norms, network, X, y)
        if not isinstance(found, list | tuple):
            raise WrongAnswer(f"{name} returned {kind_in_words(found)}, expected a list of numbers.")
        if len(found) != len(layers):
            raise WrongAnswer(
                f"{name} has {len(found)} numbers, expected {len(layers)}: one for each linear layer and none for tanh."
            )
        numbers = [_number(value, f"an entry of {name}") for value in found]
        right = [g.norm().item() for g in weights]
        for wrong, sentence in (
            ([layer.weight.norm().item() for layer in layers], "These are the norms of the weights: take .grad."),
            ([g.abs().sum().item() for g in weights], "It adds up sizes: a norm is the root of the sum of squares."),
            ([g.square().sum().item() for g in weights], "This is the sum of squares: take the root."),
            ([g.norm().item() for g in biases], "These are the biases' gradients."),
            ([g.square().mean().sqrt().item() for g in weights], "It is a mean, not a sum, of squares."),
            (right[::-1], "They run from the last layer to the first: begin with the first."),
        ):
            if not _all_near(wrong, right) and _all_near(numbers, wrong):
                raise WrongAnswer(f"{name} begins with {numbers[0]:.4g}, expected {right[0]:.4g}. {sentence}")
        expect_close(
            torch.tensor(numbers),
            torch.tensor(right),
            name=name,
            hint="The norm of each layer.weight.grad, after backward from the mean squared error.",
        )


def _number(value: object, name: str) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a number.")
    return float(value)


def _all_near(first: list[float], second: list[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-9) for a, b in zip(first, second, strict=True))


def check_clip(clip: Any) -> None:
    """A long gradient gets the length of the limit, a short one is left, and a zero one stays zero."""
    long = [torch.tensor([[3.0, 0.0], [0.0, -2.0]]), torch.tensor([6.0, 0.0])]  # the norm is 7
    found = _clipped(clip, long, 3.5, "a gradient of norm 7")
    right = [g / 2 for g in long]
    for wrong, sentence in (
        ([g * min(1.0, 3.5 / g.norm().item()) for g in long],
         "It clips each tensor by itself, which turns the gradient: one norm over all of them."),
        ([g.clamp(-3.5, 3.5) for g in long], "It clips number by number, which turns the gradient: scale all alike."),
        ([g * 3.5 / sum(p.norm().item() for p in long) for g in long],
         "It adds up the norms of the tensors: add up the squares, and take one root."),
        ([g * 3.5 / 49 for g in long], "It forgets the root: the norm is 7, its square 49."),
        ([g / 7 for g in long], "It scales to norm 1: scale to the limit."),
        (long, "The gradient is as long as before."),
    ):  # fmt: skip
        if all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(found, wrong, strict=True)):
            raise WrongAnswer(f"A gradient of norm 7 was clipped to 3.5, and came out wrong. {sentence}")
    for part, expected in zip(found, right, strict=True):
        expect_close(part, expected, name="a gradient of norm 7, clipped to 3.5", hint="Each number is halved.")
    _check_short(clip, long)


def _check_short(clip: Any, long: list[Tensor]) -> None:
    for part, expected in zip(_clipped(clip, long, 10.0, "a gradient of norm 7"), long, strict=True):
        expect_close(
            part, expected, name="a gradient of norm 7 with limit 10", hint="A gradient shorter than the limit is left "
            "as it is: clipping never makes one longer."
        )  # fmt: skip
    zero = [torch.zeros(2, 2), torch.zeros(3)]
    if not all(torch.equal(g, z) for g, z in zip(_clipped(clip, zero, 1.0, "a gradient of zeros"), zero, strict=True)):
        raise WrongAnswer("A gradient of zeros must stay zero: yours divides by a norm of 0, and 0/0 is NaN.")


def _clipped(clip: Any, gradients: list[Tensor], limit: float, words: str) -> list[Tensor]:
    found = call(clip, [g.clone() for g in gradients], limit)
    if not isinstance(found, list | tuple) or len(found) != len(gradients):
        raise WrongAnswer(f"clip returned {_kind(found)} for {words} in two tensors, expected a list of two tensors.")
    return [
        expect_tensor(part, shape=tuple(g.shape), name=f"a tensor of {words}, clipped")
        for part, g in zip(found, gradients, strict=True)
    ]


def _kind(value: object) -> str:
    return f"{len(value)} entries" if isinstance(value, list | tuple) else kind_in_words(value)


def check_residual(residual: Any) -> None:
    """What goes in, plus what two layers with a ReLU between them make of it."""
    for rows, width, hidden in ((5, 4, 4), (3, 2, 6)):
        h, W1, b1 = torch.randn(rows, width), torch.randn(width, hidden), torch.randn(hidden)
        W2, b2 = torch.randn(hidden, width), torch.randn(width)
        name = f"residual of {rows} rows, width {width} and {hidden} hidden units"
        found = expect_tensor(call(residual, h, W1, b1, W2, b2), shape=(rows, width), name=name)
        inner = (h @ W1 + b1).relu()
        branch = inner @ W2 + b2
        for wrong, sentence in (
            ((h + branch).relu(), "It has ReLU over the sum, which cuts the shortcut where the sum is negative."),
            (branch, "The shortcut is missing: add h."),
            (
                h + branch.relu(),
                "Its last ReLU lets the branch only add and never take away: end with the linear layer.",
            ),
            (h + (h @ W1 + b1) @ W2 + b2, "Without ReLU between them two linear layers are one linear layer."),
            (h.relu() + branch, "It has ReLU on the shortcut: h goes past both layers as it is."),
            ((h + branch) / 2, "It halves the sum, so thirty such blocks leave a billionth of the shortcut."),
        ):
            if found.shape == wrong.shape and torch.allclose(found, wrong, atol=1e-4):
                raise WrongAnswer(f"{name} is not what it should be. {sentence}")
        expect_close(found, h + branch, name=name, hint="h + relu(h W1 + b1) W2 + b2.")


def check_batch_norm(batch_norm: Any) -> None:
    """The batch's mean and variance in training, the running ones after it."""
    z = torch.tensor([1.0, 2.0, 3.0]) * torch.randn(6, 3) + torch.tensor([0.0, 5.0, -2.0])
    mean, var = torch.tensor([0.5, 1.0, -1.0]), torch.tensor([1.0, 2.0, 0.5])
    _check_training(batch_norm, z, mean, var)
    name = "batch_norm with training=False"
    found, new_mean, new_var = _normed(batch_norm, z, mean, var, training=False)
    if not (torch.equal(new_mean, mean) and torch.equal(new_var, var)):
        raise WrongAnswer(f"{name} changed the running statistics: in evaluation they are used and not updated.")
    own = (z - z.mean(dim=0)) / (z.var(dim=0, correction=0) + 1e-5).sqrt()
    if torch.allclose(found, own, atol=1e-4):
        raise WrongAnswer(f"{name} normalizes by the batch's own numbers: in evaluation, take the running ones.")
    expect_close(found, (z - mean) / (var + 1e-5).sqrt(), name=name, hint="Take the running mean and variance.")
    constant = torch.full((4, 3), 2.0)
    if not _normed(batch_norm, constant, mean, var, training=True)[0].isfinite().all():
        raise WrongAnswer("A unit that gives the same for all rows has variance 0: add 1e-5 before the root.")


def _check_training(batch_norm: Any, z: Tensor, mean: Tensor, var: Tensor) -> None:
    name = "batch_norm with training=True"
    found, new_mean, new_var = _normed(batch_norm, z, mean, var, training=True)
    centred, v = z - z.mean(dim=0), z.var(dim=0, correction=0)
    across = (z - z.mean(dim=1, keepdim=True)) / (z.var(dim=1, correction=0, keepdim=True) + 1e-5).sqrt()
    for wrong, sentence in (
        (centred / (z.var(dim=0) + 1e-5).sqrt(),
         "Its variance divides by one less than the rows: pass correction=0 where you normalize."),
        (across, "It normalizes over the units of a row, which is layer norm: take the rows, dim=0."),
        (centred / (v + 1e-5), "It divides by the variance: take the root."),
        ((z - mean) / (var + 1e-5).sqrt(), "It takes the running statistics: in training, take the batch's own."),
    ):  # fmt: skip
        if torch.allclose(found, wrong, atol=1e-4):
            raise WrongAnswer(f"{name} is not what it should be. {sentence}")
    expect_close(found, centred / (v + 1e-5).sqrt(), name=name, hint="Mean 0 and variance 1 for each unit.")
    if torch.allclose(new_mean, 0.1 * mean + 0.9 * z.mean(dim=0)):
        raise WrongAnswer(f"{name} mixes the wrong way round: nine tenths of the old, one tenth of the new.")
    expect_close(new_mean, 0.9 * mean + 0.1 * z.mean(dim=0), name=f"the running mean of {name}")
    if torch.allclose(new_var, 0.9 * var + 0.1 * v):
        raise WrongAnswer(
            "The running variance takes one less than the rows, as PyTorch does: it estimates new rows' variance."
        )
    expect_close(new_var, 0.9 * var + 0.1 * z.var(dim=0), name=f"the running variance of {name}")


def _normed(batch_norm: Any, z: Tensor, mean: Tensor, var: Tensor, *, training: bool) -> tuple[Tensor, Tensor, Tensor]:
    found = call(batch_norm, z, mean, var, training)
    if not isinstance(found, tuple | list) or len(found) != 3:
        raise WrongAnswer(f"batch_norm returned {_kind(found)}, expected three tensors: normalized, mean, variance.")
    shapes = (tuple(z.shape), tuple(mean.shape), tuple(var.shape))
    names = ("what is normalized", "the running mean", "the running variance")
    first, second, third = (
        expect_tensor(part, shape=shape, name=name) for part, shape, name in zip(found, shapes, names, strict=True)
    )
    return first, second, third
