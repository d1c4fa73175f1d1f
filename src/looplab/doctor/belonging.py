"""Which module is the model that an optimizer trains, where nobody says so."""

import gc
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

__all__ = ["gets_no_gradient", "held_by", "model_around", "model_within", "trainable"]


def held_by(optimizer: torch.optim.Optimizer) -> dict[int, Tensor]:
    """The optimizer's parameters by their ids."""
    return {id(each): each for group in optimizer.param_groups for each in group["params"]}


def trainable(model: nn.Module) -> bool:
    """Whether a module has parameters that gradients come back to."""
    return any(each.requires_grad for each in model.parameters())


def model_within(called: nn.Module, held: Iterable[int], others: Iterable[int]) -> nn.Module:
    """The model, of a module that was called and that has all parameters of the optimizer.

    Args:
        called: what was called from outside any other module.
        held: the ids of the optimizer's parameters.
        others: the ids of those that other optimizers hold. Where the module has some of them, such as one that joins
            a generator and a discriminator, the model is the smallest part with all parameters of this optimizer.
    """
    wanted = set(held)
    if not _ids(called) & set(others) - wanted:
        return called
    return _smallest([each for each in called.modules() if wanted <= _ids(each)])


def model_around(parts: Sequence[nn.Module], held: Iterable[int]) -> nn.Module:
    """The model, of several modules that were called one after another, each with some of the optimizer's parameters.

    It is the smallest module that has all of these parameters, whose own methods call the parts. Where there is none,
    the one part is the model, or all of them together.
    """
    wanted = set(held)
    # `type` rather than `isinstance`, which would have objects that stand in for others load what they stand for.
    modules = [each for each in gc.get_objects() if issubclass(type(each), nn.Module)]
    around = [each for each in modules if wanted <= _ids(each)]
    if around:
        return _smallest(around)
    if len(parts) == 1:
        return parts[0]
    return nn.ModuleDict({f"{type(each).__name__} {number}": each for number, each in enumerate(parts, start=1)})


def gets_no_gradient(optimizer: torch.optim.Optimizer) -> bool:
    """Whether no gradient came back to any parameter, each of which was made as one of a module."""
    held = held_by(optimizer).values()
    return all(isinstance(each, nn.Parameter) and each.grad is None for each in held)


def _smallest(modules: list[nn.Module]) -> nn.Module:
    """The one with the fewest parameters, and of those that have as many, the one with the most modules around them."""
    return min(modules, key=lambda each: (len(_ids(each)), -sum(1 for _ in each.modules())))


def _ids(model: nn.Module) -> set[int]:
    return {id(each) for each in model.parameters()}
