"""Content: lessons and what belongs to them, which looplab finds and never names.

A course is a folder with a `course.toml`. In it lie the folders of its modules, `2-neural-networks`, and in these the
folders of the lessons, `2.4-the-role-of-activations`, each with all that belongs to its lesson. Python files in them
import looplab as any reader's own code would.
"""

import importlib.util
import linecache
import re
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from looplab.errors import LooplabError

__all__ = ["CONTENT_PACKAGES", "COURSE_FILE", "course_folder", "lesson_folders", "load_module", "reading_order"]

COURSE_FILE = "course.toml"
"""What makes a folder a course."""

CONTENT_PACKAGES = "looplab_content_"
"""What the names of the packages begin with that folders of content become."""

_PACKAGE = Path(__file__).parent
_MODULE_FOLDER, _LESSON_FOLDER = re.compile(r"\d+-.+"), re.compile(r"(\d+\.\d+)-.+")


def course_folder() -> Path:
    """The course that came with looplab: inside the package when installed from a wheel, beside it in a checkout.

    Raises:
        LooplabError: neither is there.
    """
    for parent in (_PACKAGE, _PACKAGE.parents[1]):
        found = sorted(parent.glob(f"*/{COURSE_FILE}"))
        if found:
            return found[0].parent
    raise LooplabError(
        "the course", expected="its lessons in the installed package", got="none", fix="Install looplab again."
    )


def lesson_folders(course: Path | None = None) -> dict[str, Path]:
    """The folders of the lessons by number, "2.4", in the order in which they are read.

    Args:
        course: the course's folder; the one that came with looplab when left out.
    """
    found = {
        match[1]: folder
        for module in (course or course_folder()).iterdir()
        if _MODULE_FOLDER.fullmatch(module.name) and module.is_dir()
        for folder in module.iterdir()
        if (match := _LESSON_FOLDER.fullmatch(folder.name)) and folder.is_dir()
    }
    return {number: found[number] for number in sorted(found, key=reading_order)}


def reading_order(number: str) -> tuple[int, ...]:
    """What sorts numbers of lessons, and of their exercises, in the order in which they are read.

    >>> sorted(["2.10", "2.9"], key=reading_order)
    ['2.9', '2.10']
    """
    return tuple(int(part) for part in number.split("."))


def load_module(path: Path) -> ModuleType:
    """The module in a Python file anywhere, run when it is first asked for and again when the file has changed.

    Files in one folder are a package: `from .helper import name` takes what stands beside the file.

    Raises:
        OSError: the file cannot be read.
        Exception: whatever the module itself raises.
    """
    path = path.resolve()
    source = path.read_bytes()
    name = f"{_package(path.parent)}.{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and vars(loaded).get("__looplab_source__") == source:
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    vars(module)["__looplab_source__"] = source
    sys.modules[name] = module
    linecache.checkcache(str(path))
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - the author's own code
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _package(folder: Path) -> str:
    """The name of the package that a folder is; made when it is new."""
    name = f"{CONTENT_PACKAGES}{sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
