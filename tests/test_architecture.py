"""The layout is the architecture: imports point downward only and in no circle, and looplab names no content."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import looplab
from looplab import errors
from looplab.content import course_folder, lesson_folders
from looplab.course.exercises import list_exercises
from looplab.course.reading import list_lessons, question_ids
from looplab.experiments import list_experiments

SOURCE = Path(looplab.__file__).parent
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if not path.is_relative_to(course_folder())]
LAYERS = [
    {"__main__"},
    {"cli"},
    {"capstone", "sklearn"},
    {"course", "comparison", "doctor"},
    {"experiments"},
    {"figures", "sweeps"},
    {"replicas", "statistics"},
    {"loop"},
    {"models"},
    {"data"},
    {"lanes", "numbers", "registry"},
    {"content"},
    {"files"},
    {"lazy"},
    {"errors", "version"},
    {"similar", "words"},
]
COURSE_LAYERS = [
    {"serve"},
    {"pages", "template", "watch"},
    {"checking"},
    {"answers", "running"},
    {"reading"},
    {"quiz"},
    {"exercises"},
]
PLACES = [("", LAYERS), ("course", COURSE_LAYERS)]

RINGS_TO_GO: set[str] = set()
"""Files whose imports are passed over while they still run in a circle."""


def imported(path: Path) -> set[Path]:
    """The files of looplab that a file imports, wherever in it: inside functions, and for types alone, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {module_file(f"{node.module}.{alias.name}") or module_file(node.module) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {module_file(alias.name) for alias in node.names}
    return {file for file in found if file is not None}


def module_file(name: str) -> Path | None:
    """The file of a module of looplab; None for anything else."""
    first, *rest = name.split(".")
    base = SOURCE.joinpath(*rest)
    files = [base.with_name(f"{base.name}.py"), base / "__init__.py"] if first == "looplab" else []
    return next((file for file in files if file.is_file()), None)


def part_of(path: Path, folder: Path) -> str:
    """Which part of a folder a file belongs to: a folder in it, or the file itself."""
    return path.relative_to(folder).parts[0].removesuffix(".py") if path.is_relative_to(folder) else ""


@pytest.mark.parametrize(("place", "layers"), PLACES, ids=["looplab", "looplab.course"])
def test_imports_point_downward(place: str, layers: list[set[str]]) -> None:
    folder = SOURCE / place
    level = {name: level for level, names in enumerate(layers) for name in names}
    wrong = []
    for path in FILES:
        part = part_of(path, folder)
        for other in imported(path) if part in level else ():
            upward = level.get(part_of(other, folder), len(layers)) <= level[part]
            if upward and part_of(other, folder) != part:
                wrong.append(f"{path.relative_to(SOURCE)} imports {other.relative_to(SOURCE)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("place", "layers"), PLACES, ids=["looplab", "looplab.course"])
def test_every_part_has_a_level(place: str, layers: list[set[str]]) -> None:
    inside = (SOURCE / place).iterdir()
    parts = {p.name.removesuffix(".py") for p in inside if p.suffix == ".py" or (p / "__init__.py").is_file()}
    assert parts - {"__init__"} == set().union(*layers)


def test_imports_run_in_no_circle() -> None:
    graph = {path: imported(path) for path in FILES if str(path.relative_to(SOURCE)) not in RINGS_TO_GO}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring = [str(path.relative_to(SOURCE)) for path in error.args[1]]
        pytest.fail(f"imports run in a circle: {' ← '.join(ring)}")


def test_a_file_that_ran_in_a_circle_is_forgiven_only_while_it_is_there() -> None:
    assert {str(path.relative_to(SOURCE)) for path in FILES} >= RINGS_TO_GO


def test_content_is_found_and_never_named() -> None:
    """No lesson, experiment or exercise stands in a source by its name, not even in a comment.

    Numbers are another matter: "2.4" and "2.4.3" in a sentence show what such a number looks like. No string in the
    code may be one.
    """
    lessons = list_lessons()
    folders = lesson_folders().values()
    names = {name for folder in folders for name in (folder.name, folder.parent.name)}
    names |= {name for id_ in list_experiments() for name in (id_, id_.replace("-", "_"))}
    names |= {lesson.title for lesson in lessons} | {exercise.title for exercise in list_exercises()}
    numbers = {*lesson_folders(), *(exercise.id for exercise in list_exercises())}
    numbers |= {id_ for ids in question_ids().values() for id_ in ids}
    named = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in sorted(names)))
    found = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
        said = [*named.findall(text), *(text for text in strings if isinstance(text, str) and text in numbers)]
        found += [f"{path.relative_to(SOURCE)} names {name}" for name in said]
    assert not found, "\n".join(found)


def test_no_path_leads_into_the_course() -> None:
    into = re.compile(r"_?course/.*")
    for path in FILES:
        strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        assert not [text for text in strings if isinstance(text, str) and (text == "_course" or into.fullmatch(text))]


WRITING = re.compile(
    r"""\.open\([^)]*["'][rbt]*[wax+]|\bopen\([^)]*["'][rbt]*[wax+]|\.write_(text|bytes)\(|np\.save|torch\.save\("""
    r"""|save_file\(|\.mkdir\(|NamedTemporaryFile|mkstemp|\.touch\("""
)


OF_THE_SYSTEM = {"memory_group.py"}
"""Writes to what the kernel shows as files."""


def test_files_are_written_by_one_part_that_writes_them_whole() -> None:
    writers = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in FILES
        if path.relative_to(SOURCE).parts[0] != "files" and path.name not in OF_THE_SYSTEM
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if WRITING.search(line)
    ]
    assert writers == []


def test_import_looplab_is_light() -> None:
    heavy = ["matplotlib", "sphinx", "jupyter_server", "numba", "pandas", "sklearn", "scipy", "IPython"]
    code = f"import sys, looplab; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_only_compiled_code_needs_the_compiler() -> None:
    for path in FILES:
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
