"""What a check expects of a value. Each raises `WrongAnswer` with a sentence on what it got and the likely cause.

value = expect_tensor(swish(x), shape=(5, 1), name="swish(x)")
expect_close(value, x * torch.sigmoid(x), inputs=x, name="swish(x)", hint="Multiply by x, not by its sigmoid twice.")
"""

from collections.abc import Iterable, Sequence
from numbers import Number

import numpy as np
import torch
from torch import Tensor, nn

from looplab.course.exercises.errors_in_words import cut
from looplab.course.exercises.exercise import WrongAnswer
from looplab.course.exercises.unchanged import expect_unchanged
from looplab.words import kind_in_words, with_article

__all__ = ["expect_close", "expect_module", "expect_tensor", "expect_unchanged"]


def expect_tensor(
    value: object,
    *,
    shape: Sequence[int | None] | None = None,
    dtype: torch.dtype | None = None,
    name: str = "the result",
) -> Tensor:
    """The value, checked to be a tensor of that shape and type.

    Args:
        value: what the learner's code gave.
        shape: the expected shape; None for an axis of any length, or None alone for any shape.
        dtype: the expected type of the elements; None for any.
        name: what to call the value in the sentence, "swish(x)".

    Raises:
        WrongAnswer: it is not a tensor, or has another shape or type.

    >>> expect_tensor(torch.zeros(5), shape=(5, 1), name="swish(x)")
    Traceback (most recent call last):
    looplab.course.exercises.exercise.WrongAnswer: swish(x) has shape (5,), expected (5, 1). ...
    """
    if not isinstance(value, Tensor):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a tensor. {_tensor_hint(value)}")
    got = tuple(value.shape)
    if shape is not None and not _fits(got, shape):
        expected = (
            f"({', '.join('any' if length is None else str(length) for length in shape)}{',' * (len(shape) == 1)})"
        )
        raise WrongAnswer(f"{name} has shape {got}, expected {expected}. {_shape_hint(got, shape)}".rstrip())
    if dtype is not None and value.dtype != dtype:
        hint = _dtype_hint(value.dtype, dtype)
        raise WrongAnswer(f"{name} has dtype {_dtype(value.dtype)}, expected {_dtype(dtype)}. {hint}")
    return value


