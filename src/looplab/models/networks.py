"""The two model families of the course: the linear model and the multilayer perceptron."""

from collections.abc import Sequence

from torch import nn

from looplab.errors import ModelError
from looplab.models.activations import activation as named_activation

__all__ = ["linear", "mlp"]


def linear(inputs: int, outputs: int) -> nn.Linear:
    """The linear model X @ W + b, with PyTorch's initial parameters.

    Args:
        inputs: number of features, D.
        outputs: number of outputs, O.

    >>> linear(2, 1)
    Linear(in_features=2, out_features=1, bias=True)
    """
    _check_sizes({"inputs": inputs, "outputs": outputs})
    return nn.Linear(inputs, outputs)


def mlp(inputs: int, widths: Sequence[int], outputs: int, activation: str = "relu") -> nn.Sequential:
    """A multilayer perceptron: linear layers with an activation between each pair.

    With one hidden layer it computes σ(X @ W₁ + b₁) @ W₂ + b₂. Parameters start as PyTorch's defaults.

    Args:
        inputs: number of features, D.
        widths: hidden units H of each hidden layer, from the first to the last.
        outputs: number of outputs, O.
        activation: the name of σ; see `looplab.models.ACTIVATIONS`.

    Raises:
        ChoiceError: an unknown activation.
        ModelError: a size that is not a whole number of at least 1.

    >>> mlp(2, [8], 1)
    Sequential(
      (0): Linear(in_features=2, out_features=8, bias=True)
      (1): ReLU()
      (2): Linear(in_features=8, out_features=1, bias=True)
    )
    """
    if isinstance(widths, int):
        raise ModelError("widths", expected="a list of widths", got=repr(widths), fix=f"Write [{widths}].")
    _check_sizes({"inputs": inputs, "outputs": outputs} | {f"widths[{i}]": width for i, width in enumerate(widths)})
    make_activation = named_activation(activation).module
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip([inputs, *widths], widths, strict=False):
        layers += [nn.Linear(fan_in, fan_out), make_activation()]
    return nn.Sequential(*layers, nn.Linear([inputs, *widths][-1], outputs))


def _check_sizes(sizes: dict[str, int]) -> None:
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ModelError(name, expected="a whole number, at least 1", got=repr(size))
