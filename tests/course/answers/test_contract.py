"""The contract that every exercise joins by lying in its lesson's folder, and the contract's own tests."""

from dataclasses import replace

import pytest

from looplab.course.answers.contract import contract_faults
from looplab.course.exercises import Exercise, Planted, list_exercises
from looplab.course.reading import find_lesson
from looplab.course.reading.imports import imports_of

STUB = "def double(x):\n    raise NotImplementedError\n"
SOLUTION = "def double(x):\n    return 2 * x\n"


@pytest.mark.parametrize("exercise", list_exercises(), ids=lambda exercise: exercise.id)
def test_stub_fails_solution_passes_planted_wrong_answers_are_recognized(exercise: Exercise) -> None:
    lesson = find_lesson(exercise.lesson)
    texts = {text.id: text for text in lesson.exercises}
    assert exercise.id in texts, f"lesson {exercise.lesson} has no exercise {exercise.id}"
    text = texts[exercise.id]
    assert text.title == exercise.title
    assert text.stub is not None
    assert text.solution is not None
    before = imports_of(fence.source for fence in lesson.cells if fence.line < text.line)
    assert contract_faults(exercise, text.stub.source, text.solution.source, before) == []


def test_worked_example_keeps_the_contract(toy: Exercise) -> None:
    assert contract_faults(toy, STUB, SOLUTION) == []


def test_stub_that_passes(toy: Exercise) -> None:
    assert contract_faults(toy, SOLUTION, SOLUTION) == ["9.9.1: the stub passes the check"]


@pytest.mark.parametrize("stub", ["x = torch.ones(1)\n", "def double(x)\n", "def single(x): return x\n"])
def test_stub_that_does_not_stand_alone(toy: Exercise, stub: str) -> None:
    (fault,) = contract_faults(toy, stub, SOLUTION)
    assert fault.startswith("9.9.1: the stub does not run by itself: your file ")


def test_names_that_the_lesson_imports_are_known(toy: Exercise) -> None:
    stub, solution = STUB.replace("(x)", "(x: Tensor)"), SOLUTION.replace("(x)", "(x: Tensor)")
    preamble = imports_of(["import torch\nfrom torch import Tensor\nx = torch.ones(1)", "not Python"])
    assert preamble == "import torch\nfrom torch import Tensor"
    assert contract_faults(toy, stub, solution, preamble) == []


def test_experiment_after_the_solution_is_not_run(toy: Exercise) -> None:
    assert contract_faults(toy, STUB, f"{SOLUTION}print(double(lesson_data))\n") == []


def test_solution_that_fails(toy: Exercise) -> None:
    (fault,) = contract_faults(toy, STUB, STUB)
    assert fault == (
        "9.9.1: the solution fails the check: "
        "your double is still the stub: write its body in place of the line that raises NotImplementedError."
    )


def test_planted_answer_that_never_ends_is_stopped_at_the_time_limit_itself(toy: Exercise) -> None:
    endless = Planted(source="def double(x):\n    while True: pass\n", message="still running after 0.2 s")
    assert contract_faults(replace(toy, wrong=(endless,), time_limit_seconds=0.2), STUB, SOLUTION) == []


def test_planted_answer_that_is_not_recognized(toy: Exercise) -> None:
    planted = (Planted(source=SOLUTION, message="wrong"), Planted(source=STUB, message="wrong"))
    right, other = contract_faults(replace(toy, wrong=planted), STUB, SOLUTION)
    assert right == "9.9.1: planted wrong answer 1 passes the check"
    assert other.startswith("9.9.1: planted wrong answer 2 must be told 'wrong', and is told 'your double is still")
