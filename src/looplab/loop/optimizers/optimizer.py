"""What an optimizer is: all that the loop, its recipe and the backends of `train_many` need to know about it."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import nn

from looplab.errors import RegistryError
from looplab.registry import Cannot

__all__ = ["HOW_TO_COMPUTE", "Optimizer"]

HOW_TO_COMPUTE = ("foreach", "fused", "capturable", "differentiable")
"""Arguments of torch's classes that say how an update is computed, and leave what it is as it is."""


_RECIPE_FIELDS = ("momentum", "nesterov", "betas", "eps", "weight_decay")


class NoSettings(NamedTuple):
    """The settings of an update that depends on the learning rate alone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimizer:
    """One optimizer.

    Its update is written once, for a parameter w with its gradient g, and runs in both backends: on tensors of R×P with
    settings of R×1, and compiled, on vectors of parameters. It is plain arithmetic with functions of `looplab.lanes`.

    Attributes:
        name: the name in recipes, "adam".
        title: the name in prose, "Adam".
        torch_class: the class of `torch.optim` that it is, and whose defaults it has.
        fields: the fields of a recipe that it heeds besides `lr`, called as torch calls them.
        settings: a NamedTuple of the numbers that an update depends on: fields of the recipe (`betas` as `beta1` and
            `beta2`), and arguments of torch's class that a recipe does not have, with torch's defaults.
        moments: how many numbers it remembers of each parameter; they begin at 0.
        carried: how many numbers it carries from step to step; they begin at 1.
        prepare: (settings, lr, t, carried) -> a NamedTuple of what is the same for all parameters in step t, counted
            from 1. It changes `carried[0]`, … in place. Plain numbers, or arrays with one a replica.
        update: (w, g, moments, prepared) -> (w, moments), the parameter and its moments after the step.
        selects: model -> the names of the parameters that it is for; the others are AdamW's. None: it is for all.
        vmapped: why the vmapped backend cannot run it; None if it can.
        fused: why the fused backend cannot run it; None if it can.

    Raises:
        RegistryError: it is incomplete, or names what torch's class does not have.
    """

    name: str
    title: str
    torch_class: type[torch.optim.Optimizer]
    fields: tuple[str, ...] = ()
    settings: type[Any] = NoSettings
    moments: int = 0
    carried: int = 0
    prepare: Callable[..., Any] | None = None
    update: Callable[..., Any] | None = None
    selects: Callable[[nn.Module], frozenset[str]] | None = None
    vmapped: Cannot | None = None
    fused: Cannot | None = None

    def __post_init__(self) -> None:
        what = f"optimizer '{self.name}'"
        for role, names in (("fields", self.fields), ("settings", self.settings._fields)):
            unknown = [name for name in names if name not in self.defaults]
            if unknown:
                raise RegistryError(
                    what,
                    expected=f"{role} that torch.optim.{self.torch_class.__name__} has",
                    got=", ".join(unknown),
                    fix=f"It has {', '.join(self.defaults)}.",
                )
        missing = self.prepare is None or self.update is None
        if missing and not (self.vmapped and self.fused):
            raise RegistryError(
                what,
                expected="prepare and update, or the reason why neither backend can run it",
                got="neither",
                fix="Say vmapped=Cannot('…'), fused=Cannot('…').",
            )

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The arguments of torch's class besides parameters and learning rate, with torch's defaults."""
        found = {
            name: parameter.default
            for name, parameter in inspect.signature(self.torch_class).parameters.items()
            if name not in ("params", "lr")
        }
        if "betas" in found:
            found["beta1"], found["beta2"] = found["betas"]
        return found

    @cached_property
    def options(self) -> dict[str, Any]:
        """The arguments that change what is learned and that recipes have no field for, with torch's defaults."""
        without = {*self.fields, *_RECIPE_FIELDS, *HOW_TO_COMPUTE, "beta1", "beta2"}
        return {name: value for name, value in self.defaults.items() if name not in without}

    def resolved(self, recipe: Any) -> dict[str, Any]:
        """Each recipe field that it uses, with torch's default where the recipe says None, and the recipe's options."""
        given = {name: getattr(recipe, name) for name in self.fields}
        fields = {name: self.defaults[name] if value is None else value for name, value in given.items()}
        return {**fields, **{name: value for name, value in recipe.options.items() if name in self.options}}

    def settings_of(self, recipe: Any) -> Any:
        """What its update depends on, for a recipe."""
        known = {**self.defaults, **self.resolved(recipe)}
        if "betas" in known:
            known["beta1"], known["beta2"] = known["betas"]
        return self.settings(**{name: known[name] for name in self.settings._fields})

    def not_in_formula(self, recipe: Any) -> str | None:
        """Why no backend but the loop can follow a recipe, whose options its formula does not have; None if it has."""
        for name, value in recipe.options.items():
            if name not in self.settings._fields and value != self.defaults[name]:
                return f"the option {name} of '{self.name}' is not in its formula"
        return None

    def arguments(self, recipe: Any) -> dict[str, Any]:
        """What torch's class is called with, besides the parameters: learning rate, fields and options."""
        return {"lr": recipe.lr, **self.resolved(recipe)}

    def make(
        self, parameters: Iterable[nn.Parameter] | Iterable[Mapping[str, Any]], recipe: Any
    ) -> torch.optim.Optimizer:
        """Torch's own optimizer, over these parameters, or over groups of them as torch takes them."""
        make: Callable[..., torch.optim.Optimizer] = self.torch_class
        return make(parameters, **self.arguments(recipe))
