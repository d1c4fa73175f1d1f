"""What an activation is: all that models, backends, files and figures need to know about it."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from looplab.errors import RegistryError
from looplab.registry import Cannot

__all__ = ["Activation", "Variant"]

_MOST_SETTINGS = 2


@dataclass(frozen=True)
class Variant:
    """Which activation a module of torch is, if its class covers several.

    Args:
        attribute: the module's attribute that says so.
        word: what the attribute is called in prose.
        value: the attribute's value for this activation.
    """

    attribute: str
    word: str
    value: object


@dataclass(frozen=True, kw_only=True, eq=False)
class Activation:
    """One activation function σ.

    Attributes:
        name: the name in looplab, "relu".
        title: the name in prose, "ReLU".
        module_class: the class of torch's module.
        settings: the module's own numbers, at most two, by the names of its attributes and its class's arguments.
        variant: which one it is, if a class covers several.
        formula: LaTeX of σ(x).
        derivative_formula: LaTeX of σ'(x).
        kernel: (z, and the settings) -> σ(z) and its slope σ'(z), at once, so that nothing is computed twice. Plain
            arithmetic with functions of `looplab.lanes`, for tensors and for lanes. At a kink, the slope is the one
            that PyTorch's autograd gives. NaN stays NaN.
        range: infimum and supremum of σ.
        saturates: where the derivative goes to 0, in words.
        use: typical use, in words.
        colour: of its lines in figures, at least 4.5:1 against white.
        fused: why the fused backend cannot run it; None if it can.

    Raises:
        RegistryError: the module has not these settings, or more than two.
    """

    name: str
    title: str
    module_class: type[nn.Module]
    settings: tuple[str, ...] = ()
    variant: Variant | None = None
    formula: str
    derivative_formula: str
    kernel: Callable[..., Any]
    range: tuple[float, float]
    saturates: str
    use: str
    colour: str
    fused: Cannot | None = None

    def __post_init__(self) -> None:
        if len(self.settings) > _MOST_SETTINGS:
            raise RegistryError(
                f"activation '{self.name}'",
                expected=f"at most {_MOST_SETTINGS} settings",
                got=", ".join(self.settings),
                fix="The fused engine hands over two numbers.",
            )
        try:
            numbers = self.numbers_of(self.module())
        except (TypeError, AttributeError) as error:
            raise RegistryError(
                f"activation '{self.name}'",
                expected=f"settings and a variant that nn.{self.module_class.__name__} has",
                got=str(error),
            ) from error
        assert numbers is not None

    def module(self, *numbers: float) -> nn.Module:
        """A new module, with these settings or torch's own."""
        own = {} if self.variant is None else {self.variant.attribute: self.variant.value}
        make: Callable[..., nn.Module] = self.module_class
        return make(**own, **dict(zip(self.settings, numbers, strict=False)))

    def numbers_of(self, module: nn.Module) -> tuple[float, ...] | None:
        """The settings of a module; None if it is not this activation, or has a setting that is not a number."""
        if type(module) is not self.module_class:
            return None
        if self.variant is not None and getattr(module, self.variant.attribute) != self.variant.value:
            return None
        numbers = [getattr(module, setting) for setting in self.settings]
        return tuple(map(float, numbers)) if all(isinstance(number, Real) for number in numbers) else None

    def derivative(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """σ'(x) with torch's own settings, on a tensor of any shape."""
        numbers = self.numbers_of(self.module())
        assert numbers is not None
        slope: Tensor = self.kernel(x, *numbers)[1]
        return slope
