r"""Exercises: what an answer must do, and the tools authors check it with.

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

from looplab.course.exercises.calling import call
from looplab.course.exercises.errors_in_words import cut, name_of, with_article
from looplab.course.exercises.exercise import Exercise, Planted, Verdict, WrongAnswer
from looplab.course.exercises.expect import expect_close, expect_module, expect_tensor, expect_unchanged
from looplab.course.exercises.finding import exercises_in, find_exercise, list_exercises

__all__ = [
    "Exercise",
    "Planted",
    "Verdict",
    "WrongAnswer",
    "call",
    "cut",
    "exercises_in",
    "expect_close",
    "expect_module",
    "expect_tensor",
    "expect_unchanged",
    "find_exercise",
    "list_exercises",
    "name_of",
    "with_article",
]
