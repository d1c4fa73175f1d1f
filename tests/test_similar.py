"""What somebody may have meant, by number, by spelling and by title."""

import pytest

from looplab.course.exercises.outline import outline_exercises
from looplab.course.reading import find_lesson, list_lessons
from looplab.errors import ChoiceError, require_choice
from looplab.similar import either, nearest, nearest_first

LESSONS = {
    "1.1": "What is a loop?",
    "1.4": "Visualizing the loss",
    "2.1": "From linear to nonlinear",
    "2.4": "The role of activations",
    "2.5": "Mini-batching and pipelines",
    "2.6": "Regularization and overfitting",
}
EXERCISES = ["1.4.1", "1.4.2", "2.1.4", "2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.5.9"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("2.41", "2.4"),
        ("2-4", "2.4"),
        ("2,4", "2.4"),
        (" 2.4 ", "2.4"),
        ("2.4.9", "2.4"),
        ("2.44", "2.4"),
        ("2.11", "2.1"),
        ("activations", "2.4"),
        ("Activation", "2.4"),
        ("overfitting", "2.6"),
        ("over-fitting", "2.6"),
        ("batching", "2.5"),
        ("mini batch", "2.5"),
        ("loss", "1.4"),
    ],
)
def test_the_lesson_that_was_meant_comes_first(name: str, first: str) -> None:
    assert nearest_first(name, LESSONS, LESSONS)[0] == first


def test_a_number_that_a_lesson_lacks_is_answered_with_what_the_lesson_has() -> None:
    assert nearest("2.4.9", EXERCISES) == ["2.4.4", "2.4.3", "2.4.2"]
    assert set(nearest("2.4", EXERCISES, count=4)) == {"2.4.1", "2.4.2", "2.4.3", "2.4.4"}
    assert nearest("2-4-3", EXERCISES)[0] == "2.4.3"
    assert nearest("2.4.33", EXERCISES)[0] == "2.4.3"


def test_spelling_counts_where_there_are_no_numbers() -> None:
    assert nearest("rellu", ["tanh", "relu", "selu"])[0] == "relu"
    assert nearest("LEARN", ["check", "learn"])[0] == "learn"


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert nearest("x", []) == []
    assert either([]) == ""


def test_every_choice_is_ordered_once() -> None:
    assert sorted(nearest_first("2.4", [*EXERCISES, "moons"])) == sorted([*EXERCISES, "moons"])


def test_of_choices_with_titles_the_three_nearest_are_listed() -> None:
    with pytest.raises(ChoiceError) as caught:
        require_choice("lesson", "activations", LESSONS, titles=LESSONS)
    assert str(caught.value).startswith("lesson: expected one of 2.4 (The role of activations), ")
    assert str(caught.value).endswith(" (the nearest of 6), got 'activations'. Did you mean '2.4'?")
    assert str(caught.value).count("(") == 4
    assert len(caught.value.choices) == 6


def test_of_very_many_choices_the_three_nearest_are_listed() -> None:
    names = [f"column {number}" for number in range(100)]
    message = str(ChoiceError("column", "column 77x", names))
    assert message.startswith("column: expected one of column 77, ")
    assert "(the nearest of 100), got 'column 77x'" in message
    assert message.count("column ") == 5


def test_each_lesson_of_the_course_is_found_by_its_title() -> None:
    for lesson in list_lessons():
        with pytest.raises(ChoiceError) as caught:
            find_lesson(lesson.title.lower())
        assert caught.value.choices[0] == lesson.number


def test_each_exercise_of_the_course_is_found_by_its_title() -> None:
    titles = {outline.id: outline.title for outline in outline_exercises()}
    for id_, title in titles.items():
        assert nearest(title.upper(), titles, titles)[0] == id_
