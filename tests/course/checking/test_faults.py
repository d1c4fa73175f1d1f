"""Every kind of fault in a lesson, with its line and its words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course

WithLesson = Callable[[str], Path]
ITALICS = "## ELI5\n\nA *doubling\nstep* makes *two* of one.\n"
IMPORT = "import matplotlib.pyplot as plt\n"
STUB = "```python\ndef triple(x: float) -> float:\n    raise NotImplementedError\n```\n"


def faults_of(folder: Path) -> list[str]:
    """The faults of the whole course, as `file:line: reason`."""
    return [str(fault).removeprefix(f"{folder}/") for fault in check_course(run=False, folder=folder)]


def test_a_good_course_has_no_fault(made_up_course: Path) -> None:
    assert faults_of(made_up_course) == []


# what is replaced, by what, a piece of the line that the fault names, what the fault says
CASES = {
    "no front matter": ("---\nlesson", "lesson", "lesson:", "no front matter: a lesson begins with '---'"),
    "front matter not YAML": ("minutes: 5", "minutes: [5", "---", "the front matter is not YAML"),
    "field missing": ("minutes: 5\n", "", "---", "the front matter lacks 'minutes': a whole number of minutes"),
    "needs missing": ("needs: []\n", "", "---", "the front matter lacks 'needs': a list of the lessons it builds"),
    "needs of a wrong kind": ("needs: []", "needs: 9.2", "needs:", "'needs' must be a list of the lessons"),
    "needs without quotation marks": ("needs: []", "needs: [9.0]", "needs:", "'needs' names 9.0: write lessons'"),
    "needs an unknown lesson": (
        "needs: []",
        'needs: ["8.9"]',
        "needs:",
        "'needs' names lesson 8.9, which does not exist",
    ),
    "needs a later lesson": (
        "needs: []",
        'needs: ["9.2"]',
        "needs:",
        "'needs' names lesson 9.2, which comes later: a lesson builds on earlier ones",
    ),
    "needs itself": ("needs: []", 'needs: ["9.1"]', "needs:", "'needs' names itself: a lesson builds on earlier"),
    "needs one twice": ("needs: []", 'needs: ["9.2", "9.2"]', "needs:", "'needs' names lesson 9.2 twice"),
    "terms of a wrong kind": ("needs: []", "needs: []\nterms: two", "terms:", "'terms' must be a list of the terms"),
    "term nowhere in italics": (
        "needs: []",
        "needs: []\nterms: [double]",
        "terms:",
        "the term 'double' stands nowhere in italics: write *double* where it is defined",
    ),
    "field of a wrong kind": ("minutes: 5", "minutes: five", "minutes:", "'minutes' must be a whole number of minutes"),
    "number without quotation marks": ('"9.1"', "9.1", "lesson:", "'lesson' must be the lesson's number in quotation"),
    "unknown field": ("minutes:", "author: me\nminutes:", "author:", "unknown field 'author'; the fields are lesson,"),
    "number unlike the file": ('"9.1"', '"9.7"', "lesson:", "'lesson' is 9.7, but the folder's name says 9.1"),
    "title unlike the front matter": ("# 9.1 Doubling", "# 9.1 Two", "# 9.1", "the title must be '# 9.1 Doubling'"),
    "second title": ("Because.", "# Why\n\nBecause.", "# Why\n", "a second title '# Why'"),
    "section missing": ("## Summary\n", "", "[Halving]", "the section '## Summary' is missing"),
    "section unknown": ("## Summary", "## Recap", "## Recap", "'## Recap' is not a section of a lesson"),
    "section twice": (
        "## Next",
        "## Summary\n\nAgain.\n\n## Next",
        "## Summary\n\nAg",
        "the section 'Summary' appears",
    ),
    "section empty": ("Doubling doubles.\n", "", "## Summary", "the section 'Summary' is empty"),
    "checklist without quiz": (
        "[Halving](../9.2-halving/lesson.md).",
        "End.\n\n## Checklist\n\nx",
        "\nx",
        "'## Quiz' is missing",
    ),
    "heading skips a level": ("### Why two?", "#### Why two?", "#### Why", "skips a level: use ###"),
    "exercise id": ("### 9.1.1 Triple", "### 9.1.2 Triple", "### 9.1.2", "must begin with '9.1.1'; got '9.1.2'"),
    "exercise without words": ("### 9.1.1 Triple it", "### 9.1.1", "### 9.1.1", "has no words after its number"),
    "no stub": (STUB, "", "### 9.1.1", "exercise 9.1.1 has no stub"),
    "no exercises": ("### 9.1.1", "Text 9.1.1", "## Exercises", "a lesson has one to four exercises"),
    "unclosed fence": ("uv pip install looplab\n```", "uv pip install looplab", "```bash", "is never closed"),
    "fence without language": ("```bash", "```", "```\nuv", "the fence names no language"),
    "fence with a typing error": ("```bash", "```pyhton", "```pyhton", "unknown language 'pyhton'"),
    "claim": ("```bash", "```{claim} x", "```{claim}", "a claim is one whole sentence"),
    "directive": ("```bash", "```{note}", "```{note}", "the directive {note} does not read as plain Markdown"),
    "nested python": ("Because.", "- a\n\n  ```python\n  x = 1\n  ```", "  ```python", "at the left margin"),
    "caption missing": ("# caption: Twice x grows twice as fast as x.\n", "", "```python\n# alt", "'# caption: …'"),
    "alt missing": (
        "# alt: A straight line from the origin\n#   to the point 2, 4.\n",
        "",
        "```python\n# cap",
        "'# alt",
    ),
    "no figure drawn": ("plt.show()", "plt.close()", "```python\n# cap", "describes a figure but does not draw one"),
    "two figures": ("plt.show()", "plt.show()\nplt.show()  # 2", "plt.show()  # 2", "at most one figure"),
    "caption in the middle": (IMPORT, f"{IMPORT}# caption: no\n", "# caption: no", "must be the first lines"),
    "not Python": ("return 2 * x\n", "return 2 x\n", "    return 2 x", "the code is not Python: invalid syntax"),
    "no hint for an argument": ("double(x: float)", "double(x)", "def double", "'double' lacks type hints for x"),
    "no hint for the result": ("double(x: float) -> float", "double(x: float)", "def double", "for its result"),
    "HTML block": ("Because.", "<div>Because.</div>", "<div>", "HTML is not allowed: <div>"),
    "HTML in a line": ("Because.", "One.\nBe<br>cause.", "Be<br>", "HTML is not allowed: <br>"),
    "line that pages leave out": ("Because.", "About 5\n% more.", "% more", "begins with % is a comment"),
    "math": ("\\frac{y}{x}", "\\frac{y}{x", "$$\n\\left", "does not parse"),
    "math in a line": ("$y = 2x$", "$y = 2x_1_2$", "With $y", "two subscripts on one symbol"),
    "file of a link": (
        "../9.2-halving/lesson.md#in",
        "../9.9-no/lesson.md#in",
        "Nothing is",
        "leads to a file that does not exist",
    ),
    "anchor of a link": ("#in-depth", "#in-death", "Nothing is", "leads to a heading that does not exist"),
    "address of a link": (
        "../9.2-halving/lesson.md#in-depth",
        "https://nowhere",
        "Nothing is",
        "not a complete http or https",
    ),
    "link out of the course": (
        "../9.2-halving/lesson.md#in-depth",
        "../../../outside.md",
        "Nothing is",
        "does not exist",
    ),
    "image": ("Because.", "![](a.png)", "![](a.png)", "the image 'a.png' has no alternative text"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, lesson_text: str, with_lesson: WithLesson) -> None:
    old, new, place, message = CASES[case]
    assert old in lesson_text
    text = lesson_text.replace(old, new, 1)
    line = text[: text.index(place)].count("\n") + 1 + (len(place) - len(place.lstrip("\n")))
    faults = faults_of(with_lesson(text))
    start = f"9-arithmetic/9.1-doubling/lesson.md:{line}: "
    assert any(fault.startswith(start) and message in fault for fault in faults), (line, faults)


def test_a_term_is_defined_once_in_the_course(lesson_text: str, quiz_text: str, made_up_course: Path) -> None:
    text = lesson_text.replace("needs: []", "needs: []\nterms: [doubling step, Two]").replace("## ELI5\n", ITALICS)
    (made_up_course / "9-arithmetic/9.1-doubling/lesson.md").write_text(text)
    assert faults_of(made_up_course) == []
    late = (text + quiz_text).replace("9.1", "9.3").replace("[doubling step, Two]", "[Doubling Step]")
    (made_up_course / "9-arithmetic/9.3-again").mkdir()
    (made_up_course / "9-arithmetic/9.3-again/lesson.md").write_text(late)
    reason = "the term 'Doubling Step' is defined in lesson 9.1 already: link to it instead"
    assert faults_of(made_up_course) == [f"9-arithmetic/9.3-again/lesson.md:8: {reason}"]


def test_a_lesson_without_a_title_is_told_which(lesson_text: str, with_lesson: WithLesson) -> None:
    faults = faults_of(with_lesson(lesson_text.replace("# 9.1 Doubling\n", "")))
    expected = "9-arithmetic/9.1-doubling/lesson.md:9: no title: expected '# 9.1 Doubling' after the front matter"
    assert faults == [expected]


def test_a_misplaced_section_names_the_one_before_which_it_stands(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("## ELI5", "## Swap").replace("## In depth", "## ELI5").replace("## Swap", "## In depth")
    assert [fault.split(": ", 1)[1] for fault in faults_of(with_lesson(text)) if "misplaced" in fault] == [
        "the section 'Mathematical foundations' is misplaced: it stands before 'In depth'",
        "the section 'ELI5' is misplaced: it stands before 'In depth'",
    ]


def test_the_last_lesson_of_a_module_needs_checklist_and_quiz(lesson_text: str, made_up_course: Path) -> None:
    path = made_up_course / "9-arithmetic" / "2.7-recap/lesson.md"
    path.parent.mkdir()
    path.write_text(lesson_text.replace("9.1", "2.7"))
    reasons = [fault.reason for fault in check_course(["2.7"], run=False, folder=made_up_course)]
    assert reasons == ["the section '## Checklist' is missing", "the section '## Quiz' is missing"]


def test_a_lesson_without_any_figure_is_a_fault(lesson_text: str, with_lesson: WithLesson) -> None:
    begin = lesson_text.index("```python\n# caption")
    text = lesson_text[:begin] + lesson_text[lesson_text.index("Install with:") :]
    assert faults_of(with_lesson(text)) == [
        "9-arithmetic/9.1-doubling/lesson.md:1: no figure: every lesson shows at least one"
    ]


def test_a_missing_page_of_the_course_is_a_fault(made_up_course: Path) -> None:
    (made_up_course / "notation.md").unlink()
    assert "notation.md:1: this page of the course is missing" in faults_of(made_up_course)


def test_a_folder_without_its_lesson_is_a_fault(made_up_course: Path) -> None:
    (made_up_course / "9-arithmetic/9.3-empty").mkdir()
    told = ["9-arithmetic/9.3-empty/lesson.md:1: the folder holds no lesson"]
    assert faults_of(made_up_course) == told


def test_the_other_pages_are_checked_too(made_up_course: Path) -> None:
    (made_up_course / "index.md").write_text("# A course\n\nA<br>line\n")
    assert faults_of(made_up_course)[0] == "index.md:3: HTML is not allowed: <br>"


def test_only_the_lessons_named_are_checked(lesson_text: str, with_lesson: WithLesson) -> None:
    folder = with_lesson(lesson_text.replace("Doubling doubles.", ""))
    assert check_course(["9.2"], run=False, folder=folder) == []
    assert len(check_course(["9.1"], run=False, folder=folder)) == 1
