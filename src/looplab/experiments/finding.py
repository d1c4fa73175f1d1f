"""Finding experiments: in the course that came with looplab, in other courses, in a reader's own folders and files."""

import ast
import shlex
import symtable
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from looplab.content import COURSE_FILE, as_script, course_folder, lesson_folder_of, lesson_folders, load_module
from looplab.errors import ExperimentError, require_choice
from looplab.experiments.fingerprint import fingerprint
from looplab.experiments.mistakes import mistakes_with_place
from looplab.files.system_errors import as_file_error
from looplab.similar import nearest_first
from looplab.words import kind_in_words

if TYPE_CHECKING:
    from looplab.experiments.experiment import Experiment

__all__ = ["ExperimentFile", "experiment_files", "find_experiment", "find_file", "find_files", "list_experiments"]

_EXPERIMENTS, _MEASURED = "experiments", "measured"
_CLASS = "Experiment"  # named so that files can be listed without loading it


@dataclass(frozen=True, kw_only=True)
class ExperimentFile:
    """A Python file that defines `experiment`. Its name is the experiment's id, with underscores for hyphens.

    Attributes:
        path: the file.
        ledger: the folder that keeps what was measured. For a lesson's experiments it is `measured` in the lesson's
            folder, for any others `measured` beside their files.
        command: the argument with which `looplab experiment run` runs it.
    """

    path: Path
    ledger: Path
    command: str

    @property
    def id(self) -> str:
        """The id the experiment must have."""
        return self.path.stem.replace("_", "-")

    @property
    def entry(self) -> Path:
        """Where its entry of the ledger lies, whether it exists or not."""
        return self.ledger / f"{self.id}.json"

    def with_ledger(self, ledger: str | Path) -> "ExperimentFile":
        """The same file with its entry in a ledger elsewhere."""
        command = f"{self.command} --ledger {shlex.quote(str(ledger))}"
        return replace(self, ledger=Path(ledger), command=command)

    def written_claim(self) -> str:
        """The claim as written in the file, which is not run; empty if only running it would tell.

        Raises:
            ExperimentError: the file cannot be read, or is not Python.
        """
        with mistakes_with_place(self.path, anywhere=True), tokenize.open(self.path) as file:
            calls = [node for node in ast.walk(ast.parse(file.read(), str(self.path.resolve()))) if _makes_one(node)]
        words = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "claim"]
        said = words[0].value if len(words) == 1 and isinstance(words[0], ast.Constant) else ""
        return said if isinstance(said, str) else ""

    def load(self) -> "Experiment":
        """Run the file, and take the experiment that it defines.

        Raises:
            ExperimentError: the file cannot be read or raises, or it defines no experiment, or one with another id.
        """
        from looplab.experiments.experiment import Experiment  # which loads PyTorch: listing files does without

        try:
            self.path.read_bytes()
        except OSError as error:
            got = str(error.strerror)
            raise ExperimentError(str(self.path), expected="a file that can be read", got=got) from None
        with as_script(self.path.resolve().parent), mistakes_with_place(self.path, anywhere=True):
            found = vars(load_module(self.path))
        experiment = found.get("experiment")
        if not isinstance(experiment, Experiment):
            raise _no_experiment(self.path, found)
        if experiment.id != self.id:
            raise _other_id(self.path, experiment.id)
        return experiment

    def fingerprint(self) -> str:
        """A hash of what the experiment's files say; see `looplab.experiments.fingerprint`.

        Raises:
            ExperimentError: the file, or one that it imports from beside itself, is not Python.
        """
        with mistakes_with_place(self.path, anywhere=True):
            return fingerprint(self.path)


def list_experiments(where: str | Path | None = None) -> list[str]:
    """The ids of all experiments, in alphabetical order; none of their files is run.

    Args:
        where: a course, a lesson's folder, or a folder with files of your own; the course that came with looplab when
            left out.

    Raises:
        ExperimentError: there is no such folder, or two files in it define one experiment.
    """
    return list(experiment_files(where))


def find_experiment(name: str | Path, where: str | Path | None = None) -> "Experiment":
    """The experiment of this id, or in this file.

    Args:
        name: an id, or the path of a Python file.
        where: where to look for an id, as in `list_experiments`.

    Raises:
        ChoiceError: an unknown id; lists all.
        ExperimentError: a file without an experiment, or one that raises.

    >>> first = list_experiments()[0]
    >>> find_experiment(first).id == first
    True
    """
    return find_file(name, where).load()


def find_file(name: str | Path, where: str | Path | None = None) -> ExperimentFile:
    """The file of an experiment, and where its ledger lies; arguments and errors as for `find_experiment`.

    >>> find_file(list_experiments()[0]).ledger.name
    'measured'
    """
    with as_file_error(name, expected="an id or a Python file"):
        return _file_at(Path(name)) if _is_path(name) else _file_of(str(name), experiment_files(where))


def find_files(names: Iterable[str | Path]) -> list[ExperimentFile]:
    """The files that ids of the course, paths of files, and paths of folders stand for, in their order.

    Raises:
        ChoiceError: an unknown id.
        ExperimentError: a folder without experiments; or as for `find_file`.
    """
    found: dict[Path, ExperimentFile] = {}
    known = experiment_files()
    for name in names:
        with as_file_error(name, expected="an id, a Python file, or a folder of them"):
            is_folder = name not in known and Path(name).is_dir()
        files = _in_folder(Path(name)) if is_folder else [find_file(name)]
        found |= {file.path: file for file in files}
    return list(found.values())


