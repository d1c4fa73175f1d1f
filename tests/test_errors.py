import errno
import pickle

import pytest

from looplab.errors import (
    ChoiceError,
    DivergenceError,
    FileError,
    LessonError,
    LooplabError,
    MissingExtraError,
    require_choice,
)


def test_a_message_names_what_expected_got_and_fix() -> None:
    error = LooplabError("lr", expected="a number above 0", got="-1", fix="Try 0.01.")
    assert str(error) == "lr: expected a number above 0, got -1. Try 0.01."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LooplabError("nothing is left"), "nothing is left"),
        (LooplabError("lr", got="-1"), "lr: got -1"),
        (LooplabError("lr", expected="a number"), "lr: expected a number"),
        (
            MissingExtraError("The course", "course"),
            "The course needs the optional part 'course'. Install it with: pip",
        ),
        (LessonError("2.1.md", 7, "no heading"), "2.1.md:7: no heading"),
        (DivergenceError(step=3, lr=0.5, loss=float("nan")), "the loss at step 3 with learning rate 0.5: expected"),
        (ChoiceError("lesson", "9", []), "lesson: expected nothing: there are none, got '9'"),
    ],
)
def test_messages(error: LooplabError, message: str) -> None:
    assert str(error).startswith(message)


def test_the_nearest_choice_comes_first() -> None:
    with pytest.raises(ChoiceError) as caught:
        require_choice("fruit", "aple", ["banana", "cherry", "apple"])
    assert caught.value.choices[0] == "apple"
    assert str(caught.value).endswith("got 'aple'. Did you mean 'apple'?")


def test_a_known_choice_passes() -> None:
    require_choice("fruit", "apple", ["apple"])


def test_an_error_of_a_file_says_all_and_hands_on_what_the_system_said() -> None:
    error = FileError("notes.txt", expected="a file", got="a folder", fix="Name a file in it.", number=errno.EISDIR)
    assert str(error) == "notes.txt: expected a file, got a folder. Name a file in it."
    assert (error.errno, error.strerror) == (errno.EISDIR, "a folder")
    assert (str(FileError("no room")), FileError("no room").strerror) == ("no room", "no room")


def test_a_file_error_survives_the_way_back_from_another_process() -> None:
    error = FileError("x.csv", expected="a file", got="no room", number=28)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.errno, back.strerror) == (type(error), str(error), 28, "no room")
