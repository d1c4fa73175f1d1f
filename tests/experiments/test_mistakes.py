"""What is wrong with a reader's file is one sentence that names file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.errors import ExperimentError
from looplab.experiments import find_experiment, find_file, run

Write = Callable[..., Path]

NONE = "expected a variable 'experiment' that is an Experiment, got none of that name"
OTHER_ID = "expected the id 'mine', after the file's name, got 'some-other'"
WRONG = {
    "no experiment": ("x = 1\n", f": {NONE}"),
    "another kind": (
        "experiment = {'id': 'mine'}\n",
        ": expected a variable 'experiment' that is an Experiment, got a dictionary (dict)",
    ),
    "the class": (
        "from looplab.experiments import Experiment as experiment\n",
        ": expected a variable 'experiment' that is an Experiment, got the class",
    ),
    "another name": (
        ("experiment = ", "my_own = "),
        f": {NONE}. Rename 'my_own' to 'experiment'.",
    ),
    "another id": (
        ("{id}", "some-other"),
        f": {OTHER_ID}. Rename the file to 'some_other.py', or change the id.",
    ),
    "a name it does not know": ("x = 1\n\ny = mlpp(1)\n", ":3: NameError: name 'mlpp' is not defined"),
    "no Python": ("x = 1\nexperiment = (\n", ":2: SyntaxError: '(' was never closed"),
    "indentation": (
        "if 1:\nx = 1\n",
        ":2: IndentationError: expected an indented block after 'if' statement on line 1",
    ),
    "null bytes": ("x = 1\0\n", ": "),
    "no message": ("assert 1 == 2\n", ":1: AssertionError"),
    "several lines": ("raise ValueError('one\\ntwo')\n", ":1: ValueError: one two"),
    "the end": ("import sys\nsys.exit('bye')\n", ":2: SystemExit: bye"),
    "what is not there": ("from .nowhere import x\n", ":1: ModuleNotFoundError: "),
    "deep inside a library": (
        "import torch\ntorch.ones(2) @ torch.ones(3)\n",
        ":2: RuntimeError: inconsistent tensor size",
    ),
    "looplab's own words": (
        "from looplab import load\n\nload('mooons')\n",
        ":3: dataset: expected one of moons, ",
    ),
    "a malformed id": (
        ("{id}", "My experiment"),
        ":10: id: expected lower-case words with hyphens between, got 'My experiment'",
    ),
    "a forgotten comma": (
        ("0.6),)", "0.6))"),
        ":10: verdict of 'mine': expected a tuple of rules, got a Rule. Write verdict=(one,) for a single one.",
    ),
    "no arm": (
        ("arms=(Trial", "arms=(7, Trial"),
        ":10: arms of 'mine': expected a tuple of arms and trials, got a whole number (int)",
    ),
    "a rule that nobody asked": (
        ('within("uniform"', 'within("normal"'),
        ":10: verdict of 'mine': expected arms among uniform, got 'normal'",
    ),
    "no Unicode": (b"x = '\xff'\n", ":1: SyntaxError: (unicode error) 'utf-8' codec"),
    "no such encoding": (b"# coding: latin-99\n", ":1: SyntaxError: unknown encoding: latin-99"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_one_sentence(write: Write, tmp_path: Path, change: object, message: str) -> None:
    path = write(tmp_path / "mine.py", change)
    for _ in range(2):
        with pytest.raises(ExperimentError) as caught:
            find_experiment(path)
        assert str(caught.value).startswith(f"{path}{message}")
        assert "\n" not in str(caught.value)
    with pytest.raises(ExperimentError) as caught:
        run(path, seeds=8)
    assert str(caught.value).startswith(f"{path}{message}")


def test_the_line_is_that_of_the_file_beside_which_is_wrong(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", "from .helper import f\nf()\n")
    write(tmp_path / "helper.py", "def f():\n    return 1 / 0\n")
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:2: ZeroDivisionError: division by zero$"):
        find_experiment(path)
    write(tmp_path / "helper.py", "def f(:\n")
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:1: SyntaxError: invalid syntax$"):
        find_experiment(path)
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:1: SyntaxError: invalid syntax$"):
        find_file(path).fingerprint()


def test_a_link_to_a_file_is_the_file(write: Write, tmp_path: Path) -> None:
    write(tmp_path / "there" / "mine.py", "from helper import NUMBER\n1 / NUMBER\n")
    write(tmp_path / "there" / "helper.py", "NUMBER = 0\n")
    link = tmp_path / "here.py"
    link.symlink_to(tmp_path / "there" / "mine.py")
    with pytest.raises(ExperimentError) as caught:
        find_experiment(link)
    assert str(caught.value) == f"{link}:2: ZeroDivisionError: division by zero"


RUNNING = {
    "a trial that raises": ("float(torch.rand(50).mean())", "1 / 0", ":7: ZeroDivisionError: division by zero"),
    "a trial that calls looplab wrongly": (
        "float(torch.rand(50).mean())",
        "__import__('looplab').load('mooons')",
        ":7: dataset: expected one of moons, ",
    ),
    "nothing": (
        "float(torch.rand(50).mean())",
        "None",
        "measure of 'mine', arm uniform: expected one number per seed, got nothing (None) for seed 0",
    ),
    "several numbers": (
        "float(torch.rand(50).mean())",
        "torch.rand(50)",
        "measure of 'mine', arm uniform: expected one number per seed, got a Tensor for seed 0",
    ),
    "words": (
        "float(torch.rand(50).mean())",
        "'high'",
        "measure of 'mine', arm uniform: expected one number per seed, got a text (str) for seed 0",
    ),
}


@pytest.mark.parametrize(("before", "after", "message"), RUNNING.values(), ids=RUNNING)
def test_what_goes_wrong_while_it_runs_is_one_sentence(
    write: Write, tmp_path: Path, before: str, after: str, message: str
) -> None:
    path = write(tmp_path / "mine.py", (before, after))
    with pytest.raises(ExperimentError) as caught:
        run(path, seeds=8)
    assert str(caught.value).startswith(f"{path}{message}" if message.startswith(":") else message)


def test_a_fault_of_looplab_s_own_is_not_blamed_on_the_reader(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "mine.py")

    def broken(*_: object) -> object:
        raise AssertionError

    monkeypatch.setattr("looplab.experiments.running.judge", broken)
    with pytest.raises(AssertionError):
        run(path, seeds=8)


def test_a_file_that_cannot_be_read(write: Write, tmp_path: Path) -> None:
    file = find_file(write(tmp_path / "mine.py"))
    file.path.unlink()
    with pytest.raises(ExperimentError) as caught:
        file.load()
    assert str(caught.value) == f"{file.path}: expected a file that can be read, got No such file or directory"
