"""Python files anywhere as modules, together with the files beside them."""

import importlib
import linecache
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["CONTENT_PACKAGES", "as_script", "load_module"]

CONTENT_PACKAGES = "looplab_content_"
"""The prefix of the names of packages made from folders of content."""

_SOURCE = "__looplab_source__"


def load_module(path: Path) -> ModuleType:
    """The module in a Python file; it is run on first use, and again when it or a file beside it has changed.

    Files in one folder are a package: `from .helper import name` takes what stands beside the file.

    Raises:
        OSError: the file cannot be read.
        Exception: anything the module itself raises.
    """
    path = path.resolve()
    if _have_changed(_modules_of(path.parent)):
        _forget(path.parent)  # reload all of them: one may have taken names from another
    name = f"{_package(path.parent)}.{path.stem.replace('.', '_')}"
    if name in sys.modules:
        return sys.modules[name]
    loader = _Loader(name, str(path))
    module = module_from_spec(_spec(loader))
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


@contextmanager
def as_script(folder: Path) -> Iterator[None]:
    """Inside the block, files of a folder can be imported by their bare names, as when Python runs one of them.

    Afterwards `sys.path` and the names of modules are as they were before: two folders may have files of one name. The
    next block for this folder reuses the modules of the last, unless one of their files has changed since.
    """
    folder = folder.resolve()
    if sys.path[:1] == [str(folder)]:  # already inside such a block, or in the script itself
        yield
        return
    outside = _take_modules(folder, _files_imported())
    before = set(sys.modules)
    if _have_changed(_SCRIPTS.get(folder, {})):
        _SCRIPTS[folder] = {}
        _forget(folder)
    sys.modules.update(_SCRIPTS.get(folder, {}))
    finder = _ScriptFinder(folder, before)
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, str(folder))  # for anything but a Python file: a folder of them, a compiled module
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        with suppress(ValueError):  # the script has removed it
            sys.path.remove(str(folder))
        _SCRIPTS[folder] = _take_modules(folder, [name for name in sys.modules if _root(name) not in before])
        sys.modules.update(outside)


_SCRIPTS: dict[Path, dict[str, ModuleType]] = {}
"""The modules of each script's folder, by their bare names."""


class _Loader(SourceFileLoader):
    """Runs the current source of the file and keeps it with the module; nothing is written beside the file."""

    def exec_module(self, module: ModuleType) -> None:
        source = self.get_data(self.path)
        vars(module)[_SOURCE] = source
        linecache.checkcache(self.path)
        exec(compile(source, self.path, "exec", dont_inherit=True), vars(module))  # noqa: S102 - the author's own code


class _PackageFinder(MetaPathFinder):
    """Finds what modules of a folder import with a leading dot, from beside themselves."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module in such a folder; None for all others."""
        del target
        return _spec_in(path or (), fullname) if fullname.startswith(CONTENT_PACKAGES) else None


class _ScriptFinder(MetaPathFinder):
    """Finds files in a script's folder by their bare names, except for names imported before, such as looplab."""

    def __init__(self, folder: Path, before: Collection[str]) -> None:
        self._folder, self._before = str(folder), before

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module beside the script, or of one in a package beside it; None for all others."""
        del target
        root = _root(fullname)
        if path is None:
            return _spec_in([self._folder], fullname)
        own = root not in self._before and _home(sys.modules.get(root)) == self._folder
        return _spec_in(path, fullname) if own else None


sys.meta_path.insert(0, _PackageFinder())


def _spec_in(folders: Iterable[str], name: str) -> ModuleSpec | None:
    stem = name.rpartition(".")[2]
    files = [Path(folder) / file for folder in folders for file in (f"{stem}/__init__.py", f"{stem}.py")]
    return next((_spec(_Loader(name, str(file))) for file in files if file.is_file()), None)


def _spec(loader: _Loader) -> ModuleSpec:
    spec = spec_from_file_location(loader.name, loader.path, loader=loader)
    assert spec is not None
    return spec


def _package_name(folder: Path) -> str:
    return f"{CONTENT_PACKAGES}{sha256(str(folder).encode()).hexdigest()[:12]}"


def _package(folder: Path) -> str:
    """The name of the package for a folder; the package is made if it is new."""
    name = _package_name(folder)
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name


def _modules_of(folder: Path) -> dict[str, ModuleType]:
    """The modules of a folder's package, and the package itself, which has them as attributes."""
    package = _package_name(folder)
    return {name: module for name, module in list(sys.modules.items()) if _root(name) == package}


def _forget(folder: Path) -> None:
    for name in _modules_of(folder):
        del sys.modules[name]


def _have_changed(modules: Mapping[str, ModuleType]) -> bool:
    """Whether the file of one of the modules differs from the one that was run, or is gone."""
    for own in map(_own, modules.values()):
        if _SOURCE in own:
            file = Path(str(own["__file__"]))
            if not file.is_file() or file.read_bytes() != own[_SOURCE]:
                return True
    return False


def _take_modules(folder: Path, names: Iterable[str]) -> dict[str, ModuleType]:
    """Take the modules out of `sys.modules` that a script in the folder would import from beside itself."""
    names = list(names)
    roots = {root for root in map(_root, names) if _home(sys.modules.get(root)) == str(folder)}
    return {name: sys.modules.pop(name) for name in names if _root(name) in roots}


def _files_imported() -> list[str]:
    """The names of all modules that are a single file; packages such as torch or looplab stay as they are."""
    return [
        name
        for name, module in list(sys.modules.items())
        if "." not in name and name != "__main__" and "__path__" not in _own(module)
    ]


def _root(name: str) -> str:
    return name.partition(".")[0]


def _home(module: ModuleType | None) -> str:
    """The folder in which the file, or the folder, of a module lies."""
    own = _own(module)
    return os.path.dirname(next(iter(own.get("__path__") or ()), own.get("__file__")) or "")  # noqa: PTH120 - of many


def _own(module: object) -> dict[str, Any]:
    """A module's attributes without looking any up: some modules load more, or raise, when one is looked up."""
    own: dict[str, Any] = getattr(module, "__dict__", {})
    return own
