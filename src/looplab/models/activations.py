"""The table of activations: formula, derivative, range, where each saturates, what it is used for."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.errors import require_choice

__all__ = ["ACTIVATIONS", "Activation", "activation"]


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One activation function σ.

    Attributes:
        name: the name in looplab, "relu".
        title: the name in prose, "ReLU".
        module: makes the nn.Module.
        formula: LaTeX of σ(x).
        derivative_formula: LaTeX of σ'(x).
        derivative: σ' as a function on tensors of any shape; at a kink, the value that PyTorch's autograd gives.
        range: infimum and supremum of σ.
        saturates: where the derivative goes to 0, in words.
        use: typical use, in words.
    """

    name: str
    title: str
    module: Callable[[], nn.Module]
    formula: str
    derivative_formula: str
    derivative: Callable[[Float[Tensor, "..."]], Float[Tensor, "..."]]
    range: tuple[float, float]
    saturates: str
    use: str


def _normal_cdf(x: Tensor) -> Tensor:
    return (1 + torch.erf(x / math.sqrt(2))) / 2


def _normal_pdf(x: Tensor) -> Tensor:
    return torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _step(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def _sigmoid_derivative(x: Tensor) -> Tensor:
    return torch.sigmoid(x) * (1 - torch.sigmoid(x))


ACTIVATIONS: dict[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            name="relu",
            title="ReLU",
            module=nn.ReLU,
            formula=r"\max(0, x)",
            derivative_formula=r"1 \text{ if } x > 0 \text{, else } 0",
            derivative=_step,
            range=(0.0, math.inf),
            saturates="left of 0, where it is exactly 0",
            use="the usual first choice for hidden layers",
        ),
        Activation(
            name="leaky-relu",
            title="LeakyReLU",
            module=nn.LeakyReLU,
            formula=r"x \text{ if } x > 0 \text{, else } 0.01\,x",
            derivative_formula=r"1 \text{ if } x > 0 \text{, else } 0.01",
            derivative=lambda x: torch.where(x > 0, 1.0, 0.01).to(x.dtype),
            range=(-math.inf, math.inf),
            saturates="nowhere; left of 0 the slope is 0.01",
            use="hidden layers in which ReLU units die",
        ),
        Activation(
            name="elu",
            title="ELU",
            module=nn.ELU,
            formula=r"x \text{ if } x > 0 \text{, else } e^x - 1",
            derivative_formula=r"1 \text{ if } x > 0 \text{, else } e^x",
            derivative=lambda x: torch.where(x > 0, torch.ones_like(x), torch.exp(torch.clamp(x, max=0.0))),
            range=(-1.0, math.inf),
            saturates="far to the left, towards -1",
            use="hidden layers, when outputs around 0 are wanted",
        ),
        Activation(
            name="gelu",
            title="GELU",
            module=nn.GELU,
            formula=r"x\,\Phi(x), \quad \Phi(x) = \tfrac12\left(1 + \operatorname{erf}(x / \sqrt2)\right)",
            derivative_formula=r"\Phi(x) + x\,\varphi(x), \quad \varphi(x) = e^{-x^2/2} / \sqrt{2\pi}",
            derivative=lambda x: _normal_cdf(x) + x * _normal_pdf(x),
            range=(-0.16997121, math.inf),
            saturates="far to the left, towards 0",
            use="hidden layers of transformers",
        ),
        Activation(
            name="silu",
            title="SiLU (Swish)",
            module=nn.SiLU,
            formula=r"x\,s(x), \quad s(x) = 1 / (1 + e^{-x})",
            derivative_formula=r"s(x)\left(1 + x\,(1 - s(x))\right)",
            derivative=lambda x: torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x))),
            range=(-0.27846454, math.inf),
            saturates="far to the left, towards 0",
            use="hidden layers of deep image and language models",
        ),
        Activation(
            name="softplus",
            title="Softplus",
            module=nn.Softplus,
            formula=r"\ln(1 + e^x)",
            derivative_formula=r"1 / (1 + e^{-x})",
            derivative=torch.sigmoid,
            range=(0.0, math.inf),
            saturates="far to the left, towards 0",
            use="outputs that must be positive",
        ),
        Activation(
            name="hardtanh",
            title="Hardtanh",
            module=nn.Hardtanh,
            formula=r"\min(1, \max(-1, x))",
            derivative_formula=r"1 \text{ if } -1 < x < 1 \text{, else } 0",
            derivative=lambda x: ((x > -1) & (x < 1)).to(x.dtype),
            range=(-1.0, 1.0),
            saturates="outside -1 to 1, where it is flat",
            use="a cheap tanh, on small devices",
        ),
        Activation(
            name="tanh",
            title="tanh",
            module=nn.Tanh,
            formula=r"\tanh x = (e^x - e^{-x}) / (e^x + e^{-x})",
            derivative_formula=r"1 - \tanh^2 x",
            derivative=lambda x: 1 - torch.tanh(x) ** 2,
            range=(-1.0, 1.0),
            saturates="on both sides, towards -1 and 1",
            use="small smooth networks, recurrent cells, scores between -1 and 1",
        ),
        Activation(
            name="sigmoid",
            title="sigmoid",
            module=nn.Sigmoid,
            formula=r"s(x) = 1 / (1 + e^{-x})",
            derivative_formula=r"s(x)\,(1 - s(x))",
            derivative=_sigmoid_derivative,
            range=(0.0, 1.0),
            saturates="on both sides, towards 0 and 1",
            use="outputs that are probabilities, gates",
        ),
    )
}


def activation(name: str) -> Activation:
    """The activation of this name.

    Raises:
        ChoiceError: an unknown name; lists the nine.

    >>> activation("relu").derivative(torch.tensor([-1.0, 2.0])).tolist()
    [0.0, 1.0]
    """
    require_choice("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]
