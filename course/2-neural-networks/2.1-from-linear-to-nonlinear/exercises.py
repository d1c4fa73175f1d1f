"""The exercises of lesson 2.1, "From linear to nonlinear: why neural networks?"."""

from collections.abc import Callable
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

__all__ = ["check_collapse", "check_make_tanh_mlp", "check_make_wide_mlp"]

_BIAS = "The first bias goes through the second layer too: b₁W₂ + b₂."
_ORDER = "nn.Linear stores the transpose of our W, so the product is second.weight @ first.weight."
_POINTS = torch.tensor([[0.0, 0.0], [1.0, -2.0], [-0.5, 3.0], [2.0, 0.5]])


def check_make_tanh_mlp(make_tanh_mlp: Callable[[], nn.Sequential]) -> None:
    """2.1.1: the network 2 → 8 → 1 with tanh, and tanh only, between its two layers."""
    name = "make_tanh_mlp()"
    hint = "nn.Sequential holds modules: write nn.Tanh(), with its parentheses."
    with torch.random.fork_rng(devices=[]):
        model = _call_with_hint(make_tanh_mlp, because="is not a Module subclass", hint=hint)
    expect_module(model, lacks=[nn.ReLU], name=name)
    first, second = _two_layers(model, 8, name)
    scores = expect_tensor(call(model, _POINTS), shape=(4, 1), name="the score of 4 points")
    hidden = _POINTS @ first.weight.T + first.bias
    straight = hidden @ second.weight.T + second.bias
    right = torch.tanh(hidden) @ second.weight.T + second.bias
    if _close(scores, right):
        return
    if _close(scores, torch.tanh(right)):
        raise WrongAnswer(f"{name} puts tanh behind the output layer too: the score must be free to leave -1 to 1.")
    if _close(scores, straight):
        raise WrongAnswer(f"{name} computes a linear model: put nn.Tanh() between its two layers.")
    if _close(scores, torch.tanh(straight)):
        raise WrongAnswer(f"{name} has tanh behind the output layer. It belongs between the two layers.")
    expect_close(scores, right, inputs=_POINTS, name="the score", hint="Expected Linear, Tanh, Linear.")


def check_make_wide_mlp(make_wide_mlp: Callable[[int, int], nn.Sequential]) -> None:
    """2.1.2: one hidden layer of any width, the same parameters from the same seed."""
    with torch.random.fork_rng(devices=[]):
        for hidden in (32, 5):
            _check_width(make_wide_mlp, hidden)
        _check_seeds(make_wide_mlp)


def _check_width(make_wide_mlp: Callable[[int, int], nn.Sequential], hidden: int) -> None:
    name = f"make_wide_mlp({hidden}, 0)"
    model = expect_module(call(make_wide_mlp, hidden, 0), name=name)
    layers = sum(isinstance(module, nn.Linear) for module in model.modules())
    if layers > 2:
        raise WrongAnswer(
            f"{name} has {layers} linear layers, expected 2: hidden is the number of units in one layer, not of layers."
        )
    first, second = _two_layers(model, hidden, name)
    scores = expect_tensor(call(model, _POINTS), shape=(4, 1), name=f"the score of {name} for 4 points")
    expected = torch.relu(_POINTS @ first.weight.T + first.bias) @ second.weight.T + second.bias
    expect_close(scores, expected, inputs=_POINTS, name="the score", hint="Expected Linear, ReLU, Linear.")


def _check_seeds(make_wide_mlp: Callable[[int, int], nn.Sequential]) -> None:
    torch.manual_seed(12345)  # whatever the generator's state was: the seed alone must decide
    before = _flat(call(make_wide_mlp, 8, 1))
    torch.manual_seed(54321)
    again, other = _flat(call(make_wide_mlp, 8, 1)), _flat(call(make_wide_mlp, 8, 2))
    if torch.equal(again, other):
        raise WrongAnswer(
            "make_wide_mlp(8, 1) and make_wide_mlp(8, 2) have the same parameters. Pass seed on to torch.manual_seed."
        )
    if not torch.equal(before, again):
        raise WrongAnswer(
            "make_wide_mlp(8, 1) gives other parameters at the second call. "
            "Call torch.manual_seed(seed) before the layers are made: their parameters are drawn when they are made."
        )


