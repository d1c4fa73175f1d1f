"""What must be alike on all machines for their numbers to be."""

import json
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["difference", "versions"]

_PACKAGES = ("looplab", "torch", "numpy", "numba", "cloudpickle")


@cache
def versions() -> str:
    """The versions here, as JSON; of Python the first two numbers, within which code can be sent on."""
    found = {"python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # looplab from a folder that was never installed
            found[name] = "not installed"
    return json.dumps(found)


def difference(theirs: str) -> str | None:
    """How the versions of another process differ from those here, in words; None if they do not."""
    mine, others = json.loads(versions()), json.loads(theirs)
    unlike = [
        f"{name} {mine.get(name)} instead of {others.get(name)}"
        for name in mine | others
        if mine.get(name) != others.get(name)
    ]
    return ", ".join(unlike) or None
