"""An answer that is called by value: arguments and results cross as data, and nothing else does."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from looplab.course.answers.plain import NotPlain, by_class_name, by_name, packed, unpacked
from looplab.course.exercises.calling import call
from looplab.course.exercises.exercise import Exercise, WrongAnswer
from looplab.errors import ExerciseError

__all__ = ["ByValue", "called", "here"]


class ByValue:
    """Stands for the learner's function in a check.

    Args:
        exercise: what it answers.
        ask: (arguments, states of the random generators), both packed -> what it returned, and the states afterwards.
            Raises `WrongAnswer` where the call went wrong.
    """

    def __init__(self, exercise: Exercise, ask: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> None:
        self.__name__ = exercise.answer
        self._exercise, self._ask = exercise, ask

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the learner's function returns."""
        try:
            asked = packed((arguments, keywords), by_name)
        except NotPlain as error:
            raise ExerciseError(
                f"check of exercise {self._exercise.id}",
                expected="arguments that are data",
                got=str(error),
                fix="Say in_place=True.",
            ) from None
        value, states = self._ask(asked, _states())
        try:
            result = unpacked(value)
            _set_states(states)
        except NotPlain as error:
            raise WrongAnswer(f"your {self.__name__} returned {error}.") from None
        return result


def called(answer: object, asked: bytes, states: bytes) -> tuple[bytes, bytes]:
    """Call the learner's function where it is.

    Args:
        answer: what the learner defined.
        asked: the arguments, packed, from the process that judges.
        states: of the random generators, which the call begins with.

    Raises:
        WrongAnswer: the call goes wrong, or gives what is too large to be judged.
    """
    arguments, keywords = unpacked(asked, trusted=True)
    _set_states(states)
    result = call(answer, *arguments, **keywords)
    try:
        return packed(result, by_class_name), _states()
    except NotPlain as error:
        raise WrongAnswer(f"your {getattr(answer, '__name__', 'answer')} returned {error}.") from None


def here(exercise: Exercise, answer: object) -> ByValue:
    """An answer in this process, called by value all the same."""
    return ByValue(exercise, lambda asked, states: called(answer, asked, states))


def _states() -> bytes:
    return packed((random.getstate(), np.random.get_state(), torch.get_rng_state()), by_name)


def _set_states(states: bytes) -> None:
    """Raises NotPlain where they are none."""
    try:
        python, numpy, torch_state = unpacked(states)
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(torch_state)
    except NotPlain:
        raise
    except (ValueError, TypeError, RuntimeError, OverflowError, AttributeError) as error:
        raise NotPlain(f"states of random generators that are none: {type(error).__name__}") from None
