"""A new lesson: made in one folder, refused in a sentence, and without a fault once it is written."""

import re
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.exercises import list_exercises
from looplab.course.reading import find_lesson
from looplab.course.template import new_lesson
from looplab.errors import LooplabError

TITLE = 'Déjà vu: what "came back"?'


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def faults_of(number: str, course: Path, cache: Path) -> list[str]:
    return [fault.reason for fault in check_course([number], folder=course, cache=cache)]


def written(template: str, lesson_text: str) -> str:
    """The template with what lesson 9.1 has in each section, and its exercise under the template's own number."""
    bodies = re.split(r"(?m)^(## .+)\n", lesson_text)
    text = template
    for heading, body in zip(bodies[1::2], bodies[2::2], strict=True):
        body = body.replace("9.1", "9.3").replace("9.2-halving", "9.1-doubling")
        begin = text.index(f"\n{heading}\n") + 1
        end = text.find("\n## ", begin)
        text = f"{text[:begin]}{heading}\n{body}{text[end + 1 :] if end > 0 else ''}"
    return text.replace("minutes: 0", "minutes: 5").replace('description: ""', "description: Once more.")


def test_a_new_lesson_passes_its_checks_when_it_is_written_and_touches_nothing_else(
    made_up_course: Path, lesson_text: str, quiz_text: str, kept_cache: Path
) -> None:
    before = files_of(made_up_course)
    folder = new_lesson("9.3", TITLE, course=made_up_course)
    assert folder == made_up_course / "9-arithmetic" / "9.3-deja-vu-what-came-back"
    assert sorted(path.name for path in folder.iterdir()) == ["exercises.py", "experiments", "lesson.md", "measured"]
    after = files_of(made_up_course)
    assert {path: after.pop(path) for path in before} == before
    assert {path.parent for path in after} == {folder}
    lesson = find_lesson("9.3", made_up_course)
    assert (lesson.title, lesson.needs, lesson.experiments) == (TITLE, [], [])
    assert list_exercises("9.3", made_up_course) == []
    assert check_course(["9.1", "9.2"], run=False, folder=made_up_course) == []

    lesson.path.write_text(written(lesson.text, lesson_text + quiz_text))
    assert faults_of("9.3", made_up_course, kept_cache) == [
        "exercise 9.3.1 has no check: write one in exercises.py beside it"
    ]
    exercise = """
    Exercise(
        id="9.3.1",
        title="Triple it",
        answer="triple",
        check=lambda triple: expect_close(call(triple, 2.0), 6.0, name="triple(2)"),
        wrong=(Planted(source="def triple(x):\\n    return x", message="triple(2) is 2, expected 6"),),
    ),
"""
    code = (folder / "exercises.py").read_text().replace("= ()", f"= ({exercise})")
    code = code.replace("import Exercise\n", "import Exercise, Planted, call, expect_close\n")
    (folder / "exercises.py").write_text(code)
    assert faults_of("9.3", made_up_course, kept_cache) == []


def test_what_is_still_to_be_written_is_said_in_words(made_up_course: Path) -> None:
    new_lesson("9.3", "Again", course=made_up_course)
    reasons = [fault.reason for fault in check_course(["9.3"], run=False, folder=made_up_course)]
    assert [reason for reason in reasons if "section" in reason] == [
        "the section 'Introduction' is empty: say what the question is, and what the reader can do at the end",
        "the section 'ELI5' is empty: carry one image through, without a formula, and say where it breaks",
        "the section 'Mathematical foundations' is empty: say what each formula is for; name its symbols and shapes",
        "the section 'In depth' is empty: say why it is so and what goes wrong; the claims belong here",
        "the section 'Demonstrations' is empty: ask and predict, then show code and figure, then say what they show",
        "the section 'What learners ask' is empty: answer questions in learners' words, each under a heading '###'",
        "the section 'Summary' is empty: say in five lines what the lesson found",
        "the section 'Key takeaways' is empty: write three to five sentences that someone could disagree with",
        "the section 'Next' is empty: lead to the lesson that follows, with a link",
    ]
    assert sorted(reason for reason in reasons if "section" not in reason) == [
        "'description' must be one sentence for search results; got ''",
        "'minutes' must be a whole number of minutes; got 0",
        "a quiz has at least 10 questions ('### 9.3.Q1 …?'); got 0",
        "exercise 9.3.1 has no stub: a python fence before '#### Hints'",
        "hint 1 of exercise 9.3.1 is empty: it gives where to look",
        "hint 2 of exercise 9.3.1 is empty: it gives the idea",
        "hint 3 of exercise 9.3.1 is empty: it gives nearly the line",
        "no figure: every lesson shows at least one",
        "the checklist has no items: write a list of '- [ ] I can …'",
        "the heading of exercise 9.3.1 has no words after its number",
        "the solution of exercise 9.3.1 has no python fence",
    ]


