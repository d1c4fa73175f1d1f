"""Seconds saved at the start."""

import sys
from importlib import import_module
from typing import cast

__all__ = ["import_jsonschema"]

OPTIONAL = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema, which Jupyter needs, without one of its optional parts.

    That part checks the format of addresses in schemas, which none of Jupyter's files needs here, and compiles a large
    grammar when it is imported, which takes longer than to import all of the server.
    """
    modules = cast("dict[str, object]", sys.modules)
    if "jsonschema" in modules or OPTIONAL in modules:
        return
    modules[OPTIONAL] = None  # Python's own sign for "not to be imported"; jsonschema goes on without it
    try:
        import_module("jsonschema")
    finally:
        del modules[OPTIONAL]
