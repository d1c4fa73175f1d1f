r"""Exercises: what a learner's answer must do, and sentences that help when it does not.

The file `exercises.py` in a lesson's folder defines those of that lesson:

    def check_double(double: Callable[[Tensor], Tensor]) -> None:
        x = torch.tensor([[-1.0], [0.0], [2.0]])
        y = call(double, x)
        expect_close(y, 2 * x, inputs=x, name="double(x)", hint="Double means times two.")

    EXERCISES = (
        Exercise(
            id="9.9.1",
            title="Double it",
            answer="double",
            check=check_double,
            wrong=(Planted(source="def double(x):\n    return x", message="expected 2"),),
        ),
    )
"""

from looplab.course.exercises.apart import check_file
from looplab.course.exercises.calling import call
from looplab.course.exercises.contract import contract_faults, imports_of
from looplab.course.exercises.exercise import Exercise, Planted, Verdict, WrongAnswer
from looplab.course.exercises.expect import expect_close, expect_module, expect_tensor, expect_unchanged
from looplab.course.exercises.notebook import check
from looplab.course.exercises.progress import read_progress
from looplab.course.exercises.quiz import is_question, quiz_ids
from looplab.course.exercises.registry import exercises_in, find_exercise, list_exercises
from looplab.course.exercises.sentences import cut, name_of, with_article
from looplab.course.exercises.summary import print_progress

__all__ = [
    "Exercise",
    "Planted",
    "Verdict",
    "WrongAnswer",
    "call",
    "check",
    "check_file",
    "contract_faults",
    "cut",
    "exercises_in",
    "expect_close",
    "expect_module",
    "expect_tensor",
    "expect_unchanged",
    "find_exercise",
    "imports_of",
    "is_question",
    "list_exercises",
    "name_of",
    "print_progress",
    "quiz_ids",
    "read_progress",
    "with_article",
]
