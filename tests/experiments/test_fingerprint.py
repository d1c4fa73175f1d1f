"""The fingerprint of an experiment changes with what its files say, and with nothing else."""

from pathlib import Path

import pytest

from looplab.experiments import ExperimentFile, experiment_files
from looplab.experiments.fingerprint import fingerprint, source_files


def of(folder: Path, main: str | None = None, **others: str) -> str:
    """The fingerprint of `main.py` in a folder, once these files in it say this; the others are as they were."""
    for name, source in others.items() if main is None else {"main": main, **others}.items():
        (folder / f"{name}.py").write_text(source)
    return fingerprint(folder / "main.py")


def test_comments_and_layout_do_not_make_an_entry_stale(tmp_path: Path) -> None:
    sources = [
        'if x:\n    y = f"{x} # one"\nz = (1, 2)\n',
        'if x:  # one\n  # two\n  y = f"{x} # one"\n\nz = (\n    1, 2  # three\n)\n# four\n',
    ]
    prints = [of(tmp_path, main=source) for source in sources]
    assert prints[0] == prints[1]
    assert prints[0] == "ce29e47ef825f49c"  # in every version of Python


@pytest.mark.parametrize(
    "changed", ["if x:\n    y = 2\nz = 3\n", "if x:\n    y = 1\n    z = 3\n", "if x:\n    y = 1\n"]
)
def test_all_else_makes_an_entry_stale(tmp_path: Path, changed: str) -> None:
    prints = [of(tmp_path, main=source) for source in ("if x:\n    y = 1\nz = 3\n", changed)]
    assert prints[0] != prints[1]


FEWER = ["f(x, seeds=9, verify_seeds=64)", "f(x, seeds=9, verify_seeds=8)"]
FEWER += [
    "f(\n    x,\n    seeds=9,\n    # fewer\n    verify_seeds=8,  # at first 64\n)",
    "f(x, verify_seeds=8, seeds=9)",
]


@pytest.mark.parametrize("source", FEWER)
def test_how_many_fresh_seeds_verify_takes_does_not_count(tmp_path: Path, source: str) -> None:
    expected = "f(x, seeds=9,)" if "\n" in source else "f(x, seeds=9)"
    assert of(tmp_path, main=f"{source}\n") == of(tmp_path, main=f"{expected}\n")


@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("verify_seeds = 64", "verify_seeds = 8"),
        ("f(verify_seeds=n)", "f(verify_seeds=m)"),
        ("f(verify_seeds=8 * 8)", "f(verify_seeds=8 * 2)"),
        ("f(seeds=64)", "f(seeds=8)"),
        ("f(x, 'verify_seeds=64,')", "f(x, 'verify_seeds=8,')"),
        ("f(x.verify_seeds)", "f(x)"),
    ],
)
def test_what_only_looks_like_it_counts(tmp_path: Path, source: str, other: str) -> None:
    assert of(tmp_path, main=f"{source}\n") != of(tmp_path, main=f"{other}\n")


MOVED = [
    "from looplab import load, mlp",
    "from looplab.data import load\nfrom looplab.models import mlp",
    "from looplab.models import (\n    load,  # both\n    mlp,\n)",
    "import looplab\nimport looplab.data.named",
    "",
]


@pytest.mark.parametrize("imports", MOVED)
def test_where_looplab_has_its_names_does_not_count(tmp_path: Path, imports: str) -> None:
    rest = "import torch\nx = load('moons')\n"
    assert of(tmp_path, main=f"{imports}\n{rest}") == of(tmp_path, main=f"{MOVED[0]}\n{rest}")
    inside = "".join(f"    {line}\n" for line in imports.splitlines())
    assert of(tmp_path, main=f"if True:\n{inside}    pass\n{rest}") == of(tmp_path, main=f"if True:\n    pass\n{rest}")


@pytest.mark.parametrize(
    "line",
    [
        "from looplab import mlp as load",
        "from looplab.data import *",
        "import looplab as load",
        "import looplab, math",
        "import looplab; x = 1",
        "from looplab import load; x = 1",
        "from looplabel import load",
        "from torch import load",
        "looplab.load('moons')",
        "x = 'from looplab import load'",
    ],
)
def test_a_line_that_says_more_than_a_name_of_looplab_counts(tmp_path: Path, line: str) -> None:
    assert of(tmp_path, main=f"{line}\n") != of(tmp_path, main="")


IMPORTS = [
    "from ._helper import x",
    "from . import _helper",
    "from . import _helper as other",
    "from _helper import x",
    "import _helper",
    "import math, _helper as other",
    "def f():\n    from ._helper import x",
    "from .package import _helper",
    "from .package._helper import x",
    "from package import _helper",
    "import package._helper",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_what_an_experiment_takes_from_beside_it_counts(tmp_path: Path, line: str) -> None:
    """However it is imported, and whatever it takes from beside itself in turn."""
    folder = tmp_path / "package" if "package" in line else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "_helper.py").write_text("from . import deeper\nx = 1\n")
    (folder / "deeper.py").write_text("import main\nz = 1\n")
    first = of(tmp_path, main=f"{line}\n")
    (folder / "_helper.py").write_text("from . import deeper\nx = 1  # one\n")
    assert of(tmp_path) == first
    (folder / "_helper.py").write_text("from . import deeper\nx = 2\n")
    second = of(tmp_path)
    (folder / "deeper.py").write_text("import main\nz = 2\n")
    assert len({first, second, of(tmp_path)}) == 3


def test_what_a_package_does_when_it_is_imported_counts(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    prints = set()
    for text in ("x = 1\n", "x = 2\n"):
        (tmp_path / "package" / "__init__.py").write_text(text)
        (tmp_path / "package" / "part.py").touch()
        prints.add(of(tmp_path, main="import package.part\n"))
    assert len(prints) == 2


def test_what_it_does_not_take_does_not_count(tmp_path: Path) -> None:
    first = of(tmp_path, main="import math\nfrom .. import above\n", other="x = 1\n")
    assert of(tmp_path, other="x = 2\n") == first


def test_what_stands_in_one_file_or_another_is_not_the_same(tmp_path: Path) -> None:
    both = of(tmp_path, main="import a\nimport b\n", a="x = 1\ny = 1\n", b="z = 1\n")
    assert of(tmp_path, a="x = 1\n", b="y = 1\nz = 1\n") != both


def test_the_files_come_in_one_order_whatever_the_order_of_imports(tmp_path: Path) -> None:
    of(tmp_path, main="import c\nimport a\n", a="import b\n", b="", c="", d="")
    assert [path.name for path in source_files(tmp_path / "main.py")] == ["main.py", "a.py", "b.py", "c.py"]


def test_another_encoding_is_read_as_the_file_says(tmp_path: Path) -> None:
    first = of(tmp_path, main="x = 'é'\n")
    (tmp_path / "main.py").write_bytes("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    assert fingerprint(tmp_path / "main.py") == first


@pytest.mark.parametrize("file", experiment_files().values(), ids=experiment_files())
def test_a_change_in_any_file_of_an_experiment_is_seen(file: ExperimentFile, tmp_path: Path) -> None:
    for source in source_files(file.path):
        (tmp_path / source.name).write_text(source.read_text())
    copy = tmp_path / file.path.name
    before = fingerprint(copy)
    assert before == file.fingerprint()
    for source in source_files(copy):
        text = source.read_text()
        source.write_text(text + "SOMETHING_ELSE = 1\n")
        assert fingerprint(copy) != before
        source.write_text(text)
