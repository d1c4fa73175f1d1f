"""The contract of every exercise: its stub fails, its solution passes, each planted wrong answer fails as foreseen."""

import ast
import textwrap
from dataclasses import replace

from looplab.course.answers.definitions import find_answer, run_cells
from looplab.course.answers.desk import answer_here
from looplab.course.answers.files import Cell
from looplab.course.answers.judge import fault_of, judge
from looplab.course.answers.surroundings import CappedWriter
from looplab.course.exercises.exercise import Exercise, Verdict
from looplab.course.reading.imports import statements_of

__all__ = ["contract_faults", "judge_source", "until_answer"]

_LOAD_SECONDS = 30.0
_PATIENCE = 6.0  # on a machine that builds a course, everything may take several times as long as at a learner's
_STILL_RUNNING = "still running"


def contract_faults(exercise: Exercise, stub_source: str, solution_source: str, preamble_source: str = "") -> list[str]:
    """What is wrong with an exercise, a sentence each; [] when nothing is.

    Args:
        exercise: the exercise.
        stub_source: the stub as the lesson shows it.
        solution_source: the solution as the lesson shows it; what follows the definition of the answer is not run here.
        preamble_source: what stub and solution need from the lesson: its imports, by `imports_of`.

    Cost in time: a check for each of stub, solution and planted wrong answer.
    """
    faults = []
    stub = judge_source(exercise, f"{preamble_source}\n{stub_source}")
    if stub.passed:
        faults.append(f"{exercise.id}: the stub passes the check")
    elif stub.message.startswith("your file") or not stub.message.strip():
        faults.append(f"{exercise.id}: the stub does not run by itself: {stub.message}")
    solution = judge_source(exercise, f"{preamble_source}\n{until_answer(solution_source, exercise.answer)}")
    if not solution.passed:
        faults.append(f"{exercise.id}: the solution fails the check: {solution.message}")
    for number, planted in enumerate(exercise.wrong, start=1):
        patience = 1.0 if _STILL_RUNNING in planted.message else _PATIENCE
        verdict = judge_source(exercise, planted.source, patience=patience)
        if verdict.passed:
            faults.append(f"{exercise.id}: planted wrong answer {number} passes the check")
        elif planted.message not in verdict.message:
            faults.append(
                f"{exercise.id}: planted wrong answer {number} must be told '{planted.message}', "
                f"and is told '{verdict.message}'"
            )
    return faults


def until_answer(source: str, answer: str) -> str:
    """The source without the experiment that follows the definition of the answer."""
    ends = [part.end_lineno for part in statements_of(source) if answer in _defined(part)]
    return "\n".join(source.splitlines()[: ends[-1]]) if ends else source


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def judge_source(exercise: Exercise, source: str, *, patience: float = _PATIENCE) -> Verdict:
    """The verdict on the answer that a source defines, in this process: for sources that are ours.

    Args:
        exercise: what it must answer.
        source: Python, may be indented.
        patience: how many times its time limit the check may take.
    """
    printed, namespace = CappedWriter(), {}

    def load() -> None:
        cells = [Cell("<answer>", textwrap.dedent(source).strip("\n"))]
        found = find_answer(run_cells(cells), exercise.answer)
        namespace["answer"] = answer_here(found, exercise.answer, exercise.id)

    fault = fault_of(load, "your file", seconds=_LOAD_SECONDS, printed=printed)
    if fault:
        return Verdict(exercise=exercise.id, passed=False, message=fault, printed=printed.text())
    patient = replace(exercise, time_limit_seconds=patience * exercise.time_limit_seconds)
    return judge(patient, namespace["answer"], printed=printed)
