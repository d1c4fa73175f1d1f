"""Building single pages into a permanent folder: only what has changed is run and rendered again."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from looplab.content import course_folder
from looplab.course.checking import check_lesson, check_page
from looplab.course.pages.preview import preview_picture, preview_place
from looplab.course.pages.rendering import render
from looplab.course.pages.sphinx_source import (
    index_source,
    lesson_source,
    page_description,
    page_source,
    waiting_source,
)
from looplab.course.reading import Included, Lesson, list_lessons, read_lesson
from looplab.course.reading.course_file import read_course_file
from looplab.course.reading.excerpts import excerpt
from looplab.course.reading.finding import PAGES
from looplab.course.reading.live_figures import live_figures
from looplab.course.running.cache import executed
from looplab.errors import LessonError, LooplabError, require_choice
from looplab.files import cache_folder, make_folder, parsed, read_bounded, write_whole

__all__ = ["CourseBuilder"]

_MOST_BYTES = 16 * 2**20  # of the file that says what is built


class CourseBuilder:
    """Builds the pages of the course on demand.

    All pages know each other from the start: the navigation of the first page that is built lists every lesson. Safe
    to use from several threads and processes; they take turns.

    Args:
        folder: where pages are built and kept; by default in the user's cache directory.
        course: the folder of the lessons; by default those that came with looplab.
        cache: where executions are kept; by default the user's cache directory.

    Attributes:
        output: the folder of the pages.
        pages: each page's title by its path in that folder, `1-first-steps/1.2-a-step.html`, in reading order.
        lessons: the lessons among them.
        course: the folder of the lessons.
        cache: where executions are kept.
    """

    def __init__(self, folder: Path | None = None, *, course: Path | None = None, cache: Path | None = None) -> None:
        self.course = (course or course_folder()).resolve()
        self.cache = cache or cache_folder()
        self.folder = folder or self.cache / "pages" / hashlib.sha256(str(self.course).encode()).hexdigest()[:16]
        self.output = self.folder / "html"
        self._unfinished = self.folder / "unfinished"  # exists while Sphinx writes, and after it was killed
        self.lessons: dict[str, Lesson] = {f"{lesson.place}.html": lesson for lesson in list_lessons(self.course)}
        self._others = {f"{page.place}.html": page for page in (read_lesson(self.course / name) for name in PAGES)}
        self._thread_lock = threading.RLock()

    @property
    def pages(self) -> dict[str, str]:
        """The title of each page, by its path, in reading order."""
        titles = {page: other.title for page, other in self._others.items()}
        return titles | {page: f"{lesson.number} {lesson.title}" for page, lesson in self.lessons.items()}

    def source(self, page: str) -> Path:
        """The file that a page is made from.

        Raises:
            ChoiceError: there is no such page.
        """
        require_choice("page", page, self.pages)
        return (self.lessons | self._others)[page].path

    def version(self, page: str) -> str:
        """Changes when the page must be built anew."""
        return self._version_of(read_lesson(self.source(page)))

    def _version_of(self, lesson: Lesson) -> str:
        ledger = [_text(lesson.ledger / f"{claim.id}.json") for claim in lesson.claims]
        parts = [self._environment, lesson.text, *ledger, *(_code(included) for included in lesson.included)]
        figures = live_figures(self.course) if lesson.live else {}
        parts += [figures[live.name].version() for live in lesson.live if live.name in figures]
        parts += [self._index(lesson)] if lesson.path == self.source("index.html") else []
        return hashlib.sha256("".join(parts).encode()).hexdigest()[:32]

    def is_built(self, page: str) -> bool:
        """Whether `output` holds the page as it would be built now."""
        return self._built().get(page) == self.version(page) and (self.output / page).is_file()

    def build(self, page: str, report: Callable[[str], None] | None = None) -> Path:
        """Build a page unless it is built; its lesson's code is run unless it was run before.

        Args:
            page: its path in `output`.
            report: is called with what is being done, in words.

        Returns:
            The page's file.

        Raises:
            ChoiceError: there is no such page.
            LessonError: the lesson breaks the format, or its code raises.
        """
        say = report or (lambda _: None)
        self._require_faultless(page)
        if page in self.lessons:
            self._run(page, say)
        with self._lock():
            if not self.is_built(page):
                say("Rendering the page")
                self._render([page])
                self._note([page])
        return self.output / page

    def build_all(self, report: Callable[[str], object] | None = None) -> list[Path]:
        """Build all pages at once.

        Args:
            report: is called with what is being done, in words.

        Raises:
            LessonError: a lesson breaks the format, or its code raises.
            LooplabError: Sphinx has a complaint about a page.
        """
        self.require_faultless()
        with self._lock():
            warned = self._render(list(self.pages), report)
            if warned:
                raise LooplabError("\n".join(warned))
            self._note(list(self.pages))
        return [self.output / page for page in self.pages]

    def require_faultless(self) -> None:
        """Raise a `LessonError` for the first fault that reading the course finds; no code is run."""
        for page in self.pages:
            self._require_faultless(page)

    def _require_faultless(self, page: str) -> None:
        with self._thread_lock:  # Python 3.11 cannot parse code in two threads at once
            lesson = self._read(page)
            self._check(page, lesson)

    def _check(self, page: str, lesson: Lesson) -> None:
        if page in self.lessons:
            found = check_lesson(lesson, run=False, folder=self.course)
        else:
            found = check_page(lesson, folder=self.course)
        if found:
            first = min(found)
            raise LessonError(first.path, first.line, first.reason)

    def _read(self, page: str) -> Lesson:
        """The page's source as it is now; what is built next is made from it."""
        lesson = read_lesson(self.source(page))
        (self.lessons if page in self.lessons else self._others)[page] = lesson
        return lesson

    def _run(self, page: str, say: Callable[[str], None]) -> None:
        executed(self.lessons[page], self.cache, lambda done, total: say(f"Running the code: {done} of {total}"))

    def _render(self, pages: list[str], report: Callable[[str], object] | None = None) -> list[str]:
        """Put what Sphinx reads in place for these pages, and stand-ins for those not built yet, then render."""
        source = self.folder / "source"
        if self._manifest().get("environment") != self._environment or self._unfinished.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
        write_whole(self._unfinished, "While this file is here, what lies beside it is half-built.\n")
        for page, lesson in self.lessons.items():
            path = (source / page).with_suffix(".ipynb")
            if page in pages:
                _put(path, lesson_source(lesson, executed(lesson, self.cache)))
            elif not path.exists():
                _put(path, waiting_source(lesson))
        for page in pages:
            self._put_preview(page)
        for page, other in self._others.items():
            is_index = page == "index.html"
            text = self._index(other) if is_index else page_source(other)
            _put((source / page).with_suffix(".md"), text)
        warned = render(source, self.output, self.folder / "doctrees", self._title, report)
        self._unfinished.unlink()
        return warned

    def _put_preview(self, page: str) -> None:
        """Draw the picture for links to a page."""
        of = (self.lessons | self._others)[page]
        picture = preview_picture(self.pages[page], page_description(of), self._title)
        _put(self.folder / "extra" / preview_place(page), picture)

    def _index(self, page: Lesson) -> str:
        lessons = [read_lesson(lesson.path) for lesson in self.lessons.values()]
        return index_source(page, lessons, self.course, ["notation.md"])

    def _note(self, pages: list[str]) -> None:
        sources = self.lessons | self._others
        built = {page: self._version_of(sources[page]) for page in pages}
        manifest = {"environment": self._environment, "built": self._built() | built}
        write_whole(self.folder / "built.json", json.dumps(manifest))

    def _built(self) -> dict[str, str]:
        manifest = self._manifest()
        if manifest.get("environment") != self._environment or self._unfinished.exists():
            return {}  # the next page built sweeps all others away
        built = manifest.get("built")
        return built if isinstance(built, dict) else {}

    def _manifest(self) -> dict[str, object]:
        try:
            return parsed(read_bounded(self.folder / "built.json", most_bytes=_MOST_BYTES), dict[str, object])
        except (OSError, ValueError):
            return {}

    @property
    def _title(self) -> str:
        """The course's title: the one in its file, or else the title of its first page."""
        return read_course_file(self.course).title or self.pages["index.html"]

    @cached_property
    def _environment(self) -> str:
        """What all pages share: the versions of what makes them, our own code for it, and the navigation."""
        parts = [f"{name} {version(name)}" for name in ("looplab", "sphinx", "myst-nb", "furo")]
        own = [*Path(__file__).parent.glob("*.py"), *Path(__file__).parent.glob("static/*")]
        own += Path(__file__).parent.glob("templates/*")
        parts += [path.read_text(encoding="utf-8") for path in sorted(own)]
        parts.append(self._title)
        for page, lesson in self.lessons.items():
            parts += [page, lesson.title, lesson.description, str(lesson.minutes)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def _lock(self) -> "_Both":
        make_folder(self.folder.parent)
        return _Both(self._thread_lock, FileLock(self.folder.with_name(f"{self.folder.name}.lock")))


class _Both:
    """A lock between threads and one between processes, held together."""

    def __init__(self, threads: threading.RLock, processes: FileLock) -> None:
        self._threads, self._processes = threads, processes

    def __enter__(self) -> None:
        self._threads.acquire()
        self._processes.acquire()

    def __exit__(self, *_: object) -> None:
        self._processes.release()
        self._threads.release()


def _put(path: Path, content: str | bytes) -> None:
    """Write a file unless it already holds this text: Sphinx reads newer files again."""
    data = content.encode() if isinstance(content, str) else content
    if not path.is_file() or path.read_bytes() != data:
        write_whole(path, data)


def _code(included: Included) -> str:
    """The looplab code that a lesson shows, and its place; nothing if there is none."""
    try:
        return str(excerpt(included))
    except LooplabError:
        return ""


def _text(path: Path) -> str:
    """The text of a file; empty if there is no file."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""
