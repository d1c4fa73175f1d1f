"""Where in a step numbers stop being finite: the operation, forward or backward, and what it was given."""

from dataclasses import dataclass

import torch
from torch import Tensor

from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation

__all__ = ["Origin", "origin_of"]

_ROOTS = {"sqrt", "rsqrt", "pow", "norm", "vector_norm", "linalg_vector_norm", "cdist", "std", "pairwise_distance"}
_LOGARITHMS = {"log", "log2", "log10", "log1p", "logit", "xlogy", "binary_cross_entropy"}
_QUOTIENTS = {"div", "truediv", "rdiv", "rtruediv", "reciprocal", "floor_divide", "itruediv"}
_ARCS = {"acos", "asin", "atanh", "acosh", "arccos", "arcsin"}
_MASKS = {"masked_fill", "where", "full", "full_like", "new_full", "triu", "tril"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The operation at which it happened.

    Attributes:
        operation: it.
        backward: whether it was its slope, rather than its result, that is not finite.
        reason: why, in a clause; "" where nothing but too large numbers is to be seen.
    """

    operation: Operation
    backward: bool
    reason: str

    def __str__(self) -> str:
        name, place = self.operation.name, layer_name(self.operation)
        what = f"the slope of {name}" if self.backward else name
        given = f", given numbers from {_span(self.operation.first)}" if self.operation.first is not None else ""
        return f"{what} in {place}{given}{': ' + self.reason if self.reason else ''}"


def origin_of(operations: list[Operation]) -> Origin | None:
    """The first operation of a step whose result, or else whose slope, is not finite; None where all are finite."""
    lineage = Lineage(operations)
    return _forward(lineage) or _backward(lineage)


def _forward(lineage: Lineage) -> Origin | None:
    on_the_way = sorted(lineage.to_loss())
    started = next((index for index in on_the_way if _has_nan(lineage.operations[index].output)), None)
    if started is None:
        loss = lineage.operations[lineage.loss].output if lineage.loss >= 0 else None
        if loss is None or bool(torch.isfinite(loss).all()):
            return None
        started = lineage.loss
    if any(_has_nan(each) for each in (lineage.operations[started].first, lineage.operations[started].second)):
        return None  # it was there before the step
    infinite = [
        index
        for index in sorted(lineage.ancestors(started))
        if _is_infinite(lineage.operations[index]) and lineage.operations[index].name not in _MASKS
    ]
    index = infinite[0] if infinite else started
    operation = lineage.operations[index]
    return Origin(operation=operation, backward=False, reason=_reason(operation, backward=False))


def _backward(lineage: Lineage) -> Origin | None:
    on_the_way = sorted(lineage.to_loss())
    for index in reversed(on_the_way):
        gradient = lineage.operations[index].gradient
        if gradient is None or bool(torch.isfinite(gradient).all()):
            continue
        takers = [number for number in lineage.followers(index) if number in on_the_way]
        risky = [number for number in takers if _reason(lineage.operations[number], backward=True)]
        taker = lineage.operations[(risky or takers or [index])[0]]
        return Origin(operation=taker, backward=True, reason=_reason(taker, backward=True))
    for index in on_the_way:
        reason = _reason(lineage.operations[index], backward=True)
        if reason and lineage.operations[index].parameters:
            return Origin(operation=lineage.operations[index], backward=True, reason=reason)
    return None


def _reason(operation: Operation, *, backward: bool) -> str:
    """What in the arguments makes the result, or the slope, infinite or NaN; "" where nothing but size does."""
    name, first, second = operation.name, operation.first, operation.second
    if first is None or not first.is_floating_point():
        return ""
    zeros, negative = int((first == 0).sum()), int((first < 0).sum())
    if name in _LOGARITHMS and zeros + negative:
        what = f"{zeros} of them are 0" if zeros else f"{negative} are negative"
        return f"{what}, and the logarithm of 0 is minus infinity"
    if name in _ROOTS and negative and name != "norm" and not backward:
        return f"{negative} of them are negative"
    if name in _ROOTS and (zeros or name in {"norm", "cdist", "std"}):
        return f"{zeros} of them are 0, where a root has no finite slope" if backward else "a root or power of 0"
    if name in _QUOTIENTS:
        below = first if name in {"reciprocal", "rdiv", "rtruediv"} else second
        nothing = int((below == 0).sum()) if below is not None else 0
        return f"{nothing} of the denominators are 0" if nothing else ""
    if name in _ARCS and bool((first.abs() >= 1).any()):
        return "some are not between -1 and 1"
    return _of_few(operation, first)


def _of_few(operation: Operation, first: Tensor) -> str:
    if operation.name in {"softmax", "log_softmax"} and bool(torch.isneginf(first).all(dim=-1).any()):
        return "in some rows all of them are masked, so that there is nothing to choose from"
    if operation.name in {"mean", "std", "var"} and first.numel() < 2:
        return f"a {operation.name} of {first.numel()} numbers"
    if operation.name == "exp" and bool((first > 88).any()):
        return "the exponential of more than 88 is too large for float32"
    return ""


def _is_infinite(operation: Operation) -> bool:
    """Whether it made infinities of finite numbers."""
    output = operation.output
    if output is None or not output.is_floating_point() or bool(torch.isfinite(output).all()):
        return False
    given = [each for each in (operation.first, operation.second) if each is not None and each.is_floating_point()]
    return all(bool(torch.isfinite(each).all()) for each in given)


def _has_nan(values: Tensor | None) -> bool:
    return values is not None and values.is_floating_point() and bool(torch.isnan(values).any())


def _span(values: Tensor | None) -> str:
    if values is None or not values.numel():
        return "nothing"
    known = values[torch.isfinite(values)] if values.is_floating_point() else values
    return f"{float(known.min()):.3g} to {float(known.max()):.3g}" if known.numel() else "none that is finite"
