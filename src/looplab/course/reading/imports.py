"""What the code of a lesson imports, for whoever takes a piece of it elsewhere."""

import ast
from collections.abc import Iterable

__all__ = ["imports_of", "statements_of"]


def imports_of(sources: Iterable[str], used_by: str | None = None) -> str:
    r"""The import statements on the top level of some Python sources, each once.

    Args:
        sources: the sources.
        used_by: another source; then only what it uses is imported.

    >>> print(imports_of(["import torch\nx = torch.ones(1)", "from torch import Tensor, nn"]))
    import torch
    from torch import Tensor, nn
    >>> print(imports_of(["import torch", "from torch import Tensor, nn"], used_by="model = nn.Linear(1, 1)"))
    from torch import nn
    """
    statements = (statement for source in sources for statement in statements_of(source))
    imports = [part for part in statements if isinstance(part, ast.Import | ast.ImportFrom)]
    if used_by is not None:
        names = {part.id for part in ast.walk(ast.parse(used_by)) if isinstance(part, ast.Name)}
        for part in imports:
            part.names = [alias for alias in part.names if (alias.asname or alias.name).partition(".")[0] in names]
    return "\n".join(dict.fromkeys(ast.unparse(part) for part in imports if part.names))


def statements_of(source: str) -> list[ast.stmt]:
    """The statements on the top level of a source; none where it is not Python."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []  # running it will say what is wrong
