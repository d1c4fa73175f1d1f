"""A lesson to begin with: a folder that passes its checks except for what is still to be written."""

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from looplab.content import COURSE_FILE, course_folder, lesson_folders
from looplab.course.checking.headings import sections_of
from looplab.course.exercises.finding import EXERCISES_FILE
from looplab.course.reading.course_file import read_course_file
from looplab.course.reading.lesson import LESSON_FILE
from looplab.course.reading.markdown import parse
from looplab.errors import LooplabError
from looplab.files import make_folder, write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["new_lesson"]

_PACKAGE = Path(__file__).resolve().parents[1]
_NUMBER = re.compile(r"[1-9]\d*\.[1-9]\d*")
_FOLDERS = ("experiments", "measured")
_LONGEST_NAME = 80

_FIRST_EXERCISE = """

### {number}.1

#### Hints

1.
2.
3.

### Solutions

#### Solution {number}.1"""
_EXERCISES = '''\
"""Exercises of lesson {number}: what an answer must do, and mistakes that are told apart.

Each is an `Exercise` with a check and planted wrong answers; `looplab.course.exercises` shows one.
"""

from looplab.course.exercises import Exercise

__all__ = ["EXERCISES"]

EXERCISES: tuple[Exercise, ...] = ()
'''


def new_lesson(number: str, title: str, *, course: Path | None = None) -> Path:
    """Make the folder of a new lesson: all sections, no exercise yet, room for experiments. Nothing else is touched.

    Args:
        number: the lesson's number: the module's, a dot and the lesson's own.
        title: the lesson's title.
        course: the course's folder; by default the one that came with looplab.

    Returns:
        The lesson's folder.

    Raises:
        LooplabError: a malformed number, one that a lesson already has, no title or one that no heading can hold, a
            module without folder and title, or a course that cannot be written to.
    """
    home = _own_course(course)
    if not _NUMBER.fullmatch(number):
        expected = "the module's number, a dot and the lesson's own, such as 1.2"
        raise LooplabError("number of the lesson", expected=expected, got=repr(number))
    taken = lesson_folders(home).get(number)
    if taken is not None:
        raise LooplabError(
            "number of the lesson",
            expected="a number that no lesson has yet",
            got=f"{number}, which is {taken.name}",
            fix="Edit that one, or choose another number.",
        )
    title = _checked_title(number, title)
    target = _module_folder(number, home) / f"{number}-{_in_letters(title)}"
    make_folder(target.parent)
    with as_file_error(target, expected="a folder that can be made"), _whole_folder(target) as folder:
        for name in _FOLDERS:
            make_folder(folder / name)
        write_whole(folder / LESSON_FILE, _lesson(number, title, home))
        write_whole(folder / EXERCISES_FILE, _EXERCISES.format(number=number))
    return target


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A folder that gets its name when the block ends, and leaves nothing behind when it raises."""
    with tempfile.TemporaryDirectory(prefix=".new-lesson-", dir=target.parent) as temporary:
        folder = Path(temporary) / target.name
        yield folder
        folder.rename(target)


def _own_course(course: Path | None) -> Path:
    """The course's folder, checked to be one that an author may write into."""
    home = course or course_folder()
    if not (home / COURSE_FILE).is_file():
        raise LooplabError("course", expected=f"a folder with a file {COURSE_FILE}", got=str(home))
    if home.resolve().is_relative_to(_PACKAGE):
        got, fix = f"{home}, inside the installed package", "Name your own folder with --course."
        raise LooplabError("course", expected="a folder of your own", got=got, fix=fix)
    return home


def _checked_title(number: str, title: str) -> str:
    """The title, checked to survive being written to a heading and read back."""
    fix = 'Give it with --title "…".'
    if not title.strip():
        raise LooplabError("title of the lesson", expected="the words of its heading", got="none", fix=fix)
    read = parse(f"# {number} {title}\n", Path(LESSON_FILE))
    if not title.isprintable() or not _in_letters(title) or [h.text for h in read.headings] != [f"{number} {title}"]:
        expected = "words on one line, with letters for the folder's name"
        raise LooplabError("title of the lesson", expected=expected, got=repr(title))
    return title


def _in_letters(title: str) -> str:
    """The title as part of a folder's name: lower-case letters, digits and hyphens.

    >>> _in_letters("Déjà vu: what's next?")
    'deja-vu-what-s-next'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST_NAME].strip("-")


def _module_folder(number: str, home: Path) -> Path:
    """The folder of a lesson's module; a new one is called after the title that `course.toml` gives it."""
    module = number.partition(".")[0]
    found = sorted(folder for folder in home.glob(f"{module}-*/"))
    if found:
        return found[0]
    name = _in_letters(read_course_file(home).modules.get(int(module), ""))
    if not name:
        fix = f'Add {module} = "…" under [modules].'
        raise LooplabError(
            f"module {module}", expected=f"a folder, or a title in {COURSE_FILE}", got="neither", fix=fix
        )
    return home / f"{module}-{name}"


def _lesson(number: str, title: str, home: Path) -> str:
    """The text of the lesson: every section is there, and empty."""
    front = {
        "lesson": number,
        "title": title,
        "description": "",
        "needs": [],
        "experiments": [],
        "minutes": 0,
    }
    fields = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items())
    first = {"Exercises": _FIRST_EXERCISE.format(number=number)}
    sections = (f"## {section}{first.get(section, '')}" for section in sections_of(number, home))
    return "\n\n".join(["\n".join(["---", *fields, "---"]), f"# {number} {title}", *sections]) + "\n"
