"""What is wrong with a command's words, in the same kind of sentence as every other mistake."""

import re
import sys
from collections.abc import Iterator
from typing import Any

from looplab.errors import ChoiceError, LooplabError

__all__ = ["usage_error"]

_NO_COMMAND = re.compile(r"No such command '(.*?)'\.")
_NOT_ONE_OF = re.compile(r"'([^']*)' is not one of ('[^']*'(?:, '[^']*')*)")
_EXPECTED = {"integer": "a whole number", "int": "a whole number", "number": "a number", "float": "a number"}


def usage_error(error: Any) -> LooplabError | None:
    """The error for one that typer raises about what was typed; None for any other. Without any words, shows the help.

    Typer keeps its exceptions to itself, so they are known by what they carry.
    """
    if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
        return None
    message: str = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # typer shows the help, or hands it over
        print(message, end="\n" if message else "", file=sys.stderr)
        sys.exit(error.exit_code)
    context: Any = getattr(error, "ctx", None)
    command = "looplab" if context is None else context.command_path
    if unknown := _NO_COMMAND.match(message):
        return ChoiceError("command", unknown[1], context.command.list_commands(context))
    if name := getattr(error, "option_name", "") if "No such option" in message else "":
        return ChoiceError(f"option of {command}", name, _options(context))
    parameter, fix = getattr(error, "param", None), f"See {command} --help."
    if parameter is None:
        said = f"{message[:1].lower()}{message[1:]}".rstrip(".")
        return LooplabError(said if context is None else f"{command}: {said}", fix=fix)
    what = parameter.opts[-1] if parameter.opts[-1].startswith("-") else f"{command} {parameter.name.upper()}"
    if message.startswith("Missing"):
        return LooplabError(what, expected=_help_of(parameter), got="nothing", fix=fix)
    if choice := _NOT_ONE_OF.search(message):
        return ChoiceError(what, choice[1], re.findall("'([^']*)'", choice[2]))
    kind = next((words for sign, words in _EXPECTED.items() if re.search(rf"\b{sign}\b", message)), None)
    if kind is None:
        return LooplabError(message.rstrip("."), fix=fix)
    return LooplabError(what, expected=kind, got=_given(error, message), fix=fix)


def _options(context: Any) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        yield from (name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("--"))


def _help_of(parameter: Any) -> str:
    """What the help says of a parameter, as the middle of a sentence."""
    said = (getattr(parameter, "help", None) or "a value").rstrip(".").partition(";")[0]
    return f"{said[:1].lower()}{said[1:]}"


def _given(error: Any, message: str) -> str:
    """The value that was given, as it is known."""
    found = re.search(r"'([^']*)' is not a valid", message)
    if found:
        return f"'{found[1]}'"
    details: list[Any] = getattr(error.__cause__, "errors", list)()
    return f"'{details[0]['input']}'" if details else "something else"