def expect_close(
    value: object,
    expected: Tensor | float,
    *,
    tolerance: float = 1e-4,
    hint: str = "",
    inputs: Tensor | None = None,
    name: str = "the result",
) -> None:
    """Expect a tensor (or number) of the expected shape whose elements are nearly the expected ones.

    Args:
        value: what the learner's code gave.
        expected: the right value; a float accepts a number or a tensor with one element and no axes.
        tolerance: |value − expected| may be this, plus this times |expected|.
        hint: a sentence for the learner whose elements differ.
        inputs: what the value was computed from, of the same shape or with the same rows: the sentence shows the
            input of the first element that differs.
        name: what to call the value in the sentence, "swish(x)".

    Raises:
        WrongAnswer: it is not a tensor, has another shape, holds NaN, or differs.

    >>> x = torch.tensor([0.0, 1.0])
    >>> expect_close(4 * x, 2 * x, inputs=x, name="double(x)")
    Traceback (most recent call last):
    looplab.course.exercises.exercise.WrongAnswer: double(x) is 4 for input 1 (element [1]), expected 2; ...
    """
    if isinstance(expected, int | float) and isinstance(value, Number) and not isinstance(value, complex):
        value = torch.tensor(float(value))  # type: ignore[arg-type]  # every real Number converts
    wanted = torch.as_tensor(expected).detach().cpu().double()
    got = expect_tensor(value, shape=wanted.shape, name=name).detach().cpu().double()
    missing = got.isnan() & ~wanted.isnan()
    differs = missing | ~torch.isclose(got, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not differs.any():
        return
    index = (missing if missing.any() else differs).nonzero()[0].tolist()
    found, right = _numbers(got[tuple(index)].item(), wanted[tuple(index)].item())
    count, total = int((missing if missing.any() else differs).sum()), got.numel()
    what = ("is NaN" if count == 1 else "are NaN") if missing.any() else ("differs" if count == 1 else "differ")
    spread = f"; {count} of {total} elements {what}" if total > 1 else ""
    nan_hint = "NaN comes from 0/0, ∞ − ∞ or the log or root of a negative number." if missing.any() else ""
    sentence = f"{name} is {found}{_where(index, inputs, got)}, expected {right}{spread}. {nan_hint} {hint}"
    raise WrongAnswer(" ".join(sentence.split()))


def expect_module(
    value: object,
    *,
    parameter_shapes: Iterable[Sequence[int]] | None = None,
    contains: Sequence[type[nn.Module]] = (),
    lacks: Sequence[type[nn.Module]] = (),
    name: str = "the result",
) -> nn.Module:
    """The value, checked to be a network with these parts.

    Args:
        value: what the learner's code gave.
        parameter_shapes: the shapes of all parameters, in any order; None for any.
        contains: classes of which it must hold a module, such as nn.Tanh.
        lacks: classes of which it must hold none.
        name: what to call the value in the sentence.

    Raises:
        WrongAnswer: it is not an nn.Module, or has other parts.

    >>> expect_module(nn.Linear(2, 1), contains=[nn.Tanh], name="make_model()")
    Traceback (most recent call last):
    looplab.course.exercises.exercise.WrongAnswer: make_model() has no Tanh, and it needs one.
    """
    if isinstance(value, type) and issubclass(value, nn.Module):
        raise WrongAnswer(f"{name} is the class {value.__name__}, expected a network. Make one: {value.__name__}(…).")
    if not isinstance(value, nn.Module):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a network: an nn.Module such as nn.Sequential.")
    kinds = {type(module) for module in value.modules()}
    for needed in contains:
        if needed not in kinds:
            raise WrongAnswer(f"{name} has no {needed.__name__}, and it needs one.")
    for unwanted in lacks:
        if unwanted in kinds:
            raise WrongAnswer(f"{name} still has {with_article(unwanted.__name__)}, and it must have none.")
    if parameter_shapes is not None:
        _expect_shapes(value, sorted(tuple(shape) for shape in parameter_shapes), name)
    return value


def _expect_shapes(module: nn.Module, expected: list[tuple[int, ...]], name: str) -> None:
    got = {parameter_name: tuple(parameter.shape) for parameter_name, parameter in module.named_parameters()}
    if sorted(got.values()) != expected:
        listed = ", ".join(f"{parameter_name} {shape}" for parameter_name, shape in got.items()) or "none"
        raise WrongAnswer(
            f"{name} has the parameters {cut(listed)}; expected the shapes {', '.join(map(str, expected))}. "
            "nn.Linear(D, H) holds a weight of (H, D) and a bias of (H,)."
        )


def _tensor_hint(value: object) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return "Use torch's functions in place of NumPy's."
    if isinstance(value, float | int):
        return "Leave out .item() and float(), and compute with torch's functions."
    if isinstance(value, list | tuple):
        return "Compute on whole tensors instead of a loop over elements, or join them with torch.stack."
    return "Is a return missing?" if value is None else "Return what the stub's signature says."


def _fits(got: tuple[int, ...], expected: Sequence[int | None]) -> bool:
    return len(got) == len(expected) and all(
        right is None or length == right for length, right in zip(got, expected, strict=True)
    )


def _shape_hint(got: tuple[int, ...], expected: Sequence[int | None]) -> str:
    right = tuple(expected)
    rows = right[0] if right else None
    if right == (*got, 1):
        return "The last axis is missing: keep it, or bring it back with .unsqueeze(-1)."
    if got == (*right, 1):
        return "There is one axis too many: .squeeze(-1) takes it away."
    if rows is not None and right in ((rows,), (rows, 1)) and got == (rows, rows):
        return (
            f"A ({rows},) met a ({rows}, 1), and PyTorch broadcast them to ({rows}, {rows}): give both the same shape."
        )
    if got == ():
        return "A sum or mean over everything leaves one number: say over which axis with dim=."
    if len(got) > 1 and got == right[::-1]:
        return "It is the transpose of what is expected."
    return ""


def _dtype(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _dtype_hint(got: torch.dtype, expected: torch.dtype) -> str:
    if expected.is_floating_point and got.is_floating_point:
        return "A NumPy number or a torch.float64 tensor crept in: compute in the dtype of the input."
    if expected.is_floating_point:
        return f"Whole numbers crept in: convert with .to({expected})."
    return f"Convert with .to({expected})."


def _numbers(found: float, right: float) -> tuple[str, str]:
    """Both with four digits, or with more if four do not distinguish them."""
    short = f"{found:.4g}", f"{right:.4g}"
    both = short if short[0] != short[1] else (f"{found:.8g}", f"{right:.8g}")
    return both[0].replace("nan", "NaN"), both[1]


def _where(index: list[int], inputs: Tensor | None, got: Tensor) -> str:
    """The input that the element belongs to, and its place."""
    place = f"element {index}" if index and got.numel() > 1 else ""
    if inputs is None or not index or not inputs.dim() or inputs.shape[0] != got.shape[0]:
        return f" at {place}" if place else ""
    row = inputs.detach().cpu()[tuple(index)] if inputs.shape == got.shape else inputs.detach().cpu()[index[0]]
    if row.numel() > 4:
        return f" at {place}" if place else ""
    numbers = [f"{number:.4g}" for number in row.double().flatten().tolist()]
    shown = numbers[0] if row.numel() == 1 else f"[{', '.join(numbers)}]"
    return f" for input {shown}{f' ({place})' if place else ''}"