def check_collapse(collapse: Callable[[nn.Sequential], nn.Linear]) -> None:
    """2.1.3: the single layer that equals two linear layers, for several shapes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for features, hidden, outputs in ((2, 8, 1), (3, 3, 3), (4, 2, 3)):
            _check_stack(collapse, nn.Linear(features, hidden), nn.Linear(hidden, outputs))


def _check_stack(collapse: Callable[[nn.Sequential], nn.Linear], first: nn.Linear, second: nn.Linear) -> None:
    stack = nn.Sequential(first, second)
    name = f"collapse(stack {first.in_features} → {first.out_features} → {second.out_features})"
    untouched = _flat(stack)
    single = _collapsed(collapse, stack, name)
    if not torch.equal(_flat(stack), untouched):
        raise WrongAnswer(f"{name} changed the parameters of the stack. Copy into a new nn.Linear instead.")
    shape = (second.out_features, first.in_features)
    expect_tensor(single.weight, shape=shape, name=f"the weight of {name}")
    expect_close(single.weight, second.weight @ first.weight, name=f"the weight of {name}", hint=_ORDER)
    expect_tensor(single.bias, shape=shape[:1], name=f"the bias of {name}")
    expect_close(single.bias, second.weight @ first.bias + second.bias, name=f"the bias of {name}", hint=_BIAS)


def _collapsed(collapse: Callable[[nn.Sequential], nn.Linear], stack: nn.Sequential, name: str) -> nn.Linear:
    single = _call_with_hint(
        lambda: _call_with_hint(collapse, stack, because="cannot be multiplied", hint=_ORDER),
        because="leaf Variable",
        hint="Copy numbers into a layer inside `with torch.no_grad():`.",
    )
    if not isinstance(single, nn.Linear):
        raise WrongAnswer(f"{name} is {kind_in_words(single)}, expected one nn.Linear with the new weight and bias.")
    if single.bias is None:
        raise WrongAnswer(f"{name} has no bias, and two layers with biases collapse to one with a bias.")
    return single


def _call_with_hint(answer: Callable[..., Any], *arguments: Any, because: str, hint: str) -> Any:
    """Call the answer; when its error says `because`, add the hint to the sentence."""
    try:
        return call(answer, *arguments)
    except WrongAnswer as wrong:
        if because not in str(wrong):
            raise
        raise WrongAnswer(f"{str(wrong).rstrip('.')}. {hint}") from None


def _two_layers(model: nn.Module, hidden: int, name: str) -> tuple[nn.Linear, nn.Linear]:
    """The hidden and the output layer of a network 2 → hidden → 1."""
    expect_module(model, parameter_shapes=[(hidden, 2), (hidden,), (1, hidden), (1,)], name=name)
    layers = {module.in_features: module for module in model.modules() if isinstance(module, nn.Linear)}
    if layers.keys() != {2, hidden}:
        raise WrongAnswer(f"{name} must be made of two nn.Linear, from 2 to {hidden} and from {hidden} to 1.")
    return layers[2], layers[hidden]


def _close(left: Tensor, right: Tensor) -> bool:
    return torch.allclose(left, right, atol=1e-5)


def _flat(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


EXERCISES = (
    Exercise(
        id="2.1.1",
        title="Swap the activation",
        answer="make_tanh_mlp",
        check=check_make_tanh_mlp,
        wrong=(
            Planted(
                source="""
                from torch import nn
                def make_tanh_mlp() -> nn.Sequential:
                    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Tanh(), nn.Linear(8, 1))
                """,
                message="still has a ReLU",
            ),
            Planted(
                source="""
                from torch import nn
                def make_tanh_mlp() -> nn.Sequential:
                    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Tanh())
                """,
                message="puts tanh behind the output layer too",
            ),
            Planted(
                source="""
                from torch import nn
                def make_tanh_mlp() -> nn.Sequential:
                    return nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 1), nn.Tanh())
                """,
                message="It belongs between the two layers",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def make_tanh_mlp() -> nn.Sequential:
                    return nn.Sequential(nn.Linear(2, 8), torch.tanh, nn.Linear(8, 1))
                """,
                message="write nn.Tanh(), with its parentheses",
            ),
        ),
    ),
    Exercise(
        id="2.1.2",
        title="Use 32 hidden units",
        answer="make_wide_mlp",
        check=check_make_wide_mlp,
        wrong=(
            Planted(
                source="""
                import torch
                from torch import nn
                def make_wide_mlp(hidden: int, seed: int) -> nn.Sequential:
                    torch.manual_seed(seed)
                    middle = [layer for _ in range(hidden) for layer in (nn.Linear(8, 8), nn.ReLU())]
                    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), *middle, nn.Linear(8, 1))
                """,
                message="the number of units in one layer, not of layers",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def make_wide_mlp(hidden: int, seed: int) -> nn.Sequential:
                    torch.manual_seed(seed)
                    return nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(8, 1))
                """,
                message="expected the shapes (1,), (1, 32), (32,), (32, 2)",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def make_wide_mlp(hidden: int, seed: int) -> nn.Sequential:
                    model = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 1))
                    torch.manual_seed(seed)
                    return model
                """,
                message="before the layers are made",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def make_wide_mlp(hidden: int, seed: int) -> nn.Sequential:
                    torch.manual_seed(0)
                    return nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 1))
                """,
                message="Pass seed on to torch.manual_seed",
            ),
        ),
    ),
    Exercise(
        id="2.1.3",
        title="Take the activation away",
        answer="collapse",
        check=check_collapse,
        wrong=(
            Planted(
                source="""
                import torch
                from torch import nn
                def collapse(stack: nn.Sequential) -> nn.Linear:
                    first, second = stack[0], stack[1]
                    single = nn.Linear(first.in_features, second.out_features)
                    with torch.no_grad():
                        single.weight.copy_(second.weight @ first.weight)
                        single.bias.copy_(second.bias)
                    return single
                """,
                message="The first bias goes through the second layer too",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def collapse(stack: nn.Sequential) -> nn.Linear:
                    first, second = stack[0], stack[1]
                    single = nn.Linear(first.in_features, second.out_features)
                    with torch.no_grad():
                        single.weight.copy_(first.weight @ second.weight)
                        single.bias.copy_(second.weight @ first.bias + second.bias)
                    return single
                """,
                message="the product is second.weight @ first.weight",
            ),
            Planted(
                source="""
                from torch import nn
                def collapse(stack: nn.Sequential) -> nn.Linear:
                    first, second = stack[0], stack[1]
                    single = nn.Linear(first.in_features, second.out_features)
                    single.weight.copy_(second.weight @ first.weight)
                    single.bias.copy_(second.weight @ first.bias + second.bias)
                    return single
                """,
                message="inside `with torch.no_grad():`",
            ),
            Planted(
                source="""
                import torch
                from torch import nn
                def collapse(stack: nn.Sequential) -> torch.Tensor:
                    return stack[1].weight @ stack[0].weight
                """,
                message="expected one nn.Linear",
            ),
        ),
    ),
)
