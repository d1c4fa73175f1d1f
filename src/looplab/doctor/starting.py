"""Start weights: whether they are as PyTorch draws them, whether units are equal, and how to draw them anew."""

import math

import torch
from torch import Tensor, nn

from looplab.doctor.parts import Parts
from looplab.doctor.repair import Repair

__all__ = ["drawn_anew", "looks_fresh", "same_units"]


def looks_fresh(weight: Tensor) -> bool:
    """Whether a weight matrix looks as PyTorch's layers or its usual initializations draw it: nothing was learnt in it.

    They draw uniformly up to a bound that follows from the shape, and a trained weight goes past it or no longer fills
    it evenly; or normally, with a spread that follows from the shape and a kurtosis of 3.
    """
    values = weight.detach().double().flatten()
    if len(values) < 30 or not bool(torch.isfinite(values).all()):
        return False
    spread, mean, largest = float(values.std()), float(values.mean()), float(values.abs().max())
    if spread == 0 or abs(mean) > 4 * spread / math.sqrt(len(values)):
        return False
    fourth = float(((values - mean) / spread).pow(4).mean())
    near = 5 / len(values)  # a largest of N uniform numbers lies about 1/N below the bound
    even = 1.5 / math.sqrt(len(values))  # three standard errors of a spread of uniform numbers
    for bound in _bounds(weight):
        fills = bound * (1 - near) <= largest <= bound * 1.0001
        if fills and abs(math.sqrt(3) * spread / bound - 1) < even and abs(fourth - 1.8) < 0.3:
            return True
    close = 2 / math.sqrt(2 * len(values))  # two standard errors of a spread
    usual = len(values) >= 200 and any(abs(spread / each - 1) < close for each in _spreads(weight))
    return usual and abs(fourth - 3) < 2 * math.sqrt(24 / len(values))


def _bounds(weight: Tensor) -> list[float]:
    """Bounds of PyTorch's own start, of recurrent layers by their hidden size, of He's and of Glorot's."""
    fan_in, fan_out = _fans(weight)
    hidden = [len(weight) / gates for gates in (1, 3, 4)] if weight.ndim == 2 else []
    own = [1 / math.sqrt(each) for each in (fan_in, *hidden)]
    return [*own, math.sqrt(6 / fan_in), math.sqrt(6 / (fan_in + fan_out))]


def _spreads(weight: Tensor) -> list[float]:
    fan_in, fan_out = _fans(weight)
    return [1.0, 0.1, 0.02, 0.01, math.sqrt(2 / fan_in), math.sqrt(2 / (fan_in + fan_out))]


def _fans(weight: Tensor) -> tuple[int, int]:
    if weight.ndim < 2:
        return weight.numel(), weight.numel()
    return weight[0].numel(), weight[:, 0].numel()


def same_units(weight: Tensor) -> float:
    """The share of a layer's units whose incoming weights equal another unit's; 0 where all differ."""
    if weight.ndim < 2 or len(weight) < 2:
        return 0.0
    rows = weight.detach().double().flatten(1)
    if not bool(torch.isfinite(rows).all()):
        return 0.0
    scale = float(rows.abs().max())
    distinct = len(torch.unique((rows / scale * 1e5).round() if scale > 0 else rows, dim=0))
    return 1 - (distinct - 1) / (len(rows) - 1)


def drawn_anew(only: set[str] | None = None) -> Repair:
    """All weight matrices from He's uniform distribution and biases 0, or those of the given names."""

    def change(parts: Parts) -> Parts:
        with torch.no_grad():
            for name, parameter in parts.model.named_parameters():
                if only is not None and name not in only:
                    continue
                if parameter.ndim > 1:
                    nn.init.kaiming_uniform_(parameter, a=math.sqrt(5))
                elif "norm" not in name and _is_bias(parts.model, name):
                    parameter.zero_()
        return parts

    which = "all" if only is None else ", ".join(sorted(only))
    return Repair(name=f"start weights drawn anew ({which})", change=change)


def _is_bias(model: nn.Module, name: str) -> bool:
    """Whether a vector of parameters is added, rather than multiplied as the scale of a norm is."""
    module, _, attribute = name.rpartition(".")
    owner = model.get_submodule(module)
    return "bias" in attribute or not hasattr(owner, "eps")
