"""The fingerprint of an experiment: a hash of its file and of the files beside it that it imports.

Comments and layout may change, and so may the lines that import names of looplab: where those lie decides nothing. Nor
does the number of fresh seeds that `verify` takes, `verify_seeds=64`: no entry depends on it. Everything else counts.
"""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["fingerprint", "source_files"]

_BETWEEN = (tokenize.NL, tokenize.COMMENT)
"""The tokens that say nothing."""


def fingerprint(path: Path) -> str:
    """A hash of an experiment's statements, as 16 hexadecimal digits.

    Raises:
        OSError: a file cannot be read.
        SyntaxError: a file is not Python.
    """
    main, *helpers = source_files(path)
    said = list(_statements(main))
    for helper in helpers:
        said += [f"# {helper.relative_to(main.parent).as_posix()}", *_statements(helper)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def source_files(path: Path) -> list[Path]:
    """The file of an experiment and then, in the order of their names, the files beside it that it imports.

    Both ways to import count, `from ._helper import x` and `from helper import x`, and what helpers import in turn.
    """
    path = path.resolve()
    found, unread = {path}, [path]
    while unread:
        new = set(_imported(unread.pop(), path.parent)) - found
        found |= new
        unread += new
    return [path, *sorted(found - {path})]


def _imported(file: Path, root: Path) -> Iterator[Path]:
    """The files that a file imports; a bare name is looked up in the root."""
    try:
        tree = ast.parse(_read(file))
    except (SyntaxError, ValueError, OSError):  # running the file will say so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(root, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = file.parents[node.level - 1] if node.level else root
            for alias in node.names:
                yield from _files(base, ".".join(filter(None, [node.module, alias.name])))


def _files(base: Path, dotted: str) -> Iterator[Path]:
    """The files that Python may run when a dotted name is imported, as far as they lie in the folder."""
    path = base
    for name in dotted.split("."):
        path /= name
        yield from (file for file in (path / "__init__.py", path.with_name(f"{name}.py")) if file.is_file())


def _read(path: Path) -> str:
    with tokenize.open(path) as file:
        return file.read()


def _statements(file: Path) -> Iterator[str]:
    """Each statement with its depth, without comments, white space, imports of looplab's names, and `verify_seeds`.

    It is the same in every version of Python. A dumped syntax tree is not: the fields of its nodes change.
    """
    source = _read(file)
    ast.parse(source, str(file))  # its errors name their place
    lines = source.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for token in _number_of_fresh_seeds([token for token in tokens if token.type not in _BETWEEN]):
        row, begin, end = token.start[0] - 1, token.start[1], token.end[1]
        lines[row] = lines[row][:begin] + " " * (end - begin) + lines[row][end:]
    words: list[str] = []
    depth = begin = 0
    for token in tokens:
        row, column = token.start
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column]
        elif token.type == tokenize.INDENT:
            depth += 1
        elif token.type == tokenize.DEDENT:
            depth -= 1
        elif token.type == tokenize.NEWLINE:
            if not _takes_names_of_looplab(words):
                yield f"{depth} {''.join(''.join(lines[begin:row]).split())}"
            words, begin = [], row
        elif token.type in (tokenize.NAME, tokenize.OP):
            words.append(token.string)


def _number_of_fresh_seeds(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """The tokens of each argument `verify_seeds=64`, and of the comma that parts it from the others."""
    for at in range(1, len(tokens) - 3):
        before, name, equals, number, after = tokens[at - 1 : at + 4]
        if (name.string, equals.string, number.type) != ("verify_seeds", "=", tokenize.NUMBER):
            continue
        if before.string in ("(", ",") and after.string in (",", ")"):
            commas = [comma for comma in (after, before) if comma.string == ","]
            yield from (name, equals, number, *commas[:1])


def _takes_names_of_looplab(words: list[str]) -> bool:
    """Whether a statement imports names of looplab unrenamed: those in use are visible where they are used."""
    if words[:1] == ["import"]:
        return words[1:2] == ["looplab"] and not {"as", ",", ";"} & set(words)
    return words[:2] == ["from", "looplab"] and not {"as", "*", ";"} & set(words)
