"""The layout is the architecture: imports point downward only, and `import looplab` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import looplab
from looplab import errors

SOURCE = Path(looplab.__file__).parent
LAYERS = [
    {"__main__"},
    {"cli"},
    {"course", "comparison"},
    {"experiments"},
    {"figures"},
    {"replicas", "statistics"},
    {"loop"},
    {"models"},
    {"data"},
    {"lanes", "registry"},
    {"content"},
    {"files"},
    {"errors"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imported(path: Path) -> set[str]:
    """The parts of looplab that a module imports, wherever in the module it does so."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "looplab":
            names = [node.module] if node.module != "looplab" else [f"looplab.{alias.name}" for alias in node.names]
            parts |= {name.split(".")[1] for name in names}
        elif isinstance(node, ast.Import):
            parts |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("looplab.")}
    return parts & set(LEVEL)


def test_imports_point_downward() -> None:
    wrong = []
    for path in SOURCE.rglob("*.py"):
        part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        upward = [other for other in imported(path) if LEVEL[other] <= LEVEL[part] and other != part]
        wrong += [f"{path.relative_to(SOURCE)} imports looplab.{other}" for other in upward]
    assert not wrong, "\n".join(wrong)


def test_every_part_has_a_level() -> None:
    parts = {p.name.removesuffix(".py") for p in SOURCE.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
    assert parts - {"__init__"} <= set(LEVEL)


def test_import_looplab_is_light() -> None:
    heavy = ["matplotlib", "sphinx", "jupyter_server", "numba", "pandas", "sklearn", "scipy", "IPython"]
    code = f"import sys, looplab; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_only_compiled_code_needs_the_compiler() -> None:
    for path in SOURCE.rglob("*.py"):
        if path.parent.name == "compiler":
            continue
        at_once = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        text = "\n".join(map(ast.unparse, at_once))
        assert "numba" not in text, path
        assert "fused.compiler" not in text, path


def test_every_public_name_exists() -> None:
    for module in [looplab, errors]:
        for name in module.__all__:
            assert hasattr(module, name)


def test_every_error_is_a_looplab_error_and_a_value_error() -> None:
    classes = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert len(classes) > 10
    assert all(issubclass(error, errors.LooplabError) and issubclass(error, ValueError) for error in classes)
