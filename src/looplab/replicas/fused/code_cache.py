"""Machine code kept on disk, so that later processes need neither compile it nor load numba.

A file's first line is a hash, of what the code was made of and of the rest of the file; the second says in JSON what
else the code needs; then comes the code. Damaged, cut short, made of something else: in each case the hash is another,
and the file counts for nothing. So does one that somebody else could have written (see `looplab.files.trust`): anyone
can compute a hash, and the code is executed.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from looplab.files import cache_folder, write_whole
from looplab.files.trust import make_trusted_folder, read_trusted
from looplab.replicas.fused.machine_code import MachineCode, processor

__all__ = ["cache_code", "read_cached_code"]

_FORMAT = 1  # increased whenever the meaning of the file or the call of the function changes
_SOURCES = Path(__file__).parent
_PACKAGE = _SOURCES.parents[1]
_MORE_SOURCES = ("lanes", "loop/losses", "loop/optimizers", "models/activations", "registry.py", "replicas/fusible.py")
_SETTINGS = ("CPU_NAME", "CPU_FEATURES", "ENABLE_AVX", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE")
_SETTINGS_FILE = Path(".numba_config.yaml")


def read_cached_code(kind: str = "") -> MachineCode | None:
    """The code that was compiled from these very sources for this very processor; None if there is none to trust.

    Args:
        kind: which of the pieces of code that are made of these sources.
    """
    for path in _paths(kind):
        with contextlib.suppress(OSError):
            digest, _, rest = (read_trusted(path) or b"").partition(b"\n")
            if digest == _digest(rest, kind):
                header, _, code = rest.partition(b"\n")
                return MachineCode(code, tuple(json.loads(header)["needs"]))
    return None


def cache_code(machine_code: MachineCode, kind: str = "") -> None:
    """Write the code where it is looked for; if that is not possible or not safe, nothing is lost but time."""
    rest = json.dumps({"needs": machine_code.needs}).encode() + b"\n" + machine_code.code
    for path in _paths(kind):
        with contextlib.suppress(OSError):
            if make_trusted_folder(path.parent):
                write_whole(path, _digest(rest, kind) + b"\n" + rest, permissions=0o644)
                return


def _paths(kind: str) -> Iterator[Path]:
    """Where the code may lie: beside its source, else in the user's cache directory; or where `NUMBA_CACHE_DIR` says.

    One file for each kind, processor and place that looplab is installed in: new sources replace what they made old.
    """
    name = hashlib.sha256("\n".join([str(_SOURCES), *_target()]).encode()).hexdigest()[:16] + f"{kind}.kernels"
    if folder := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(folder, name)
    else:
        yield _SOURCES / "__pycache__" / name
        yield cache_folder() / name


def _digest(rest: bytes, kind: str) -> bytes:
    hashed = hashlib.sha256(
        "\n".join([str(_FORMAT) + kind, version("numba"), version("llvmlite"), *_target()]).encode()
    )
    for name, content in _sources():
        hashed.update(f"\n{name}\n".encode() + content)
    hashed.update(rest)
    return hashed.hexdigest().encode()


def _sources() -> Iterator[tuple[str, bytes]]:
    """All sources of the code: the engine, and the formulas of optimizers, activations and losses."""
    for part in (_SOURCES, *(_PACKAGE / more for more in _MORE_SOURCES)):
        for source in sorted(part.rglob("*.py")) if part.is_dir() else [part]:
            yield f"{part.name}/{source.relative_to(part).as_posix()}", source.read_bytes()


def _target() -> list[str]:
    """What the machine code depends on besides its source: the processor, and numba's settings that change the code."""
    settings = [f"{name}={os.environ.get('NUMBA_' + name)}" for name in _SETTINGS]
    with contextlib.suppress(OSError):
        settings.append(_SETTINGS_FILE.read_text(errors="replace"))
    return [processor(), *settings]
