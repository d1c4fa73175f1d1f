"""Calling the learner's code so that anything it does wrong becomes a sentence."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from looplab.course.exercises.errors_in_words import describe_error, name_of
from looplab.course.exercises.exercise import WrongAnswer
from looplab.course.exercises.unchanged import unchanged
from looplab.words import kind_in_words

__all__ = ["call", "call_plainly"]


def call(answer: Any, /, *arguments: Any, in_place: bool = False, **keywords: Any) -> Any:
    """Call the learner's function, class or module, and return what it returns.

    Arguments that it changes in place, tensors, arrays, lists, dictionaries and sets, are put back as they were.

    Args:
        answer: what the learner defined.
        arguments: what to call it with.
        in_place: whether the answer's job is to change its arguments; then it may also return nothing.
        keywords: keyword arguments for the answer.

    Raises:
        WrongAnswer: the answer cannot be called, raises, returns nothing, or changes what it was given.

    >>> call(lambda x: x + 1, 2)
    3
    """
    name = name_of(answer)
    if not callable(answer):
        raise WrongAnswer(
            f"your answer is {kind_in_words(answer)}, expected something to call: "
            "hand over the function itself, its name without parentheses."
        )
    if in_place:
        return call_plainly(answer, name, arguments, keywords)
    with unchanged(_named(answer, arguments, keywords)):
        result = call_plainly(answer, name, arguments, keywords)
    if result is None:
        raise WrongAnswer(f"your {name} returned nothing (None): is a return missing?")
    return result


def call_plainly(answer: Callable[..., Any], name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Call the learner's code, whatever it does to its arguments and whatever it returns.

    Raises:
        WrongAnswer: it raises; the sentence calls it by that name.
    """
    try:
        return answer(*arguments, **keywords)
    except WrongAnswer:
        raise
    except Exception as error:  # noqa: BLE001 - anything the learner's code raises becomes a sentence
        raise WrongAnswer(describe_error(error, f"your {name}")) from None


def _named(answer: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by the learner's own names for them."""
    with suppress(TypeError, ValueError):  # no signature, or one that does not fit: the call itself will say so
        return dict(inspect.signature(answer).bind(*arguments, **keywords).arguments)
    return {f"argument {number}": value for number, value in enumerate(arguments, start=1)} | dict(keywords)
