"""Arms named on the command line: `module:function`, where the function makes a scikit-learn estimator."""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from looplab.data.words import printable
from looplab.errors import ChoiceError, CompareError

__all__ = ["arms_named"]

_FORM = "module:function, where the function makes a scikit-learn estimator"


def arms_named(words: Iterable[str]) -> dict[str, object]:
    """The estimators by name: what the functions give, or what the module holds under that name.

    An arm is called as its function, with blanks for underscores. Modules are looked for in the current folder first.

    Raises:
        CompareError, ChoiceError: a word of another form, a module that cannot be imported, a name that it lacks, a
            function that raises, or two arms of one name.
    """
    arms: dict[str, object] = {}
    for word in words:
        name, estimator = _arm(word)
        if name in arms:
            raise CompareError(
                f"arm '{printable(name)}'", expected="each name once", got=f"it again, by '{printable(word)}'"
            )
        arms[name] = estimator
    return arms


def _arm(word: str) -> tuple[str, object]:
    module_name, colon, function = word.partition(":")
    if not (module_name and colon and function):
        raise CompareError("--arm", expected=_FORM, got=f"'{printable(word)}'", fix="For instance rivals:forest.")
    module = _module(module_name)
    if not hasattr(module, function):
        public = [each for each in vars(module) if not each.startswith("_")]
        raise ChoiceError(f"name in the module {printable(module_name)}", function, public)
    found = getattr(module, function)
    if callable(found) and (isinstance(found, type) or not hasattr(found, "fit")):
        try:
            found = found()
        except Exception as error:
            raise _raised(
                f"--arm {printable(word)}", "a function that makes an estimator without arguments", error
            ) from error
    return function.replace("_", " "), found


def _module(name: str) -> object:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except Exception as error:
        expected = f"a module that can be imported, from {printable(here)} or from what is installed"
        raise _raised(f"--arm {printable(name)}", expected, error) from error
    finally:
        sys.path.remove(here)


def _raised(what: str, expected: str, error: Exception) -> CompareError:
    said = str(error).splitlines()
    return CompareError(what, expected=expected, got=printable(f"{type(error).__name__}: {said[0] if said else ''}"))
