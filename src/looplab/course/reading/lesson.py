"""A lesson, parsed into its parts: its content, what its front matter says, and where it belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading.parts import (
    Claim,
    ExerciseText,
    Fence,
    Formula,
    Heading,
    Included,
    Italic,
    Link,
    Live,
    RawHtml,
)

__all__ = ["LESSON_FILE", "Lesson"]

LESSON_FILE = "lesson.md"
"""The file in a lesson's folder that holds the lesson itself."""


@dataclass(frozen=True)
class Lesson:
    """A lesson (or another page of the course), parsed into its parts.

    Attributes:
        path: its file.
        text: the whole file.
        front: the front matter; empty for pages that have none.
        front_lines: the number of lines the front matter takes, including its two `---`.
        front_error: what is wrong with the front matter as YAML; empty if nothing is.
    """

    path: Path
    text: str
    front: Mapping[str, object] = field(default_factory=dict)
    front_lines: int = 0
    front_error: str = ""
    headings: tuple[Heading, ...] = ()
    fences: tuple[Fence, ...] = ()
    exercises: tuple[ExerciseText, ...] = ()
    formulas: tuple[Formula, ...] = ()
    links: tuple[Link, ...] = ()
    html: tuple[RawHtml, ...] = ()
    italics: tuple[Italic, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    quiz: tuple[Question, ...] = ()
    predictions: tuple[Question, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.text.splitlines()

    @property
    def number(self) -> str:
        """The lesson's number, for instance 2.4: what its folder's name begins with. Other pages have none."""
        return self.name.split("-", 1)[0] if self.path.name == LESSON_FILE else ""

    @property
    def name(self) -> str:
        """The name of its page and its notebook: the lesson's folder, or another page's file without its ending."""
        return self.path.parent.name if self.path.name == LESSON_FILE else self.path.stem

    @property
    def place(self) -> PurePosixPath:
        """The path of its page among the course's pages, without an ending: module and name."""
        module = self.path.parents[1].name if self.path.name == LESSON_FILE else ""
        return PurePosixPath(module, self.name)

    @property
    def course(self) -> Path:
        """The course's folder."""
        return self.path.parents[2] if self.path.name == LESSON_FILE else self.path.parent

    @property
    def title(self) -> str:
        """The title from the front matter, or else the first heading, or else its name."""
        title = self.front.get("title")
        if isinstance(title, str) and title:
            return title
        return next((heading.text for heading in self.headings), self.name)

    @property
    def description(self) -> str:
        """The sentence for search results and the index."""
        return str(self.front.get("description", ""))

    @property
    def minutes(self) -> int:
        """How long a first reading of the lesson takes; 0 when it does not say."""
        minutes = self.front.get("minutes", 0)
        return minutes if isinstance(minutes, int) else 0

    @property
    def needs(self) -> list[str]:
        """The numbers of the lessons that this one builds on directly."""
        needs = self.front.get("needs", [])
        return [str(need) for need in needs] if isinstance(needs, list) else []

    @property
    def terms(self) -> list[str]:
        """The terms it defines, as named in the front matter."""
        terms = self.front.get("terms", [])
        return [str(term) for term in terms] if isinstance(terms, list) else []

    @property
    def cells(self) -> list[Fence]:
        """The fences that run, in order."""
        return [fence for fence in self.fences if fence.runs and not fence.nested]

    @property
    def claims(self) -> list[Claim]:
        """The claims that experiments have measured, in order."""
        return [
            Claim(
                fence.argument.partition(" ")[0],
                " ".join(fence.source.split()),
                fence,
                fence.argument.partition(" ")[2],
            )
            for fence in self.fences
            if fence.language == "{claim}" and not fence.nested
        ]

    @property
    def included(self) -> list[Included]:
        """The pieces of looplab's own code it shows, in order."""
        return [
            Included(fence.argument, fence)
            for fence in self.fences
            if fence.language == "{source}" and not fence.nested
        ]

    @property
    def live(self) -> list[Live]:
        """The live figures on its page, in order."""
        return [Live(fence.argument, fence) for fence in self.fences if fence.language == "{live}" and not fence.nested]

    @property
    def experiments(self) -> list[str]:
        """The ids of the experiments the front matter names."""
        ids = self.front.get("experiments", [])
        return [str(id_) for id_ in ids] if isinstance(ids, list) else []

    @property
    def ledger(self) -> Path:
        """The folder of what the lesson's experiments measured."""
        return self.path.parent / "measured"
