"""The prediction at the beginning of a lesson: read, refused, shown, judged; and what is in depth, on a page."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course import check
from looplab.course.answers.progress import progress_and_trouble
from looplab.course.checking import check_course
from looplab.course.pages import CourseBuilder, export_lesson, lesson_notebook
from looplab.course.reading import Lesson, find_lesson
from looplab.errors import ChoiceError

WithLesson = Callable[[str], Path]
PREDICTION = """\
### 9.1.P What is twice 2?

Look at the line.

- [ ] 3
  - That is one more.
- [x] 4
  - Two and two.
- [ ] 22
  - That is text.

At the end you can double.

"""
IN_DEPTH = "*In depth: skip this at a first reading.*\n\n"
ELI5 = "## ELI5"


def with_prediction(text: str, prediction: str = PREDICTION) -> str:
    return text.replace(ELI5, prediction + ELI5).replace(
        "### Demonstration 1: is it a line?\n\n", f"### Demonstration 1: is it a line?\n\n{IN_DEPTH}"
    )


@pytest.fixture
def lesson(lesson_text: str, with_lesson: WithLesson) -> Lesson:
    return find_lesson("9.1", with_lesson(with_prediction(lesson_text)))


def test_it_ends_with_its_options(lesson: Lesson) -> None:
    (question,) = lesson.predictions
    assert (question.id, question.text, question.body) == ("9.1.P", "What is twice 2?", "Look at the line.")
    assert [(letter, option.right) for letter, option in question.lettered] == [("A", False), ("B", True), ("C", False)]
    assert lesson.lines[question.end :][:2] == ["At the end you can double.", ""]
    assert lesson.quiz == ()
    assert check_course(["9.1"], run=False, folder=lesson.course) == []


FAULTS = {
    "another lesson's": ("9.1.P", "9.2.P", "must begin with '9.1.P'; got '9.2.P'"),
    "no question": ("twice 2?", "twice 2.", "question 9.1.P is no question"),
    "one option": ("- [ ] 3\n  - That is one more.\n- [x] 4\n  - Two and two.\n", "", "has 1 options"),
    "no right one": ("[x]", "[ ]", "has 0 right options"),
    "no reason": ("  - That is text.\n", "", "has no reason"),
    "two of them": (PREDICTION, PREDICTION + PREDICTION, "a second prediction"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_one_is_refused(name: str, lesson_text: str, with_lesson: WithLesson) -> None:
    old, new, message = FAULTS[name]
    folder = with_lesson(with_prediction(lesson_text, PREDICTION.replace(old, new)))
    assert any(message in str(fault) for fault in check_course(["9.1"], run=False, folder=folder))


def test_it_is_judged_and_does_not_count(lesson: Lesson) -> None:
    right, wrong, none = (check("9.1.p", answer, course=lesson.course) for answer in ("B", "c", ""))
    assert (right.passed, wrong.passed, none.passed) == (True, False, False)
    assert wrong.message == "9.1.P: C is not the one. That is text."
    assert "there is no answer yet" in none.message
    assert "9.1.P" not in progress_and_trouble()[0]
    with pytest.raises(ChoiceError, match=r"question"):
        check("9.2.P", "A", course=lesson.course)


def test_a_notebook_asks_without_the_answer(lesson: Lesson) -> None:
    cells = lesson_notebook(lesson).cells
    place = next(place for place, cell in enumerate(cells) if cell.source.startswith("### Predict: What is twice 2?"))
    assert "- **B.** 4" in cells[place].source
    assert "Two and two" not in "".join(cell.source for cell in cells)
    assert cells[place + 1].source == 'from looplab.course import check; check("9.1.P", "")'
    assert cells[place + 2].source.startswith("At the end you can double.")


@pytest.fixture(scope="module")
def course(kept_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(kept_course, tmp_path_factory.mktemp("prediction") / "course")
    path = folder / "9-arithmetic/9.1-doubling/lesson.md"
    path.write_text(with_prediction(path.read_text()))
    return folder


def test_a_post_has_the_answer_at_its_end(course: Path, kept_cache: Path, tmp_path: Path) -> None:
    text = export_lesson("9.1", "post", tmp_path, course=course, cache=kept_cache).read_text()
    assert text.index("### Predict: What is twice 2?") < text.index("## Answers") < text.index("Two and two.")


def test_a_page_shows_it_and_ways_past_what_is_in_depth(course: Path, kept_cache: Path, tmp_path: Path) -> None:
    page = CourseBuilder(tmp_path, course=course, cache=kept_cache).build("9-arithmetic/9.1-doubling.html").read_text()
    assert len(re.findall(r'<details class="quiz-option">', page)) == 3
    assert "Predict: What is twice 2?" in page
    assert "Choose before you read on." in page
    ways = re.findall(r'<p class="in-depth">In depth: <a class="reference internal" href="#([\w-]+)">', page)
    assert ways == ["demonstrations", "what-learners-ask"]
    assert all(f'id="{anchor}"' in page for anchor in ways)
    assert re.search(r"<span>5 minutes</span> <span>and \d+ in depth</span>", page)
