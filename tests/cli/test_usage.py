"""What is wrong with the words of a command is said in one line, with the nearest that there is."""

import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "looplab", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lern"], "command: expected one of learn, "),
        (["course", "chek"], "got 'chek'. Did you mean 'check'?"),
        (["learn", "--prot", "1"], "option of looplab learn: expected one of --port, "),
        (["learn", "--port", "x"], "--port: expected a whole number, got 'x'. See looplab learn --help."),
        (["compare", "moons", "--margin", "much"], "--margin: expected a number, got 'much'. See looplab compare"),
        (
            ["course", "export", "2.4", "--to", "notebok"],
            "--to: expected one of notebook, post, got 'notebok'. Did you mean 'notebook'?",
        ),
        (["check"], "looplab check EXERCISE: expected exercise or question of a quiz, for instance 2.4.3"),
        (["learn", "--port"], "option '--port' requires an argument. See looplab "),
        (["progress", "now"], "looplab progress: got unexpected extra argument"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(words: list[str], message: str) -> None:
    said = run(*words)
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith("looplab: ")
    assert message in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_control_c_is_status_130() -> None:
    code = (
        "import sys; from looplab.cli import main; from looplab.course.answers import progress_table\n"
        "def stopped(): raise KeyboardInterrupt\n"
        "progress_table.print_progress = stopped; sys.argv[1:] = ['progress']; main()"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 130
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("words", [[], ["course"], ["experiment"]])
def test_no_words_show_the_help(words: list[str]) -> None:
    said = run(*words)
    assert said.returncode == 2
    assert "Usage: " in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "2.4.9", "--file", "a.py"], "exercise: expected one of 2.4."),
        (["check", "swish", "--file", "a.py"], "Did you mean '2.4.3'?"),
        (["learn", "activations", "--no-browser"], "lesson: expected one of 2.4 ("),
        (["watch", "2.41"], "Did you mean '2.4'?"),
        (["watch", "2-4"], "Did you mean '2.4'?"),
        (["course", "check", "overfitting"], "Did you mean '2.6'?"),
    ],
)
def test_what_there_is_not_is_answered_with_the_three_nearest(words: list[str], message: str) -> None:
    said = run(*words)
    assert said.returncode == 2
    assert message in said.stderr
    assert "(the nearest of " in said.stderr
