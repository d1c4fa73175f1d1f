"""The parts of a lesson, each with the line it begins on (lines are counted from 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from looplab.course.lessons.questions import Checklist, Question

__all__ = [
    "LESSON_FILE",
    "Claim",
    "ExerciseText",
    "Fence",
    "Figure",
    "Formula",
    "Heading",
    "Included",
    "Italic",
    "Lesson",
    "Link",
    "RawHtml",
]


LESSON_FILE = "lesson.md"
"""The file in a lesson's folder that holds the lesson itself."""


@dataclass(frozen=True)
class Heading:
    """A heading: its level (1 to 6), its text as written, and its anchor on the page."""

    level: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True)
class Figure:
    """What a fence says about the figure it draws: what to see, and what someone who cannot see it needs."""

    caption: str
    alt: str


@dataclass(frozen=True)
class Fence:
    """A fenced code block.

    Attributes:
        language: the first word after the opening backticks; empty when there is none.
        source: the lines between the backticks.
        line: the line of the opening backticks; the source begins on the next.
        end: the line of the closing backticks.
        closed: whether closing backticks were found.
        nested: whether the fence stands inside a list or a quotation.
        section: the second-level heading it stands under.
        argument: what follows the language: the experiment of a claim, the object of a source.
    """

    language: str
    source: str
    line: int
    end: int
    closed: bool = True
    nested: bool = False
    section: str = ""
    argument: str = ""

    @property
    def runs(self) -> bool:
        """Whether the fence is code that is run."""
        return self.language == "python"

    @property
    def comment_lines(self) -> int:
        """The number of lines at the top that hold the figure's caption and alternative text."""
        count, inside = 0, False
        for line in self.source.splitlines():
            inside = line.startswith(("# caption:", "# alt:")) or (inside and line.startswith("#   "))
            if not inside:
                break
            count += 1
        return count

    @property
    def comments(self) -> dict[str, str]:
        """The caption and the alternative text as far as they are given."""
        texts: dict[str, str] = {}
        key = ""
        for line in self.source.splitlines()[: self.comment_lines]:
            if line.startswith(("# caption:", "# alt:")):
                key, text = line.removeprefix("# ").split(":", 1)
                texts[key] = text.strip()
            else:
                texts[key] += " " + line.removeprefix("#").strip()
        return texts

    @property
    def figure(self) -> Figure | None:
        """The figure, when both its caption and its alternative text are given."""
        texts = self.comments
        if not (texts.get("caption") and texts.get("alt")):
            return None
        return Figure(caption=texts["caption"], alt=texts["alt"])

    @property
    def code(self) -> str:
        """The source as it is shown: without the lines that describe the figure."""
        return "\n".join(self.source.splitlines()[self.comment_lines :])


@dataclass(frozen=True)
class Claim:
    """A sentence that an experiment of this id has measured; the fence that holds both."""

    id: str
    sentence: str
    fence: Fence


@dataclass(frozen=True)
class Included:
    """A piece of looplab's own code that a lesson shows.

    Attributes:
        target: the module and the object in it, "looplab.loop.train:train".
        fence: the fence that asks for it.
    """

    target: str
    fence: Fence

    @property
    def start(self) -> str:
        """A part of the first line to show; empty when that is the object's first."""
        return self._field("from")

    @property
    def stop(self) -> str:
        """A part of the last line to show; empty when that is the object's last."""
        return self._field("to")

    @property
    def text_offset(self) -> int:
        """The number of lines before the caption."""
        lines = self.fence.source.splitlines()
        return next((at for at, line in enumerate(lines) if not line.startswith(("from:", "to:"))), len(lines))

    @property
    def text(self) -> str:
        """The caption as it stands there."""
        return "\n".join(self.fence.source.splitlines()[self.text_offset :])

    @property
    def caption(self) -> str:
        """The sentence that says what to see."""
        return " ".join(self.text.split())

    def _field(self, name: str) -> str:
        lines = self.fence.source.splitlines()[: self.text_offset]
        values = [line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")]
        return values[0] if values else ""


@dataclass(frozen=True)
class ExerciseText:
    """An exercise as the lesson states it; the stub or the solution is None when the lesson lacks it."""

    id: str
    title: str
    line: int
    stub: Fence | None = None
    solution: Fence | None = None


@dataclass(frozen=True)
class Formula:
    """The source between dollar signs."""

    source: str
    line: int


@dataclass(frozen=True)
class Link:
    """The target of a link or an image; `text` is an image's alternative text."""

    target: str
    text: str
    line: int
    image: bool = False


@dataclass(frozen=True)
class Italic:
    """Words in italics."""

    text: str
    line: int


@dataclass(frozen=True)
class RawHtml:
    """A piece of HTML, which no lesson may hold."""

    source: str
    line: int


@dataclass(frozen=True)
class Lesson:
    """A lesson (or another page of the course), read into its parts.

    Attributes:
        path: its file.
        text: the whole file.
        front: the front matter; empty for pages that have none.
        front_lines: the number of lines that the front matter takes, its two `---` included.
        front_error: what is wrong with the front matter as YAML; empty when nothing is.
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
        """What its page and its notebook are called: the lesson's folder, or another page's file without its ending."""
        return self.path.parent.name if self.path.name == LESSON_FILE else self.path.stem

    @property
    def place(self) -> PurePosixPath:
        """Where its page lies among those of the course, without an ending: module and name."""
        module = self.path.parents[1].name if self.path.name == LESSON_FILE else ""
        return PurePosixPath(module, self.name)

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
        """How long the lesson takes to read and do; 0 when it does not say."""
        minutes = self.front.get("minutes", 0)
        return minutes if isinstance(minutes, int) else 0

    @property
    def needs(self) -> list[str]:
        """The numbers of the lessons that this one builds on directly."""
        needs = self.front.get("needs", [])
        return [str(need) for need in needs] if isinstance(needs, list) else []

    @property
    def terms(self) -> list[str]:
        """The terms that it defines, as the front matter names them."""
        terms = self.front.get("terms", [])
        return [str(term) for term in terms] if isinstance(terms, list) else []

    @property
    def cells(self) -> list[Fence]:
        """The fences that run, in order."""
        return [fence for fence in self.fences if fence.runs and not fence.nested]

    @property
    def claims(self) -> list[Claim]:
        """The sentences that experiments have measured, in order."""
        return [
            Claim(fence.argument, " ".join(fence.source.split()), fence)
            for fence in self.fences
            if fence.language == "{claim}" and not fence.nested
        ]

    @property
    def included(self) -> list[Included]:
        """The pieces of looplab's own code that it shows, in order."""
        return [
            Included(fence.argument, fence)
            for fence in self.fences
            if fence.language == "{source}" and not fence.nested
        ]

    @property
    def experiments(self) -> list[str]:
        """The ids of the experiments that the front matter names."""
        ids = self.front.get("experiments", [])
        return [str(id_) for id_ in ids] if isinstance(ids, list) else []

    @property
    def ledger(self) -> Path:
        """The folder that holds what the lesson's experiments measured."""
        return self.path.parent / "measured"
