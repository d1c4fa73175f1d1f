"""Calling the learner's code so that whatever it does wrong becomes a sentence."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises.exercise import WrongAnswer
from looplab.course.exercises.sentences import describe_error, name_of, with_article

__all__ = ["call", "expect_unchanged"]


def call(answer: Any, /, *arguments: Any, in_place: bool = False, **keywords: Any) -> Any:
    """Call the learner's function, class or module, and return what it returns.

    Args:
        answer: what the learner defined.
        arguments: what to call it with.
        in_place: the answer's job is to change its arguments; then it may also return nothing.
        keywords: keyword arguments for the answer.

    Raises:
        WrongAnswer: the answer cannot be called, raises, returns nothing, or changes a tensor that it was given.

    >>> call(lambda x: x + 1, 2)
    3
    """
    name = name_of(answer)
    if not callable(answer):
        raise WrongAnswer(
            f"your answer is {with_article(type(answer).__name__)}, expected something to call: "
            "hand over the function itself, its name without parentheses."
        )
    if in_place:
        return _call(answer, name, arguments, keywords)
    with expect_unchanged(**_tensors(answer, arguments, keywords)):
        result = _call(answer, name, arguments, keywords)
    if result is None:
        raise WrongAnswer(f"your {name} returned nothing: is there a return?")
    return result


def _call(answer: Callable[..., Any], name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    try:
        return answer(*arguments, **keywords)
    except WrongAnswer:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the learner's code raises becomes a sentence
        raise WrongAnswer(describe_error(error, f"your {name}")) from None


@contextmanager
def expect_unchanged(**tensors: Tensor) -> Iterator[None]:
    """Notice when the code inside changes one of these tensors in place.

    Args:
        tensors: any shapes, each under the name that the learner knows it by.

    Raises:
        WrongAnswer: a tensor has another shape or other values than before.
    """
    before = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    yield
    for name, tensor in tensors.items():
        if not _same(tensor.detach(), before[name]):
            raise WrongAnswer(
                f"{name} was changed in place. Make a new tensor instead: no {name} += …, "
                f"no {name}[…] = …, no method that ends with an underscore."
            )


def _same(now: Tensor, before: Tensor) -> bool:
    return now.shape == before.shape and torch.allclose(now, before, rtol=0, atol=0, equal_nan=True)


def _tensors(answer: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors among the arguments, by the learner's own names for them."""
    named = {f"argument {number}": value for number, value in enumerate(arguments, start=1)} | dict(keywords)
    with suppress(TypeError, ValueError):  # no signature, or one that does not fit: the call itself will say so
        named = dict(inspect.signature(answer).bind(*arguments, **keywords).arguments)
    return {name: value for name, value in named.items() if isinstance(value, Tensor)}