def experiment_files(where: str | Path | None = None) -> dict[str, ExperimentFile]:
    """The files of all experiments by id, in alphabetical order; none is run. Arguments as for `list_experiments`."""
    found: dict[str, ExperimentFile] = {}
    for path, ledger in _paths(course_folder() if where is None else Path(where)):
        command = path.stem.replace("_", "-") if where is None else shlex.quote(str(path))
        file = ExperimentFile(path=path, ledger=ledger, command=command)
        if file.id in found:
            both = f"{found[file.id].path} and {path}"
            raise ExperimentError(f"experiment '{file.id}'", expected="one file", got=both, fix="Rename one of them.")
        found[file.id] = file
    return dict(sorted(found.items()))


def _in_folder(folder: Path) -> list[ExperimentFile]:
    files = list(experiment_files(folder).values())
    if not files:
        fix = "looplab experiment new my-question writes one to begin with."
        raise ExperimentError(str(folder), expected="a file in it that defines 'experiment'", got="none", fix=fix)
    return files


def _paths(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The experiments' files in a folder, each with its ledger. A file that begins with an underscore is a helper."""
    if not folder.is_dir():
        got = "a file" if folder.exists() else "none"
        raise ExperimentError(str(folder), expected="a folder with experiments", got=got)
    if (folder / COURSE_FILE).is_file():
        folders = [lesson / _EXPERIMENTS for lesson in lesson_folders(folder).values()]
    else:
        folders = [folder / _EXPERIMENTS if folder.resolve() == lesson_folder_of(folder) else folder]
    for place in folders:
        for path in sorted(place.glob("*.py")):
            if not path.name.startswith("_") and _may_define_experiment(path):
                yield path, _ledger_of(place)


def _ledger_of(folder: Path) -> Path:
    lesson = lesson_folder_of(folder)
    of_lesson = lesson is not None and folder.resolve() == lesson / _EXPERIMENTS
    return folder.parent / _MEASURED if of_lesson else folder / _MEASURED


def _may_define_experiment(path: Path) -> bool:
    """Whether a file assigns to `experiment`; True for one that is not Python, so that running it says why."""
    try:
        with tokenize.open(path) as file:
            symbol = symtable.symtable(file.read(), str(path), "exec").lookup("experiment")
    except KeyError:
        return False
    except (SyntaxError, ValueError, OSError):
        return True
    return symbol.is_assigned() or symbol.is_imported()


def _makes_one(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return bool(name == _CLASS)


def _is_path(name: str | Path) -> bool:
    """Whether it is a path, not an id: ids have no dots and no slashes."""
    return isinstance(name, Path) or any(sign in name for sign in "./\\")


def _file_of(id: str, files: Mapping[str, ExperimentFile]) -> ExperimentFile:  # noqa: A002  # the word everyone uses
    """The file of an id. The error covers what people name instead: a folder, or a file without its ending."""
    if id not in files and Path(id).is_dir():
        return _file_at(Path(id))
    beside = Path(f"{id.replace('-', '_')}.py")
    if id not in files and beside.is_file():
        fix = f"Did you mean '{beside}'?"
        raise ExperimentError("experiment", expected="an id or a Python file", got=f"'{id}'", fix=fix)
    require_choice("experiment", id, files)
    return files[id]


def _file_at(path: Path) -> ExperimentFile:
    """The experiment's file at a path, which need not lie in a course."""
    if path.is_dir():
        fix = f"looplab experiment list {shlex.quote(str(path))} shows what is in it."
        raise ExperimentError(str(path), expected="a Python file", got="a folder", fix=fix)
    if path.suffix != ".py":
        got = f"'{path.suffix}'" if path.suffix else "no ending"
        raise ExperimentError(str(path), expected="a Python file, which ends in .py", got=got)
    if not path.is_file():
        near = nearest_first(path.name, (file.name for file in path.parent.glob("*.py")))
        fix = f"Did you mean '{path.with_name(near[0])}'?" if near else ""
        raise ExperimentError(str(path), expected="a file that exists", got="none", fix=fix)
    return ExperimentFile(path=path, ledger=_ledger_of(path.parent), command=shlex.quote(str(path)))


def _no_experiment(path: Path, found: dict[str, object]) -> ExperimentError:
    """The error for a file whose `experiment` is none."""
    from looplab.experiments.experiment import Experiment

    others = [name for name, value in found.items() if isinstance(value, Experiment)]
    value = found.get("experiment")
    got = kind_in_words(value) if "experiment" in found else "none of that name"
    fix = f"Rename '{others[0]}' to 'experiment'." if others else ""
    return ExperimentError(str(path), expected="a variable 'experiment' that is an Experiment", got=got, fix=fix)


def _other_id(path: Path, id: str) -> ExperimentError:  # noqa: A002  # the word everyone uses
    """The error for a file that is not named after its experiment."""
    named = path.with_name(f"{id.replace('-', '_')}.py").name
    fix = f"Rename the file to '{named}', or change the id."
    expected = f"the id '{path.stem.replace('_', '-')}', after the file's name"
    return ExperimentError(str(path), expected=expected, got=f"'{id}'", fix=fix)