def test_only_the_last_lesson_of_a_module_has_a_checklist_and_a_quiz_to_write(made_up_course: Path) -> None:
    last = new_lesson("9.4", "The last", course=made_up_course)
    between = new_lesson("9.3", "In between", course=made_up_course)
    assert "\n## Checklist\n\n## Quiz\n" in (last / "lesson.md").read_text()
    assert "## Quiz" not in (between / "lesson.md").read_text()


def test_a_module_that_has_a_title_gets_its_folder(made_up_course: Path) -> None:
    with (made_up_course / "course.toml").open("a") as file:
        file.write('[modules]\n10 = "Beyond numbers"\n')
    assert new_lesson("10.1", "Sets", course=made_up_course).parent == made_up_course / "10-beyond-numbers"


@pytest.mark.parametrize(
    ("number", "title", "told"),
    [
        (
            "9",
            "Again",
            "number of the lesson: expected the module's number, a dot and the lesson's own, such as 1.2",
        ),
        ("9.3.1", "Again", "such as 1.2, got '9.3.1'"),
        ("9.03", "Again", "such as 1.2, got '9.03'"),
        ("../9.3", "Again", "such as 1.2, got '../9.3'"),
        (
            "9.1",
            "Again",
            "expected a number that no lesson has yet, got 9.1, which is 9.1-doubling. Edit that one, or choose",
        ),
        ("9.3", "", 'title of the lesson: expected the words of its heading, got none. Give it with --title "…".'),
        ("9.3", " ", "title of the lesson: expected the words of its heading, got none."),
        ("9.3", "a\nb", r"expected words on one line, with letters for the folder's name, got 'a\nb'"),
        ("9.3", "???", "expected words on one line, with letters for the folder's name, got '???'"),
        ("9.3", "C #", "expected words on one line, with letters for the folder's name, got 'C #'"),
        ("8.1", "Again", 'module 8: expected a folder, or a title in course.toml, got neither. Add 8 = "…" under'),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_left(
    number: str, title: str, told: str, made_up_course: Path
) -> None:
    before = sorted(made_up_course.rglob("*"))
    with pytest.raises(LooplabError) as refused:
        new_lesson(number, title, course=made_up_course)
    assert told in str(refused.value)
    assert sorted(made_up_course.rglob("*")) == before


def test_a_folder_that_is_no_course_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LooplabError, match=r"course: expected a folder with a file course\.toml, got /"):
        new_lesson("9.3", "Again", course=tmp_path)


def test_the_installed_course_is_refused(made_up_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("looplab.course.template._PACKAGE", made_up_course.parent)
    with pytest.raises(LooplabError) as refused:
        new_lesson("9.3", "Again", course=made_up_course)
    assert str(refused.value) == (
        f"course: expected a folder of your own, got {made_up_course}, inside the installed package. "
        "Name your own folder with --course."
    )


def test_a_course_that_cannot_be_written_to_is_told(made_up_course: Path) -> None:
    (made_up_course / "8-fractions").write_text("a file where the module's folder would be")
    with (made_up_course / "course.toml").open("a") as file:
        file.write('[modules]\n8 = "Fractions"\n')
    with pytest.raises(LooplabError, match="8-fractions: expected a folder that can be made and written to"):
        new_lesson("8.1", "Again", course=made_up_course)
