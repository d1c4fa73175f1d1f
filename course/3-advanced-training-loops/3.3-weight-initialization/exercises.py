"""Exercises of lesson 3.3, "Weight initialization": what layers leave, He's start, symmetric units, gains."""

import math
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["EXERCISES"]


def _number(value: object, name: str) -> float:
    """A number as a float, also where it comes in a tensor with one element."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} returned {kind_in_words(value)}, expected a number.")
    return float(value)


def _check_size_after(size_after: Any) -> None:
    for layers, fan_in, deviation in ((1, 50, 0.1), (30, 256, 0.08), (10, 64, 0.2), (0, 8, 0.3)):
        name = f"size_after({layers}, {fan_in}, {deviation})"
        found = _number(call(size_after, layers, fan_in, deviation), name)
        factor = fan_in * deviation**2 / 2
        right = factor ** (layers / 2)
        for wrong, sentence in (
            (factor**layers, "This is the mean square: the size is its root."),
            ((2 * factor) ** (layers / 2), "It leaves out ReLU, which takes half of the mean square in each layer."),
            ((factor / 2) ** (layers / 2), "It takes the half of ReLU twice in each layer."),
            ((fan_in * deviation / 2) ** (layers / 2), "It takes the standard deviation as variance: square it."),
            (layers * math.sqrt(factor), "It adds up layers: each multiplies what the one before it gave."),
            (math.sqrt(factor), "It is what one layer leaves: there are more."),
        ):
            if not math.isclose(wrong, right, rel_tol=1e-3) and math.isclose(found, wrong, rel_tol=1e-4):
                raise WrongAnswer(f"{name} is {found:.4g}, expected {right:.4g}. {sentence}")
        expect_close(
            found, right, tolerance=1e-6, name=name, hint="In each layer the mean square is multiplied by Dv/2."
        )


_FAN_IN, _FAN_OUT = 300, 800


def _check_he_uniform(he_uniform: Any) -> None:
    name = f"he_uniform({_FAN_IN}, {_FAN_OUT})"
    pair = call(he_uniform, _FAN_IN, _FAN_OUT)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        got = f"{len(pair)} values" if isinstance(pair, tuple | list) else kind_in_words(pair)
        raise WrongAnswer(f"{name} returned {got}, expected two tensors: weight, bias.")
    weight = expect_tensor(pair[0], shape=(_FAN_OUT, _FAN_IN), name=f"the weight of {name}").detach()
    bias = expect_tensor(pair[1], shape=(_FAN_OUT,), name=f"the bias of {name}").detach()
    _expect_deviation(weight, name)
    if weight.mean().abs() > 0.1 * weight.std():
        raise WrongAnswer(f"The weights of {name} have the mean {weight.mean():.4f}, expected 0: draw from −a to a.")
    if weight.abs().max() > 1.2 * math.sqrt(6 / _FAN_IN):
        raise WrongAnswer(f"The weights of {name} have He's variance and are not uniform: none may be larger than a.")
    if bias.any():
        raise WrongAnswer(f"The bias of {name} is not 0: He's start draws weights only.")
    again = call(he_uniform, _FAN_IN, _FAN_OUT)
    if torch.equal(weight, again[0]):
        raise WrongAnswer(f"{name} gives the same weights at each call: draw new ones, and set no seed inside.")


def _expect_deviation(weight: Tensor, name: str) -> None:
    found, right = weight.square().mean().sqrt().item(), math.sqrt(2 / _FAN_IN)
    for wrong, sentence in (
        (right / math.sqrt(3), "The bound is the standard deviation: make it √3 times that."),
        (2 / _FAN_IN, "It has the variance as standard deviation: take the root."),
        (2 / _FAN_IN / math.sqrt(3), "The bound is the variance: take its root, and √3 times that."),
        (math.sqrt(2 / _FAN_OUT), "It divides by the number of outputs: a unit adds up its inputs, so take fan_in."),
        (math.sqrt(1 / _FAN_IN), "Its variance is 1/fan_in: ReLU halves the mean square, so He doubles it."),
        (math.sqrt(2 / (_FAN_IN + _FAN_OUT)), "This is Xavier's start: He takes 2/fan_in."),
        (math.sqrt(1 / 3 / _FAN_IN), "This is PyTorch's default: He's variance is six times as large."),
        (math.sqrt(0.5 / _FAN_IN), "It draws from −a/2 to a/2: the numbers from 0 to 1 must be doubled first."),
    ):
        if math.isclose(found, wrong, rel_tol=0.02):
            raise WrongAnswer(f"The weights of {name} have the size {found:.4f}, expected {right:.4f}. {sentence}")
    if not math.isclose(found, right, rel_tol=0.02):
        raise WrongAnswer(
            f"The weights of {name} have the size {found:.4f}, expected {right:.4f}: a must be √(6/fan_in)."
        )


def _networks() -> list[tuple[str, Tensor, Tensor, Tensor, int]]:
    """Networks in words, W1, b1 and W2 of each, and how many different units it has."""
    W1, b1, W2 = torch.randn(3, 5), torch.randn(5), torch.randn(5, 2)
    twins = [0, 1, 0, 2, 1]
    swapped = torch.tensor([[1.0, 2.0], [2.0, 1.0]])
    return [
        ("of 5 random units", W1, b1, W2, 5),
        ("of 5 zero units", torch.zeros(3, 5), torch.zeros(5), torch.zeros(5, 2), 1),
        ("whose units 0 and 2, and 1 and 4, agree in all", W1[:, twins], b1[twins], W2[twins], 3),
        (
            "whose units differ in their weights out only",
            W1[:, :1].expand(3, 5).clone(),
            b1[:1].expand(5).clone(),
            W2,
            5,
        ),
        ("whose units differ in their bias only", W1[:, :1].expand(3, 5).clone(), b1, W2[:1].expand(5, 2).clone(), 5),
        ("whose units differ in their weights in only", W1, b1[:1].expand(5).clone(), W2[:1].expand(5, 2).clone(), 5),
        ("of two units with the same weights in another order", swapped, torch.zeros(2), torch.ones(2, 1), 2),
    ]


def _check_different_units(different_units: Any) -> None:
    for words, W1, b1, W2, right in _networks():
        found = _number(call(different_units, W1, b1, W2), "different_units(W1, b1, W2)")
        if found != right:
            sentence = _symmetry_hint(words, W1, found, right)
            raise WrongAnswer(f"For a network {words}, different_units is {found:g}, expected {right}. {sentence}")


def _symmetry_hint(words: str, W1: Tensor, found: float, right: int) -> str:
    if found == len(W1) != right:
        return "It counts rows of W1: here each unit is a column."
    if "out only" in words:
        return "From different weights out come different gradients: after one step these units differ."
    if "bias only" in words:
        return "A bias belongs to the unit as well: compare it, too."
    if "in only" in words:
        return "Compare the weights in as well."
    if "another order" in words:
        return "Compare weight by weight: a sum, or a sorted row, does not tell which input a weight belongs to."
    if found > right:
        return "Units that agree in weights in, bias and weights out count once."
    return "Units are the same only if all their weights in, their bias and all their weights out are."


_GAINS = (
    ("torch.relu", lambda z: z.clamp(min=0), math.sqrt(2)),
    ("lambda z: 3 * z", lambda z: 3 * z, 1 / 3),
    ("torch.sigmoid", lambda z: 1 / (1 + (-z).exp()), 1.8465),
    ("torch.tanh", lambda z: 1 - 2 / ((2 * z).exp() + 1), 1.5927),
)


def _check_gain_of(gain_of: Any) -> None:
    for name, activation, right in _GAINS:
        shown = f"gain_of({name})"
        found = _number(call(gain_of, activation), shown)
        for wrong, sentence in _gain_mistakes(activation, right):
            if not math.isclose(wrong, right, rel_tol=0.05) and math.isclose(found, wrong, rel_tol=0.02):
                raise WrongAnswer(f"{shown} is {found:.3f}, expected {right:.3f}. {sentence}")
        if not math.isclose(found, right, rel_tol=0.02):
            raise WrongAnswer(
                f"{shown} is {found:.3f}, expected {right:.3f} within two per cent. It is one over the root of the "
                "mean of activation(z) squared, for at least 100,000 normal z."
            )


def _gain_mistakes(activation: Any, right: float) -> list[tuple[float, str]]:
    generator = torch.Generator().manual_seed(0)
    h = activation(torch.randn(200_000, generator=generator))
    even = activation(torch.rand(200_000, generator=generator))
    wide = activation(2 * torch.rand(200_000, generator=generator) - 1)
    return [
        (1 / right, "It is upside down: what the activation takes, the gain must give back."),
        (right**2, "This is the square of the gain: take the root."),
        (1 / right**2, "This is the mean square itself: the gain is one over its root."),
        (1 / h.std().item(), "It divides by the standard deviation, which leaves the mean out: take the mean square."),
        (
            1 / h.abs().mean().item(),
            "It takes the mean of the sizes: take the mean of the squares, and the root of it.",
        ),
        (1 / even.square().mean().sqrt().item(), "It draws z from 0 to 1: draw normal numbers, torch.randn."),
        (1 / wide.square().mean().sqrt().item(), "It draws z evenly from −1 to 1: draw normal numbers, torch.randn."),
    ]


_SIZE = "def size_after(layers, fan_in, deviation):\n    return {}"


def _he(bound: str, *, shape: str = "fan_out, fan_in", bias: str = "torch.zeros(fan_out)") -> str:
    return (
        "import math\nimport torch\n"
        "def he_uniform(fan_in, fan_out):\n"
        f"    return (2 * torch.rand({shape}) - 1) * {bound}, {bias}"
    )


def _count(units: str) -> str:
    return f"import torch\ndef different_units(W1, b1, W2):\n    return len(({units}).unique(dim=0))"


def _gain(result: str, draw: str = "torch.randn(200_000)") -> str:
    return f"import torch\ndef gain_of(activation):\n    h = activation({draw})\n    return ({result}).item()"


EXERCISES = (
    Exercise(
        id="3.3.1",
        title="What many layers leave",
        answer="size_after",
        check=_check_size_after,
        wrong=(
            Planted(source=_SIZE.format("(fan_in * deviation**2 / 2) ** layers"), message="the size is its root"),
            Planted(source=_SIZE.format("(fan_in * deviation**2) ** (layers / 2)"), message="leaves out ReLU"),
            Planted(source=_SIZE.format("(fan_in * deviation / 2) ** (layers / 2)"), message="as variance: square it"),
            Planted(
                source=_SIZE.format("layers * (fan_in * deviation**2 / 2) ** 0.5"),
                message="each multiplies what the one before it gave",
            ),
        ),
    ),
    Exercise(
        id="3.3.2",
        title="He's start by hand",
        answer="he_uniform",
        check=_check_he_uniform,
        wrong=(
            Planted(source=_he("math.sqrt(6 / fan_out)"), message="divides by the number of outputs"),
            Planted(source=_he("math.sqrt(3) * 2 / fan_in"), message="the variance as standard deviation"),
            Planted(source=_he("math.sqrt(2 / fan_in)"), message="make it √3 times that"),
            Planted(source=_he("math.sqrt(6 / fan_in)", bias="torch.rand(fan_out)"), message="draws weights only"),
            Planted(source=_he("math.sqrt(6 / fan_in)", shape="fan_in, fan_out"), message="It is the transpose"),
            Planted(source=_he("math.sqrt(3 / fan_in)"), message="so He doubles it"),
        ),
    ),
    Exercise(
        id="3.3.3",
        title="Find the symmetric units",
        answer="different_units",
        check=_check_different_units,
        wrong=(
            Planted(source=_count("torch.cat([W1.T, b1[:, None]], dim=1)"), message="come different gradients"),
            Planted(source=_count("torch.cat([W1.T, W2], dim=1)"), message="A bias belongs to the unit"),
            Planted(source=_count("torch.cat([b1[:, None], W2], dim=1)"), message="Compare the weights in as well"),
            Planted(source=_count("W1"), message="each unit is a column"),
            Planted(
                source=_count("torch.cat([W1.sum(dim=0)[:, None], b1[:, None], W2], dim=1)"),
                message="does not tell which input a weight belongs to",
            ),
        ),
    ),
    Exercise(
        id="3.3.4",
        title="A gain for any activation",
        answer="gain_of",
        check=_check_gain_of,
        wrong=(
            Planted(source=_gain("h.square().mean().sqrt()"), message="It is upside down"),
            Planted(source=_gain("1 / h.square().mean()"), message="take the root"),
            Planted(source=_gain("1 / h.std()"), message="which leaves the mean out"),
            Planted(
                source=_gain("1 / h.square().mean().sqrt()", "2 * torch.rand(200_000) - 1"),
                message="draw normal numbers, torch.randn",
            ),
        ),
    ),
)
