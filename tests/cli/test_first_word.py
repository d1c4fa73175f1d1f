"""The first word of every command comes before anything that takes seconds to load, and so does all that needs none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from looplab.cli import app

HEAVY = (
    "IPython",
    "jupyter_server",
    "jupyterlab",
    "matplotlib",
    "nbformat",
    "numba",
    "pandas",
    "scipy",
    "sklearn",
    "sphinx",
    "torch",
)
WATCHED = f"""
import io, json, os, re, sys

class Terminal(io.TextIOBase):
    encoding = "utf-8"

    def isatty(self):
        return True

    def write(self, text):
        if re.search(r"[^\\W\\d_]{{2}}", re.sub(r"\\x1b\\[[0-9;?]*[A-Za-z]", "", text)):
            loaded = [name for name in {HEAVY} if name in sys.modules]
            os.write(1, json.dumps([text, loaded]).encode())
            os._exit(0)
        return len(text)

sys.argv[0] = "looplab"
sys.stdout = sys.stderr = Terminal()
from looplab.cli import main
main()
"""
COMMANDS = {
    "learn": ["learn", "2.1", "--no-browser"],
    "check": ["check", "2.4.3", "--file", "answer.py"],
    "watch": ["watch", "2.4", "--folder", "answers"],
    "progress": ["progress"],
    "certificate": ["certificate"],
    "compare": ["compare", "moons"],
    "predict": ["predict", "model", "table.csv"],
    "sweep": ["sweep", "study.toml"],
    "doctor": ["doctor", "answer.py"],
    "course new": ["course", "new", "1.1", "--title", "A step", "--course", "steps"],
    "course check": ["course", "check"],
    "course build": ["course", "build"],
    "course export": ["course", "export", "2.4", "--to", "post"],
    "capstone new": ["capstone", "new", "my-project"],
    "capstone check": ["capstone", "check"],
    "experiment list": ["experiment", "list"],
    "experiment run": ["experiment", "run", "activation-on-sine"],
    "experiment measure": ["experiment", "measure"],
    "experiment verify": ["experiment", "verify"],
    "experiment new": ["experiment", "new", "does-width-help"],
}
OTHERS = {
    "help": ["--help"],
    "version": ["--version"],
    "help of a command": ["compare", "--help"],
    "a question": ["check", "1.6.Q1", "--answer", "B"],
    "no such command": ["lern"],
    "no such option": ["learn", "--prot", "1"],
    "no such lesson": ["learn", "activations"],
    "no such lesson to watch": ["watch", "2.44"],
    "no such lesson to check": ["course", "check", "2.44"],
    "no such lesson to export": ["course", "export", "2.44", "--to", "post"],
    "no such exercise": ["check", "2.4.9", "--file", "answer.py"],
    "no such question": ["check", "1.6.Q99", "--answer", "B"],
    "no such file": ["check", "2.4.3", "--file", "none.py"],
    "no such experiment": ["experiment", "run", "activation-on-sin"],
}


def test_every_command_is_listed_here() -> None:
    groups = {group.name: group.typer_instance for group in app.registered_groups if group.typer_instance is not None}
    own = {name_of(command.name, command.callback) for command in app.registered_commands}
    nested = {
        f"{name} {name_of(command.name, command.callback)}"
        for name, group in groups.items()
        for command in group.registered_commands
    }
    assert set(COMMANDS) == own | nested


@pytest.mark.checkout
def test_every_command_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    assert [name for name in COMMANDS if f"`looplab {name}" not in text] == []


def name_of(name: str | None, callback: object) -> str:
    return name or str(getattr(callback, "__name__", ""))


@pytest.mark.parametrize("name", [*COMMANDS, *OTHERS])
def test_the_first_word_waits_for_nothing_heavy(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    (tmp_path / "answer.py").write_text("def swish(z):\n    return z\n")
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "course.toml").write_text('[modules]\n1 = "First steps"\n')
    for page in ("index", "notation"):
        (steps / f"{page}.md").write_text(f"# The {page}\n")
    said = subprocess.run(
        [sys.executable, "-c", WATCHED, *(COMMANDS | OTHERS)[name]],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    word, loaded = json.loads(said.stdout)
    assert loaded == [], f"{name}: loaded before {word!r}"
