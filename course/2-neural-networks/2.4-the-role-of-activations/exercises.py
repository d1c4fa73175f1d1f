"""Exercises of lesson 2.4, "The role of activations": slopes by autograd, tanh for ReLU, Swish, an experiment."""

from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import (
    Exercise,
    Planted,
    WrongAnswer,
    call,
    expect_close,
    expect_module,
    expect_tensor,
    kind_in_words,
)

__all__ = ["EXERCISES"]


def _cube(z: Tensor) -> Tensor:
    return z**3


def _check_slope(slope: Any) -> None:
    z = torch.tensor([[-2.0, -0.5], [0.3, 1.0], [2.5, 4.0]])
    right = 1 - torch.tanh(z) ** 2
    value = expect_tensor(call(slope, torch.tanh, z), shape=(3, 2), name="slope(torch.tanh, z)")
    if torch.allclose(value, torch.tanh(z), atol=1e-4):
        raise WrongAnswer("slope(torch.tanh, z) is tanh(z) itself, expected its slope 1 - tanh²(z).")
    hint = "Let autograd give it: a difference quotient is only near." if (value - right).abs().max() < 0.2 else ""
    expect_close(value, right, inputs=z, name="slope(torch.tanh, z)", hint=hint)
    if z.requires_grad:
        raise WrongAnswer(
            "After slope the caller's z requires gradients, and a second call would add to the first one's. "
            "Work on a copy: z.detach().clone().requires_grad_()."
        )
    expect_close(
        call(slope, _cube, z),
        3 * z**2,
        tolerance=1e-3,
        inputs=z,
        name="slope(cube, z), where cube is z³,",
        hint="slope must work for any activation: use the one that it is given.",
    )


def _check_sine_network(sine_network: Any) -> None:
    hidden = 7
    network = call(sine_network, hidden)
    expect_module(
        network,
        parameter_shapes=[(hidden, 1), (hidden,), (1, hidden), (1,)],
        lacks=[nn.ReLU],
        name=f"sine_network({hidden})",
    )
    linear_layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
    if len(linear_layers) != 2:
        raise WrongAnswer(f"sine_network({hidden}) has {len(linear_layers)} nn.Linear layers, expected two.")
    first, second = linear_layers
    with torch.no_grad():
        second.bias.fill_(5.0)
        x = torch.linspace(-3, 3, 9).reshape(-1, 1)
        output = call(network, x)
        linear = second(first(x))
        right = second(torch.tanh(first(x)))
    if torch.allclose(output, linear, atol=1e-5):
        raise WrongAnswer("Your network has no activation between its layers: it can only draw a straight line.")
    if (output.abs() <= 1).all():
        raise WrongAnswer(
            "Your network's output never leaves -1 to 1: an activation stands after the last layer. "
            "Put tanh between the two linear layers, and nothing after the second."
        )
    expect_close(output, right, inputs=x, name="your network's output", hint="Between the layers stands tanh alone.")


def _check_swish(swish: Any) -> None:
    z = torch.tensor([[-4.0], [-1.0], [0.0], [0.5], [3.0]])
    value = expect_tensor(call(swish, z), shape=(5, 1), name="swish(z)")
    if torch.allclose(value, torch.sigmoid(z), atol=1e-4):
        raise WrongAnswer("swish(z) is the sigmoid alone: multiply it by z.")
    if torch.allclose(value, z * torch.tanh(z), atol=1e-4):
        raise WrongAnswer("swish(z) is z times tanh(z): the factor is the sigmoid, which runs from 0 to 1.")
    expect_close(value, z * torch.sigmoid(z), inputs=z, name="swish(z)", hint="It is z · s(z), entry by entry.")
    large = torch.tensor([-200.0, -100.0, 100.0, 200.0])
    expect_close(
        call(swish, large),
        torch.relu(large),
        inputs=large,
        name="swish(z)",
        hint="Your formula overflows where exp(z) is too large for float32: use torch.sigmoid.",
    )
    _check_swish_gradient(swish)


def _check_swish_gradient(swish: Any) -> None:
    z = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    value = expect_tensor(call(swish, z), shape=(3,), name="swish(z)")
    if not value.requires_grad:
        raise WrongAnswer(
            "No gradient flows through your swish, so a network with it could not learn: "
            "leave out detach, .item(), no_grad and NumPy, and compute with torch's functions."
        )
    (gradient,) = torch.autograd.grad(value.sum(), z)
    s = torch.sigmoid(z)
    expect_close(
        gradient,
        s * (1 + z * (1 - s)),
        inputs=z,
        name="the slope of your swish",
        hint="A part of the formula is hidden from autograd: leave out detach.",
    )


def _check_final_losses(final_losses: Any) -> None:
    losses = call(final_losses, nn.Tanh, seeds=[3, 4, 3], steps=20)
    if not isinstance(losses, list) or len(losses) != 3 or not all(isinstance(loss, float) for loss in losses):
        raise WrongAnswer(
            f"final_losses with three seeds returned {_describe(losses)}, expected a list of three floats. "
            "Append one loss.item() a seed, and return the list."
        )
    if losses[0] == losses[1]:
        raise WrongAnswer("Two different seeds gave the same loss: call torch.manual_seed(seed) inside the loop.")
    if not _near(losses[0], losses[2]):
        raise WrongAnswer(
            f"Seed 3 gave {losses[0]:.4f} when it came first and {losses[2]:.4f} when it came last. For each seed, "
            "call torch.manual_seed(seed), and then make a new network and a new optimizer."
        )
    _check_training(final_losses)


