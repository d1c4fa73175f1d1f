"""The parts of a lesson, each with the line on which it begins (lines are counted from 1)."""

from dataclasses import dataclass

__all__ = [
    "Claim",
    "ExerciseText",
    "Fence",
    "Figure",
    "Formula",
    "Heading",
    "Hints",
    "Included",
    "Italic",
    "Link",
    "Live",
    "RawHtml",
]


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
        language: the first word after the opening backticks; empty if there is none.
        source: the lines between the backticks.
        line: the line of the opening backticks; the source begins on the next.
        end: the line of the closing backticks.
        closed: whether closing backticks were found.
        nested: whether the fence is inside a list or a quotation.
        section: the second-level heading above it.
        argument: what follows the language: the experiment of a claim, the object of a source, the name of a figure.
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
        """Whether the fence is code that runs."""
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
        """The figure, if both its caption and its alternative text are given."""
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
    """A sentence that an experiment has measured.

    Attributes:
        id: the experiment's.
        sentence: what is claimed.
        fence: the fence that holds both.
        said: what the fence says of the verdict: "refuted" of a sentence that is shown because it turned out wrong;
            empty else.
    """

    id: str
    sentence: str
    fence: Fence
    said: str = ""


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
        """The caption as written there."""
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
class Live:
    """A live figure on the page.

    Attributes:
        name: the figure's name.
        fence: the fence that asks for it.
    """

    name: str
    fence: Fence

    @property
    def caption(self) -> str:
        """What to see and do; empty if not given."""
        return self._texts.get("caption", "")

    @property
    def alt(self) -> str:
        """What someone who cannot see it needs; empty if not given."""
        return self._texts.get("alt", "")

    @property
    def other_lines(self) -> list[int]:
        """The numbers of the lines that belong to neither."""
        lines = enumerate(self.fence.source.splitlines(), self.fence.line + 1)
        return [number for number, line in lines if line.strip() and not line.startswith(("caption:", "alt:", " "))]

    @property
    def _texts(self) -> dict[str, str]:
        texts: dict[str, list[str]] = {}
        key = ""
        for line in self.fence.source.splitlines():
            if line.startswith(("caption:", "alt:")):
                key, _, line = line.partition(":")
                texts[key] = []
            if key:
                texts[key] += line.split()
        return {key: " ".join(words) for key, words in texts.items()}


@dataclass(frozen=True)
class Hints:
    """The hints of an exercise: what stands below its heading `#### Hints`.

    Attributes:
        line: the line of the heading.
        end: the last line of the list, or the heading's own if there is no list.
        items: the Markdown of each item of the ordered list; empty if there is no such list.
        item_lines: the line of each item.
        trailing: the line of whatever follows the list, where nothing should be; 0 if there is nothing.
    """

    line: int
    end: int
    items: tuple[str, ...] = ()
    item_lines: tuple[int, ...] = ()
    trailing: int = 0


@dataclass(frozen=True)
class ExerciseText:
    """An exercise as the lesson states it; what the lesson lacks is None.

    Attributes:
        id: what its heading begins with, "2.4.3".
        title: the rest of the heading.
        line: the line of the heading.
        stub: the code to begin with.
        hints: its hints.
        solution: the code below `#### Solution 2.4.3`.
        solution_line: the line of that heading; 0 if there is none.
    """

    id: str
    title: str
    line: int
    stub: Fence | None = None
    hints: Hints | None = None
    solution: Fence | None = None
    solution_line: int = 0


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
    """A piece of HTML, which lessons may not contain."""

    source: str
    line: int
