"""Which statements of a lesson only draw: found from the code alone, so that no author marks anything.

A statement draws if it calls a method of something that comes from matplotlib, or keeps what such a call returns, or is
a loop, a condition or a `with` that holds nothing else. So does a function that is given axes and returns nothing, and
a call of it. What prints, trains, or computes anything that other code reads does not draw. A *helper* is an assignment
that calls no function of the lesson and whose names are read by drawing code alone, in the whole lesson: it goes with
the drawing. Where it cannot be told, code counts as not drawing, and stays in sight.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Draws", "drawing_code"]

Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign
_LIBRARY = "matplotlib"


class Draws:
    """Tells whether a statement of the lesson draws.

    Args:
        drawn: names of things that draw: modules, figures, axes, functions that are given axes.
        helpers: names that drawing code alone may read.
        functions: names of the lesson's other functions and classes.
    """

    def __init__(self, drawn: frozenset[str], helpers: frozenset[str], functions: frozenset[str]) -> None:
        self.drawn, self.helpers, self.functions = drawn, helpers, functions

    def calls(self, statement: ast.stmt) -> bool:
        """Whether it draws by itself."""
        match statement:
            case ast.Expr(value=ast.Call(func=function)):
                return _root(function) in self.drawn
            case ast.Assign(targets=targets, value=value):
                return _root(value) in self.drawn or all(_is_part_of(target, self.drawn) for target in targets)
            case ast.FunctionDef():
                return statement.name in self.drawn
            case ast.For() | ast.If() | ast.With():
                inside = [*statement.body, *getattr(statement, "orelse", [])]
                return all(map(self.belongs, inside)) and any(map(self.calls, inside))
        return False

    def helps(self, statement: ast.stmt) -> bool:
        """Whether it is an assignment that drawing code alone needs."""
        names = set(_assigned(statement))
        return bool(names) and names <= self.helpers and not _called(statement) & self.functions

    def belongs(self, statement: ast.stmt) -> bool:
        """Whether it draws, or helps to."""
        return self.calls(statement) or self.helps(statement)


def drawing_code(trees: Sequence[ast.Module]) -> Draws:
    """What draws in a lesson.

    Args:
        trees: its cells in order.
    """
    statements = [statement for tree in trees for statement in tree.body]
    drawn = frozenset(_drawn(statements))
    functions = frozenset(
        node.name for node in statements if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name not in drawn
    )
    nodes = [node for tree in trees for node in ast.walk(tree)]
    helpers = frozenset(name for node in nodes for name in _assigned(node)) - drawn
    while True:  # fewer names each time, until every one of them is read by drawing code alone
        draws = Draws(drawn, helpers, functions)
        read = {name for statement in statements for name in _read_elsewhere(statement, draws)}
        if not helpers & read:
            return draws
        helpers -= read


def _drawn(statements: Iterable[ast.stmt]) -> set[str]:
    """The names of what draws: what is imported from matplotlib and what comes from that."""
    names: set[str] = set()
    for statement in statements:
        match statement:
            case ast.Import(names=modules):
                names |= {each.asname or _LIBRARY for each in modules if each.name.split(".")[0] == _LIBRARY}
            case ast.ImportFrom(module=module, names=parts) if (module or "").split(".")[0] == _LIBRARY:
                names |= {each.asname or each.name for each in parts}
            case ast.FunctionDef() if _is_given_axes(statement, names):
                names.add(statement.name)
            case _:
                names |= {name for node in ast.walk(statement) for name in _bound(node, names)}
    return names


def _bound(node: ast.AST, drawn: set[str]) -> Iterator[str]:
    """The names that an assignment or a loop gives to things that draw."""
    match node:
        case ast.Assign(targets=targets, value=value) if _root(value) in drawn:
            for target in targets:
                yield from _names(target)
        case ast.For(target=target, iter=source):
            yield from _bound_by_loop(target, source, drawn)


def _bound_by_loop(target: ast.expr, source: ast.expr, drawn: set[str]) -> Iterator[str]:
    if _root(source) in drawn:
        yield from _names(target)
    elif isinstance(target, ast.Tuple):
        for part, example in zip(target.elts, _columns(source), strict=False):
            yield from _bound_by_loop(part, example, drawn)


def _columns(source: ast.expr) -> list[ast.expr]:
    """What a loop over several things takes its parts from: the arguments of `zip`, or the first of the tuples."""
    match source:
        case ast.Call(func=ast.Name(id="zip"), args=args):
            return args
        case ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]):
            return [ast.Constant(0), first]
        case ast.Tuple(elts=[ast.Tuple(elts=parts), *_]) | ast.List(elts=[ast.Tuple(elts=parts), *_]):
            return parts
    return []


def _is_given_axes(function: ast.FunctionDef, drawn: set[str]) -> bool:
    """Whether a function takes something that draws and returns nothing."""
    returns_nothing = isinstance(function.returns, ast.Constant) and function.returns.value is None
    kinds = (each.annotation for each in function.args.args if each.annotation is not None)
    return returns_nothing and any(_root(kind) in drawn for kind in kinds)


def _read_elsewhere(statement: ast.stmt, draws: Draws) -> Iterator[str]:
    """The names that a statement reads, apart from what draws in it."""
    if draws.belongs(statement):
        return
    if isinstance(statement, ast.AugAssign):
        yield from _names(statement.target)
    yield from _read(statement, frozenset())


def _read(node: ast.AST, own: frozenset[str]) -> Iterator[str]:
    """The names that are read in it; those that belong to a function of its own are others."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        inside = [each for each in ast.walk(node) if isinstance(each, ast.Name) and not _is_read(each)]
        own |= {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        own |= {each.id for each in inside}
    if isinstance(node, ast.Name) and _is_read(node) and node.id not in own:
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _read(child, own)


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load | ast.Del)


def _assigned(node: ast.AST) -> list[str]:
    """The names that an assignment gives to values; none if it also changes a part of something."""
    targets: list[ast.expr] = []
    match node:
        case ast.Assign():
            targets = node.targets
        case ast.AnnAssign() | ast.AugAssign():
            targets = [node.target]
    names = [_names(target) for target in targets]
    return [name for group in names for name in group] if all(names) else []


def _names(target: ast.expr) -> list[str]:
    """The names in a target; none if it has a part of something in it, as `a[0]` or `a.b`."""
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.Starred(value=value):
            return _names(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            found = [_names(part) for part in parts]
            return [name for group in found for name in group] if all(found) else []
    return []


def _called(statement: ast.stmt) -> set[str]:
    """What an assignment calls, or hands on to be called: every name in it."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is_read(node)}


def _is_part_of(target: ast.expr, drawn: frozenset[str]) -> bool:
    return isinstance(target, ast.Attribute | ast.Subscript) and _root(target) in drawn


def _root(expression: ast.expr) -> str:
    """The name from which an expression goes on: `a` for `a.b[0].c(x)`."""
    while isinstance(expression, ast.Attribute | ast.Subscript | ast.Call):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return expression.id if isinstance(expression, ast.Name) else ""
