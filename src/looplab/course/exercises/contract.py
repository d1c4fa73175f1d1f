"""The contract of every exercise: its stub fails, its solution passes, each planted wrong answer fails as foreseen."""

import textwrap

from looplab.course.exercises.answers import find_answer, run_cells
from looplab.course.exercises.exercise import Exercise, Verdict
from looplab.course.exercises.files import Cell
from looplab.course.exercises.judge import fault_of, judge
from looplab.course.exercises.state import CappedWriter

__all__ = ["contract_faults", "judge_source"]

_LOAD_SECONDS = 30.0


def contract_faults(exercise: Exercise, stub_source: str, solution_source: str) -> list[str]:
    """What is wrong with an exercise, a sentence each; [] when nothing is.

    Args:
        exercise: the exercise.
        stub_source: the stub as the lesson shows it, complete: with its imports and everything that it uses.
        solution_source: the solution as the lesson shows it, complete in the same way.
    """
    faults = []
    stub = judge_source(exercise, stub_source)
    if stub.passed:
        faults.append(f"{exercise.id}: the stub passes the check")
    elif stub.message.startswith("your file") or not stub.message.strip():
        faults.append(f"{exercise.id}: the stub does not run by itself: {stub.message}")
    solution = judge_source(exercise, solution_source)
    if not solution.passed:
        faults.append(f"{exercise.id}: the solution fails the check: {solution.message}")
    for number, planted in enumerate(exercise.wrong, start=1):
        verdict = judge_source(exercise, planted.source)
        if verdict.passed:
            faults.append(f"{exercise.id}: planted wrong answer {number} passes the check")
        elif planted.message not in verdict.message:
            faults.append(
                f"{exercise.id}: planted wrong answer {number} must be told '{planted.message}', "
                f"and is told '{verdict.message}'"
            )
    return faults


def judge_source(exercise: Exercise, source: str) -> Verdict:
    """The verdict on the answer that a source defines, in this process: for sources that are ours."""
    printed, namespace = CappedWriter(), {}

    def load() -> None:
        cells = [Cell("<answer>", textwrap.dedent(source).strip("\n"))]
        namespace["answer"] = find_answer(run_cells(cells), exercise.answer)

    fault = fault_of(load, "your file", seconds=_LOAD_SECONDS, printed=printed)
    if fault:
        return Verdict(exercise=exercise.id, passed=False, message=fault, printed=printed.text())
    return judge(exercise, namespace["answer"], printed=printed)
