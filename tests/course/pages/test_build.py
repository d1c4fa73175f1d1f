"""Building: whole or not at all, and only what is needed."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from looplab.course.pages import CourseBuilder, build_course
from looplab.course.reading import Fault, find_lesson
from looplab.errors import ChoiceError, LessonError, LooplabError

FIRST, SECOND = "9-arithmetic/9.1-doubling.html", "9-arithmetic/9.2-halving.html"


@pytest.fixture
def builder(made_up_course: Path, kept_cache: Path, tmp_path: Path) -> CourseBuilder:
    return CourseBuilder(tmp_path / "built", course=made_up_course, cache=kept_cache)


def test_a_second_build_runs_nothing_and_replaces_the_first(
    site: Path, kept_course: Path, kept_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("looplab.course.running.cache.execute_async", None)
    output = tmp_path / "pages"
    assert build_course(output, course=kept_course, cache=kept_cache) == output
    (output / "left-over.html").write_text("from the first build")
    build_course(output, course=kept_course, cache=kept_cache)
    assert not (output / "left-over.html").exists()
    assert (output / FIRST).read_text() == (site / FIRST).read_text()
    assert list(tmp_path.iterdir()) == [tmp_path / "pages"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, kept_course: Path) -> None:
    (tmp_path / "thesis.md").write_text("years of work")
    with pytest.raises(LooplabError) as caught:
        build_course(tmp_path, course=kept_course)
    assert str(caught.value) == (
        "output: expected a new or empty folder, or one that holds an earlier build, "
        f"got {tmp_path}, which holds something else. Name another folder."
    )
    assert (tmp_path / "thesis.md").read_text() == "years of work"


@pytest.mark.parametrize(
    ("old", "new", "line_of", "reason"),
    [
        ("## Summary\n", "", None, "the section '## Summary' is missing"),
        (
            "```\n\n#### Hints",
            "\n\n#### Hints",
            "```python\ndef triple",
            "the fence that begins here is never closed",
        ),
        ("return 2 * x", "return x.real.no", "    return x", "the code raises AttributeError: 'float' object has no"),
    ],
)
def test_a_faulty_lesson_stops_the_build_and_nothing_is_left(
    old: str,
    new: str,
    line_of: str | None,
    reason: str,
    lesson_text: str,
    with_lesson: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    text = lesson_text.replace(old, new, 1)
    course = with_lesson(text)
    line = text[: text.index(line_of)].count("\n") + 1 if line_of else text.count("\n")
    with pytest.raises(LessonError) as caught:
        build_course(tmp_path / "out" / "pages", course=course, cache=tmp_path / "cache")
    assert str(caught.value).startswith(f"{course}/9-arithmetic/9.1-doubling/lesson.md:{line}: {reason}")
    assert list((tmp_path / "out").glob("*")) == []


def test_an_earlier_build_survives_one_that_fails(
    kept_cache: Path, tmp_path: Path, made_up_course: Path, lesson_text: str, with_lesson: Callable[[str], Path]
) -> None:
    output = build_course(tmp_path / "pages", course=made_up_course, cache=kept_cache)
    with_lesson(lesson_text.replace("## Summary", "## Recap"))
    with pytest.raises(LessonError, match="not a section of a lesson"):
        build_course(output, course=made_up_course, cache=kept_cache)
    assert (output / FIRST).is_file()


def test_a_page_is_built_alone_and_names_all_others(builder: CourseBuilder) -> None:
    said: list[str] = []
    page = builder.build(FIRST, said.append)
    assert said[-1] == "Rendering the page"
    assert page == builder.output / FIRST
    assert builder.is_built(FIRST)
    assert not builder.is_built(SECOND)
    assert "9.2-halving.html" in page.read_text()
    assert "not built yet" in (builder.output / SECOND).read_text()


def test_a_built_page_is_not_rendered_again_even_by_another_builder(
    builder: CourseBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.build(FIRST)
    monkeypatch.setattr("looplab.course.pages.builder.render", None)
    another = CourseBuilder(builder.folder, course=builder.course, cache=builder.cache)
    assert another.is_built(FIRST)
    assert another.build(FIRST) == builder.output / FIRST


def test_a_changed_lesson_is_built_again(
    builder: CourseBuilder, lesson_text: str, with_lesson: Callable[[str], Path]
) -> None:
    builder.build(FIRST)
    before = builder.version(FIRST)
    with_lesson(lesson_text.replace("Because.", "Because it is even."))
    assert builder.version(FIRST) != before
    assert not builder.is_built(FIRST)
    assert "Because it is even." in builder.build(FIRST).read_text()
    assert builder.is_built(FIRST)


def test_an_interrupted_rendering_is_begun_again(builder: CourseBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    builder.build(FIRST)

    def interrupted(*_: Path) -> list[str]:
        (builder.output / SECOND).write_text("<half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("looplab.course.pages.builder.render", interrupted)
        with pytest.raises(KeyboardInterrupt):
            builder.build(SECOND)
    assert not builder.is_built(SECOND)
    assert "</html>" in builder.build(SECOND).read_text()


def test_a_killed_rendering_unbuilds_the_pages_that_it_would_sweep_away(builder: CourseBuilder) -> None:
    builder.build(FIRST)
    (builder.folder / "unfinished").write_text("as a process leaves it that is killed")
    assert not builder.is_built(FIRST)
    builder.build(SECOND)
    assert "not built yet" in (builder.output / FIRST).read_text()
    assert not builder.is_built(FIRST)
    assert "not built yet" not in builder.build(FIRST).read_text()
    assert builder.is_built(FIRST)
    assert builder.is_built(SECOND)


def test_threads_take_turns(builder: CourseBuilder) -> None:
    threads = [Thread(target=builder.build, args=[page]) for page in (FIRST, SECOND, "index.html")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(builder.is_built(page) for page in (FIRST, SECOND, "index.html"))


def test_a_faulty_lesson_does_not_hinder_the_others(
    builder: CourseBuilder, lesson_text: str, with_lesson: Callable[[str], Path]
) -> None:
    with_lesson(lesson_text.replace("Because.", "<b>Because.</b>"))
    with pytest.raises(LessonError, match="HTML is not allowed: <b>"):
        builder.build(FIRST)
    assert not (builder.output / FIRST).exists()
    lesson = find_lesson("9.2", builder.course)
    assert Fault(lesson.path, 1, "") < Fault(lesson.path, 2, "")
    assert builder.build(SECOND).is_file()


def test_an_unknown_page_lists_those_there_are(builder: CourseBuilder) -> None:
    with pytest.raises(ChoiceError, match=r"page: expected one of 9-arithmetic/9\.1-doubling\.html, .*Did you mean"):
        builder.build("9-arithmetic/9.1.html")


def test_pages_are_in_reading_order(builder: CourseBuilder) -> None:
    assert builder.pages == {
        "index.html": "A course",
        "notation.html": "Notation",
        FIRST: "9.1 Doubling",
        SECOND: "9.2 Halving",
    }
