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

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.course.exercises.calling import call
    from looplab.course.exercises.errors_in_words import cut, name_of
    from looplab.course.exercises.exercise import Exercise, Planted, Verdict, WrongAnswer
    from looplab.course.exercises.expect import expect_close, expect_module, expect_tensor, expect_unchanged
    from looplab.course.exercises.finding import exercises_in, find_exercise, list_exercises
    from looplab.words import kind_in_words, with_article
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.course.exercises.calling": ["call"],
            "looplab.course.exercises.errors_in_words": ["cut", "name_of"],
            "looplab.course.exercises.exercise": ["Exercise", "Planted", "Verdict", "WrongAnswer"],
            "looplab.course.exercises.expect": ["expect_close", "expect_module", "expect_tensor", "expect_unchanged"],
            "looplab.words": ["kind_in_words", "with_article"],
            "looplab.course.exercises.finding": ["exercises_in", "find_exercise", "list_exercises"],
        },
    )

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
    "kind_in_words",
    "list_exercises",
    "name_of",
    "with_article",
]
