"""The contract that every exercise joins by being registered, and the contract's own tests."""

from dataclasses import replace

import pytest

from looplab.course.exercises import Exercise, Planted, contract_faults, list_exercises
from looplab.course.lessons import find_lesson

STUB = "def double(x):\n    raise NotImplementedError\n"
SOLUTION = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize("exercise", list_exercises(), ids=lambda exercise: exercise.id)
def test_stub_fails_solution_passes_planted_wrong_answers_are_recognized(exercise: Exercise) -> None:
    texts = {text.id: text for text in find_lesson(exercise.lesson).exercises}
    assert exercise.id in texts, f"lesson {exercise.lesson} has no exercise {exercise.id}"
    text = texts[exercise.id]
    assert text.title == exercise.title
    assert text.stub is not None
    assert text.solution is not None
    assert contract_faults(exercise, text.stub.source, text.solution.source) == []


def test_worked_example_keeps_the_contract(toy: Exercise) -> None:
    assert contract_faults(toy, STUB, SOLUTION) == []


def test_stub_that_passes(toy: Exercise) -> None:
    assert contract_faults(toy, SOLUTION, SOLUTION) == ["9.9.1: the stub passes the check"]


@pytest.mark.parametrize("stub", ["x = torch.ones(1)\n", "def double(x)\n", "def single(x): return x\n"])
def test_stub_that_does_not_stand_alone(toy: Exercise, stub: str) -> None:
    (fault,) = contract_faults(toy, stub, SOLUTION)
    assert fault.startswith("9.9.1: the stub does not run by itself: your file ")


def test_solution_that_fails(toy: Exercise) -> None:
    (fault,) = contract_faults(toy, STUB, STUB)
    assert fault == (
        "9.9.1: the solution fails the check: "
        "your double is still the stub: write its body in place of the line that raises NotImplementedError."
    )


def test_planted_answer_that_is_not_recognized(toy: Exercise) -> None:
    planted = (Planted(source=SOLUTION, message="wrong"), Planted(source=STUB, message="wrong"))
    right, other = contract_faults(replace(toy, wrong=planted), STUB, SOLUTION)
    assert right == "9.9.1: planted wrong answer 1 passes the check"
    assert other.startswith("9.9.1: planted wrong answer 2 must be told 'wrong', and is told 'your double is still")
