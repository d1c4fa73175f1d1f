"""Packages whose names are loaded on first use: nobody notices but the clock."""

import ast
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import looplab

PACKAGES = (
    "looplab",
    "looplab.course",
    "looplab.course.answers",
    "looplab.course.checking",
    "looplab.course.exercises",
    "looplab.experiments",
    "looplab.statistics",
)


def said_in_a_fresh_process(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_readers_and_the_running_program_see_the_same_names(package: str) -> None:
    module = import_module(package)
    assert module.__file__ is not None
    block = next(node for node in ast.parse(Path(module.__file__).read_text()).body if isinstance(node, ast.If))
    written = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert set(written) == set(module.__all__)
    assert set(module.__all__) <= set(dir(module))
    for name, home in written.items():
        assert getattr(module, name) is getattr(import_module(str(home)), name)


def test_a_name_is_loaded_when_it_is_used_and_not_before() -> None:
    code = "import sys, looplab; before = 'torch' in sys.modules; looplab.mlp; print(before, 'torch' in sys.modules)"
    assert said_in_a_fresh_process(code) == "False True"


@pytest.mark.parametrize("name", ["data", "experiments", "figures", "statistics", "course", "errors"])
def test_a_part_is_an_attribute_though_nobody_has_imported_it(name: str) -> None:
    assert said_in_a_fresh_process(f"import looplab; print(looplab.{name}.__name__)") == f"looplab.{name}"


def test_names_can_be_imported_from_the_package() -> None:
    code = "from looplab import train, train_many, experiments; print(train.__module__, experiments.rules.__name__)"
    assert said_in_a_fresh_process(code) == "looplab.loop.train looplab.experiments.rules"


def test_what_was_loaded_can_be_pickled() -> None:
    for value in (looplab.Recipe(optimizer="sgd", lr=0.5, steps=3), looplab.train, looplab.Recipe):
        assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("trian", "module 'looplab' has no attribute 'trian'; the nearest are 'train', 'train_many', 'Training'"),
        ("__wrapped__", "module 'looplab' has no attribute '__wrapped__'"),
    ],
)
def test_an_unknown_name_is_an_attribute_error_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(looplab, name)
    assert str(caught.value).startswith(message)
    assert caught.value.name == name
    assert not hasattr(looplab, name)
