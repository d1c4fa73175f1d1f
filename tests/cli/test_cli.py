"""The command line as a whole: what it says of itself, and how it says that something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

import looplab


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "looplab", *words], capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    said = run("--help").stdout
    for command in ("learn", "check", "watch", "progress", "course", "experiment", "compare", "predict"):
        assert command in said


def test_version() -> None:
    assert run("--version").stdout == f"looplab {looplab.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "2.4.33", "--file", "a.py"], "Did you mean '2.4.3'?"),
        (["check", "2.4.3"], "Try --file answer.py for an exercise, --answer B for a question of a quiz."),
        (["check", "2.4.3", "--answer", "B"], "2.4.3: expected a file for an exercise, a letter for a question"),
        (["check", "1.6.Q99", "--answer", "B"], "Did you mean '1.6.Q"),
        (["learn", "2.11", "--no-browser"], "Did you mean '2.1'?"),
        (["course", "export", "2.33", "--to", "post"], "lesson"),
        pytest.param(
            ["course", "new", "1.1", "--title", "Again"],
            "number of the lesson: expected a number that no lesson has yet, got 1.1, which is",
            marks=pytest.mark.checkout,  # an installed course is not the reader's to extend
        ),
        (
            ["course", "check", "--course", "nowhere"],
            "course: expected a folder with lessons, got nowhere, which is no",
        ),
        (["experiment", "run", "activation-on-sin"], "Did you mean 'activation-on-sine'?"),
        (["compare", "diabetis"], "expected one of diabetes"),
        (
            ["predict", "none.safetensors", "none.csv"],
            "none.safetensors: expected a file written by `looplab compare --save`",
        ),
    ],
)
def test_a_mistake_is_one_line_and_status_2(words: list[str], message: str) -> None:
    said = run(*words)
    assert said.returncode == 2
    assert message in said.stderr
    assert said.stderr.startswith("looplab: ")
    assert len(said.stderr.splitlines()) == 1
    assert said.stdout == ""


def test_starting_the_command_line_loads_nothing_heavy() -> None:
    heavy = ["matplotlib", "sphinx", "jupyter_server", "numba", "pandas", "sklearn", "scipy"]
    code = f"import sys, looplab.cli; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_checked_answer_sets_the_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    right = "import torch\n\n\ndef swish(z: torch.Tensor) -> torch.Tensor:\n    return z * torch.sigmoid(z)\n"
    (tmp_path / "right.py").write_text(right)
    (tmp_path / "wrong.py").write_text(right.replace("z * ", ""))
    assert run("check", "2.4.3", "--file", str(tmp_path / "right.py")).returncode == 0
    wrong = run("check", "2.4.3", "--file", str(tmp_path / "wrong.py"))
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stdout + wrong.stderr
    shown = run("progress").stdout
    assert "2.4.3" in shown


def test_an_answer_to_a_question_of_a_quiz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    said = {letter: run("check", "1.6.q1", "--answer", letter) for letter in "ABC"}
    assert sorted(answer.returncode for answer in said.values()) in ([0, 1, 1], [1, 1, 1])  # the right one may be D
    assert all(answer.stdout.startswith(f"1.6.Q1: {letter} is ") for letter, answer in said.items())


def test_a_new_lesson_says_where_it_is_and_what_comes_next(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text('[modules]\n1 = "First steps"\n')
    (tmp_path / "index.md").write_text("# Steps\n")
    (tmp_path / "notation.md").write_text("# Notation\n")
    said = run("course", "new", "1.1", "--title", "A step", "--course", str(tmp_path))
    folder = tmp_path / "1-first-steps" / "1.1-a-step"
    assert said.stdout == f"{folder}\nSee what is left to write: looplab course check 1.1 --course {tmp_path}\n"
    checked = run("course", "check", "1.1", "--course", str(tmp_path))
    assert checked.returncode == 1
    assert f"{folder / 'lesson.md'}:12: the section 'Introduction' is empty: say what the question is" in checked.stdout
