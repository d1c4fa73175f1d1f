"""Answers to every exercise that do what they should not: each gets a sentence in time, and disturbs nothing else."""

import functools
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab.course.answers.contract import until_answer
from looplab.course.answers.definitions import run_cells
from looplab.course.answers.desk import answer_here
from looplab.course.answers.files import Cell
from looplab.course.answers.judge import judge
from looplab.course.exercises import Exercise, list_exercises
from looplab.course.reading import find_lesson
from looplab.course.reading.imports import imports_of

EXERCISES = pytest.mark.parametrize("exercise", list_exercises(), ids=lambda exercise: exercise.id)
LIMIT_SECONDS = 0.5


def loops(*_: object, **__: object) -> None:
    while True:
        pass


def eats_memory(*_: object, **__: object) -> None:
    kept = []
    while True:
        kept.append(torch.ones(2**24))


def prints(*_: object, **__: object) -> Tensor:
    for _count in range(50):
        print("x" * 100_000)
    return torch.zeros(3, 7, 11)


def gives(value: Any) -> Callable[..., Any]:
    def answer(*_: object, **__: object) -> Any:
        return value

    return answer


BARE_KIND = re.compile(r"\ban? (?:str|int|float|bool|dict|NoneType)\b")
"""A kind by its Python name alone, which says nothing to people who are learning it."""

ANSWERS: dict[str, Any] = {
    "loops for ever": loops,
    "eats memory": eats_memory,
    "prints megabytes": prints,
    "NaN": gives(torch.tensor(float("nan"))),
    "a NaN of Python": gives(float("nan")),
    "a string": gives("tensor(1.)"),
    "a whole number": gives(10**400),
    "whole numbers": gives(torch.zeros(5, 1, dtype=torch.int64)),
    "another shape": gives(torch.zeros(2, 3, 4, 5)),
    "an empty list": gives([]),
    "nothing": gives(None),
    "no function": 17,
    "a class": type("Answer", (), {}),
}


@EXERCISES
@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("place", ["beside the check", "behind a pipe"])
def test_a_hostile_answer_gets_a_sentence_in_time(exercise: Exercise, kind: str, place: str) -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    began = time.monotonic()
    answer = ANSWERS[kind] if place == "beside the check" else answer_here(ANSWERS[kind], exercise.answer, exercise.id)
    verdict = judge(replace(exercise, time_limit_seconds=LIMIT_SECONDS), answer)
    assert not verdict
    assert (
        time.monotonic() - began < LIMIT_SECONDS + 120
    )  # most of it where torch is imported on the way, on a busy machine
    assert verdict.message.endswith((".", "?", "!", "…"))
    assert len(verdict.message) < 1000
    assert not BARE_KIND.search(verdict.message), verdict.message
    assert len(verdict.printed) < 3000
    if kind == "loops for ever":
        assert "was still running after 0.5 s" in verdict.message
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


@EXERCISES
@pytest.mark.parametrize("place", ["beside the check", "behind a pipe"])
def test_a_right_answer_that_changes_its_arguments_is_told_so(exercise: Exercise, place: str) -> None:
    lesson = find_lesson(exercise.lesson)
    text = next(text for text in lesson.exercises if text.id == exercise.id)
    assert text.solution is not None
    before = imports_of(fence.source for fence in lesson.cells if fence.line < text.line)
    source = f"{before}\n{until_answer(text.solution.source, exercise.answer)}"
    answer = run_cells([Cell("<answer>", source)])[exercise.answer]
    touched: list[bool] = []
    answer = meddling(answer, touched)
    if place == "behind a pipe":
        answer = answer_here(answer, exercise.answer, exercise.id)
    verdict = judge(replace(exercise, time_limit_seconds=60), answer)
    if touched and not all(touched):
        assert not verdict
        assert " in place" in verdict.message, verdict.message


def meddling(answer: Any, touched: list[bool]) -> Any:
    """The same answer, which afterwards adds 1 to every tensor of floats that it was given as an argument.

    `touched` notes for each call with such a tensor whether the answer had changed one already: then it is its task.
    """
    if isinstance(answer, type):
        if not issubclass(answer, nn.Module):
            return answer
        forward = answer.forward
        return type(answer.__name__, (answer,), {"forward": _meddling(forward, touched)})
    return _meddling(answer, touched)


def _meddling(function: Callable[..., Any], touched: list[bool]) -> Callable[..., Any]:
    @functools.wraps(function)
    def meddle(*arguments: Any, **keywords: Any) -> Any:
        given = [value for value in (*arguments, *keywords.values()) if isinstance(value, Tensor)]
        given = [value for value in given if value.is_floating_point() and not isinstance(value, nn.Parameter)]
        before = [value.detach().clone() for value in given]
        result = function(*arguments, **keywords)
        if given:
            same = all(torch.equal(now, then) for now, then in zip(given, before, strict=True))
            touched.append(not same)
        for value in given:
            value.data.add_(1)
        return result

    return meddle
