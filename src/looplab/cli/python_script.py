"""Runs a person's script as `python script.py …` would: the same `__main__`, `sys.argv`, paths, streams and ending."""

import builtins
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.machinery import FrozenImporter, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from looplab.cli.terminal import streams_as_they_were
from looplab.errors import FileError
from looplab.files import read_bounded

__all__ = ["Ending", "Script", "read_script"]

_EXPECTED = "a Python script"
_LARGEST_BYTES = 20 * 2**20
_OWN = Path(__file__).parents[1]
_OWN_FOLDERS = tuple(str(_OWN / name) + os.sep for name in ("cli", "doctor"))


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a script ended.

    Attributes:
        status: its exit status: what it gave `sys.exit`, 1 after an error, 130 after Ctrl-C, 0 otherwise.
        error: what ended it; None where it ran to its end, or called `sys.exit`.
    """

    status: int
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script that was read and compiled.

    Attributes:
        path: its whole path, as Python names it in a traceback.
        given: its path as it was typed, which is its `sys.argv[0]`.
        code: the compiled source.
    """

    path: Path
    given: str
    code: CodeType

    @property
    def folder(self) -> str:
        """What `python` puts first in `sys.path`."""
        return str(Path(os.path.realpath(self.path)).parent)

    def run(self, arguments: list[str]) -> Ending:
        """Run it to its end, its threads included; an error's traceback is printed as Python prints it.

        Args:
            arguments: the words after its name.
        """
        others = set(threading.enumerate())
        with ExitStack() as stack:
            stack.enter_context(streams_as_they_were())
            module = stack.enter_context(self._as_main(arguments))
            ending = self._ended(module)
            try:
                for thread in set(threading.enumerate()) - others:
                    if not thread.daemon:
                        thread.join()  # as Python does
            except KeyboardInterrupt as error:
                ending = Ending(status=130, error=error)
            _flush()
        return ending

    def _ended(self, module: ModuleType) -> Ending:
        try:
            exec(self.code, vars(module))  # noqa: S102 - the person's own script, which they ask to run
        except SystemExit as error:
            return Ending(status=_status(error.code))
        except KeyboardInterrupt as error:
            return Ending(status=130, error=error)
        except BaseException as error:  # noqa: BLE001 - whatever the person's own code raises
            without_own_frames(error)
            sys.stdout.flush()
            sys.excepthook(type(error), error, error.__traceback__)
            return Ending(status=1, error=error)
        return Ending(status=0)

    @contextmanager
    def _as_main(self, arguments: list[str]) -> Iterator[ModuleType]:
        """The script's own module as `__main__`, from which processes that are spawned find the script, too."""
        module = ModuleType("__main__")
        loader = SourceFileLoader("__main__", str(self.path))
        vars(module).update(__file__=str(self.path), __builtins__=builtins, __loader__=loader, __annotations__={})
        before = sys.modules["__main__"], sys.argv, list(sys.path)
        sys.modules["__main__"], sys.argv = module, [self.given, *arguments]
        if not sys.flags.safe_path:
            sys.path[0] = self.folder
            free_names_of(self.folder, list(sys.modules))
        try:
            yield module
        finally:
            sys.modules["__main__"], sys.argv, sys.path[:] = before


def read_script(path: Path) -> Script:
    """Read and compile a script.

    Raises:
        FileError: there is none, it cannot be read, or it is not Python.
    """
    if path.is_dir():
        raise FileError(str(path), expected=_EXPECTED, got="a folder", fix="Name a file in it.")
    try:
        content = read_bounded(path, most_bytes=_LARGEST_BYTES)
    except FileNotFoundError:
        fix = "Check the name and the folder."
        raise FileError(str(path), expected=_EXPECTED, got="no file there", fix=fix) from None
    if path.suffix == ".ipynb":
        fix = f"Save it as a script: jupyter nbconvert --to script {path}"
        raise FileError(str(path), expected=_EXPECTED, got="a notebook", fix=fix)
    whole = path.absolute()
    try:
        code = compile(content, str(whole), "exec", dont_inherit=True)
    except SyntaxError as error:
        place = "" if error.lineno is None else f" in line {error.lineno}"
        raise FileError(str(path), expected=_EXPECTED, got=f"'{error.msg}'{place}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; brackets in thousands of brackets
        raise FileError(str(path), expected=_EXPECTED, got=str(error) or "what Python cannot compile") from None
    return Script(path=whole, given=str(path), code=code)


def free_names_of(folder: str, loaded: list[str]) -> None:
    """Forget modules that looplab has loaded under a name that a file beside the script has, so that it gets its own.

    Args:
        folder: the script's.
        loaded: names of modules that looplab may have loaded before the script did.
    """
    for name in loaded:
        first = name.partition(".")[0]
        kept = first in {"looplab", "encodings", "torch", "__main__"} or first in sys.builtin_module_names
        if kept or not any(
            place.exists() for place in (Path(folder, f"{first}.py"), Path(folder, first, "__init__.py"))
        ):
            continue
        if FrozenImporter.find_spec(first) is None:  # those Python itself has before any script
            file = getattr(sys.modules.get(name), "__file__", None) or ""
            if not file.startswith(folder + os.sep):
                sys.modules.pop(name, None)


def without_own_frames(error: BaseException | None) -> None:
    """Take looplab's own frames out of the tracebacks of an error, and of those that it came from."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = _trimmed(each.__traceback__)
        todo += [each.__cause__, each.__context__]
        todo += each.exceptions if isinstance(each, BaseExceptionGroup) else []


def _trimmed(traceback: TracebackType | None) -> TracebackType | None:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for entry in reversed(entries):
        if not entry.tb_frame.f_code.co_filename.startswith(_OWN_FOLDERS):
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept


def _status(code: object) -> int:
    """The exit status for what `sys.exit` was given; anything but a number is printed, as Python does."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code)
    sys.stdout.flush()
    print(code, file=sys.stderr)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