def _check_training(final_losses: Any) -> None:
    (untrained,) = call(final_losses, nn.Tanh, seeds=[3], steps=0)
    (line,) = call(final_losses, nn.Identity, seeds=[3], steps=400)
    if line == untrained or line > 0.43:
        raise WrongAnswer(
            f"Without an activation, 400 steps ended at {line:.4f}; the best straight line has 0.4222. "
            "Is each step zero_grad, loss, backward, step, as often as steps says, with lr 0.01?"
        )
    if line < 0.41:
        raise WrongAnswer(
            f"Without an activation, 400 steps ended at {line:.4f}, and no straight line gets below 0.4222. "
            "Is the activation that is passed in the one between the layers, and the loss the mean squared error?"
        )


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-4 + 1e-3 * abs(other)


def _describe(value: object) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)} {type(value[0]).__name__}s" if value else "an empty list"
    return kind_in_words(value)


_EXPERIMENT = """
import math
import torch
from torch import nn


def final_losses(activation, seeds, steps):
    x = torch.linspace(-2 * math.pi, 2 * math.pi, 100).reshape(-1, 1)
    y = torch.sin(x)
    loss_function = nn.MSELoss()
    results = []
    {before}
    for seed in seeds:
        {inside}
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        for _ in range(steps):
            {zero}
            loss_function(network(x), y).backward()
            optimizer.step()
        with torch.no_grad():
            results.append(loss_function(network(x), y).item())
    return {result}
"""
_NETWORK = "network = nn.Sequential(nn.Linear(1, 10), {activation}, nn.Linear(10, 1))"


def _experiment(
    *,
    before: str = "pass",
    inside: str = f"torch.manual_seed(seed); {_NETWORK}",
    activation: str = "activation()",
    zero: str = "optimizer.zero_grad()",
    result: str = "results",
) -> str:
    source = _EXPERIMENT.format(before=before, inside=inside, zero=zero, result=result)
    return source.replace("{activation}", activation)


EXERCISES = (
    Exercise(
        id="2.4.1",
        title="Plot the derivatives",
        answer="slope",
        check=_check_slope,
        wrong=(
            Planted(source="def slope(activation, z):\n    return activation(z)", message="is tanh(z) itself"),
            Planted(
                source="""
                def slope(activation, z):
                    z.requires_grad_()
                    activation(z).sum().backward()
                    return z.grad
                """,
                message="Work on a copy",
            ),
            Planted(
                source="def slope(activation, z):\n    return (activation(z + 0.1) - activation(z)) / 0.1",
                message="a difference quotient is only near",
            ),
            Planted(
                source="import torch\ndef slope(activation, z):\n    return 1 - torch.tanh(z) ** 2",
                message="slope must work for any activation",
            ),
        ),
    ),
    Exercise(
        id="2.4.2",
        title="Tanh for ReLU",
        answer="sine_network",
        check=_check_sine_network,
        wrong=(
            Planted(
                source="""
                from torch import nn
                def sine_network(hidden):
                    return nn.Sequential(nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, 1), nn.Tanh())
                """,
                message="still has a ReLU",
            ),
            Planted(
                source="""
                from torch import nn
                def sine_network(hidden):
                    return nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, 1), nn.Tanh())
                """,
                message="nothing after the second",
            ),
            Planted(
                source="""
                from torch import nn
                def sine_network(hidden):
                    return nn.Sequential(nn.Linear(1, hidden), nn.Linear(hidden, 1))
                """,
                message="it can only draw a straight line",
            ),
            Planted(
                source="""
                from torch import nn
                def sine_network(hidden):
                    return nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
                """,
                message="expected the shapes",
            ),
        ),
    ),
    Exercise(
        id="2.4.3",
        title="Write Swish",
        answer="swish",
        check=_check_swish,
        wrong=(
            Planted(source="import torch\ndef swish(z):\n    return torch.sigmoid(z)", message="multiply it by z"),
            Planted(
                source="import torch\ndef swish(z):\n    return z * torch.tanh(z)",
                message="the factor is the sigmoid",
            ),
            Planted(
                source="import torch\ndef swish(z):\n    return z * torch.exp(z) / (1 + torch.exp(z))",
                message="overflows where exp(z) is too large",
            ),
            Planted(
                source="import torch\ndef swish(z):\n    return z * torch.sigmoid(z.detach())",
                message="hidden from autograd",
            ),
        ),
    ),
    Exercise(
        id="2.4.4",
        title="Is it smoothness?",
        answer="final_losses",
        check=_check_final_losses,
        time_limit_seconds=30.0,
        wrong=(
            Planted(source=_experiment(before="torch.manual_seed(0)", inside=_NETWORK), message="when it came last"),
            Planted(source=_experiment(result="sum(results) / len(results)"), message="returned a number (float)"),
            Planted(source=_experiment(zero="pass"), message="Is each step zero_grad"),
            Planted(source=_experiment(activation="nn.Tanh()"), message="no straight line gets below"),
        ),
    ),
)
