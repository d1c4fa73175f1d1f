"""Plain words for a learner: what kind of thing a value is, and what Python's own messages mean."""

import math
from collections.abc import Callable
from operator import setitem
from typing import Any

import numpy as np
import pytest
import torch

from looplab.words import in_plain_words, kind_in_words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing (None)"),
        (True, "True or False (bool)"),
        (3, "a whole number (int)"),
        (0.5, "a number (float)"),
        ("x", "a text (str)"),
        ([1], "a list"),
        ((1,), "a tuple"),
        ({"a": 1}, "a dictionary (dict)"),
        (torch.zeros(1), "a Tensor"),
        (np.zeros(1), "a NumPy array"),
        (np.float64(1), "a NumPy float64"),
        (torch.nn.ReLU(), "a ReLU"),
        (torch.nn.ELU(), "an ELU"),
        (torch.nn.ReLU, "the class ReLU"),
        (kind_in_words, "a function"),
        (len, "a function"),
        ((x for x in "ab"), "a generator"),
        (math, "a module"),
    ],
)
def test_what_kind_of_thing(value: object, words: str) -> None:
    assert kind_in_words(value) == words


NOTHING: Any = None


def two_of(first: int, second: int) -> int:
    return first + second


MISTAKES: dict[str, tuple[Callable[[], Any], str]] = {
    "item": (lambda: NOTHING[0], "nothing (None) has no items to take with [ ]: is a return missing?"),
    "call": (lambda: NOTHING(), "nothing (None) cannot be called with ( ): is a return missing?"),
    "attribute": (lambda: NOTHING.shape, "nothing (None) has no attribute 'shape': is a return missing?"),
    "unpacking": (lambda: [*(a + b for a, b in [NOTHING])], "nothing (None) cannot be unpacked into several names: is"),
    "loop": (lambda: list(3), "a whole number (int) has no items to go through"),  # type: ignore[call-overload]
    "sum": (lambda: 3 + NOTHING, "+ does not work on a whole number (int) and nothing (None): is a return missing?"),
    "comparison": (
        lambda: NOTHING < 3,
        "< cannot compare nothing (None) with a whole number (int): is a return missing?",
    ),
    "arguments": (lambda: pow(1), "pow() missing required argument 'exp'"),  # type: ignore[call-overload]
    "own arguments": (lambda: two_of(1), "two_of() was called without 'second'"),  # type: ignore[call-arg]
    "sign": (lambda: -"x", "- does not work on a text (str)"),  # type: ignore[operator]
    "length": (lambda: len(3), "a whole number (int) has no length"),  # type: ignore[arg-type]
    "setting": (lambda: setitem((1,), 0, 1), "no item of a tuple can be set"),  # type: ignore[call-overload]
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_python_says_of_a_usual_mistake(name: str) -> None:
    mistake, words = MISTAKES[name]
    with pytest.raises((TypeError, AttributeError)) as caught:
        mistake()
    assert in_plain_words(str(caught.value)).startswith(words)


def test_other_messages_stay_as_they_are() -> None:
    for text in ("", "division by zero", "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", "say 'NoneType'"):
        assert in_plain_words(text) == text
