"""Control characters in names, cells, files and exceptions are shown by every command, and obeyed by no terminal."""

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from looplab.cli.terminal import _Guard, _GuardOfRich, guard_streams, on_one_line, shown

SEQUENCES = ("\x1b[2J", "\x1b]0;title\x07", "\x9b31m")
STEERING = (*SEQUENCES, "\r", "\x07", "\x08", "\x85", "\u202e", "\u2066", "\u200f", "\u2028", "\x7f")
NAME = "".join(STEERING)
TOYS = Path(__file__).parents[1] / "course" / "toy_course"


@given(st.text())
def test_nothing_that_steers_is_left_and_nothing_else_is_touched(text: str) -> None:
    kept = shown(text)
    assert not [letter for letter in kept if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", kept)
    harmless = all(unicodedata.category(letter)[0] in "LNPSMZ" and letter not in "\u2028\u2029" for letter in text)
    assert not harmless or kept == text
    assert shown(kept) == kept
    assert "\n" not in on_one_line(text)


def test_words_keep_their_letters() -> None:
    text = "naïve – “R²” ✓ 👩‍🔬 \u00a0 日本\tא\n"
    assert shown(text) == text


def commands(folder: Path) -> dict[str, list[str]]:
    """Commands that print what somebody else has named."""
    nasty = folder / NAME
    nasty.mkdir()
    table, answer, lesson = nasty / f"{NAME}.csv", nasty / f"{NAME}.py", nasty / "course"
    table.write_text(
        f'"{NAME}",y\n' + "".join(f"{row}{NAME if row % 7 == 0 else ''},x\n" for row in range(40)), "utf-8"
    )
    answer.write_text(f"print({NAME!r})\ndef swish(z):\n    raise ValueError({NAME!r})\n", "utf-8")
    (nasty / "raise.py").write_text(f"raise ValueError({NAME!r})\n", "utf-8")
    (nasty / "progress.json").write_text("{")
    (nasty / "model").write_text(NAME, "utf-8")
    good, other, target, effort = (
        nasty / "good.csv",
        nasty / f"new {NAME}.csv",
        f"{NAME}y",
        ["--no-curve", "--seeds=2", "--repeats=1"],
    )
    rows = [f'{row % 9},"{NAME}{row % 3}","{NAME}{row % 2}"\n' for row in range(60)]
    good.write_text(f'"{NAME}x","{NAME}c","{target}"\n' + "".join(rows), "utf-8", newline="")
    other.write_text(f'"{NAME}x","{NAME}c"\n1,"{NAME}7"\n,"{NAME}1"\n', "utf-8", newline="")
    shutil.copytree(TOYS, lesson)
    for file in lesson.rglob("lesson.md"):
        file.write_text(f"---\n{NAME}: [\n---\n# {NAME}\n\n[{NAME}]({NAME})\n", "utf-8")
    return {
        "check": ["check", "2.4.3", "--file", str(answer)],
        "check of none": ["check", "2.4.3", "--file", str(nasty / "none")],
        "check of nothing": ["check", NAME, "--file", str(answer)],
        "progress": ["progress"],
        "compare": ["compare", str(table), "--target", NAME],
        "compare of none": ["compare", NAME],
        "compare without a target": ["compare", str(table), "--target", f"{NAME}z"],
        "compare to its end": [
            "compare",
            *effort,
            str(good),
            "--target",
            target,
            "--save",
            str(nasty / f"{NAME}.model"),
        ],
        "compare as JSON": [
            "compare",
            *effort,
            str(good),
            "--target",
            target,
            "--json",
            "--report",
            str(nasty / "r.html"),
        ],
        "predict": ["predict", str(nasty / "model"), str(table)],
        "predict to its end": ["predict", str(nasty / f"{NAME}.model"), str(other)],
        "course check": ["course", "check", "--no-run", "--course", str(lesson)],
        "course build": ["course", "build", "--course", str(nasty / "none")],
        "course new": ["course", "new", NAME, "--title", NAME],
        "course export": ["course", "export", NAME, "--to", "post"],
        "experiment list": ["experiment", "list", str(nasty / "raise.py")],
        "experiment run": ["experiment", "run", str(nasty / "raise.py")],
        "experiment new": ["experiment", "new", NAME],
        "learn": ["learn", NAME, "--no-browser"],
        "watch": ["watch", NAME],
        "usage": ["compare", f"--{NAME}"],
        "usage of a number": ["learn", "--port", NAME],
        "no command": [NAME],
    }


def on_a_terminal(words: list[str], environment: dict[str, str], folder: Path) -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "looplab", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=folder,
    )
    os.close(theirs)
    text = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):  # which says that nobody writes any more
        while part := terminal.read(65536):
            text += part
    process.wait()
    return text.decode(errors="replace")


OF_RICH = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[1?[AK]|\x1b\[2K|\r+(?=\n|\x1b|$)|\r(?=[\u2800-\u28ff ])")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_no_command_lets_a_terminal_be_steered_that_rich_writes_to(tmp_path: Path) -> None:
    for label, words in commands(tmp_path).items():
        environment = os.environ | {"LOOPLAB_HOME": str(tmp_path / NAME), "TERM": "xterm-256color"}
        text = OF_RICH.sub("", on_a_terminal(words, environment, tmp_path))
        assert text, label
        assert [each for each in (*STEERING, "\x1b", "\x9b") if each in text] == [], (label, text)
        assert "Traceback" not in text, (label, text)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_no_command_lets_a_terminal_be_steered(tmp_path: Path) -> None:
    for label, words in commands(tmp_path).items():
        environment = os.environ | {"LOOPLAB_HOME": str(tmp_path / NAME), "PYTHONIOENCODING": "utf-8"}
        said = subprocess.run(
            [sys.executable, "-m", "looplab", *words], capture_output=True, env=environment, cwd=tmp_path, check=False
        )
        text = (said.stdout + said.stderr).decode()
        assert text, label
        assert [each for each in STEERING if each in text] == [], label
        assert "Traceback" not in text, (label, text)


def test_a_terminal_gets_rich_s_own_sequences_and_no_others() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8", newline="") as terminal, os.fdopen(ours, "rb", buffering=0) as other:
        guards: list[Any] = [_GuardOfRich(terminal), _Guard(terminal)]
        console = Console(file=guards[0], force_terminal=True, color_system="standard", no_color=False, highlight=False)
        console.print("[red]red[/] \x1b]0;title\x07 \x9b31m")
        print("\x1b[31mplain", file=guards[1])
        terminal.flush()
        text = ""
        while not text.endswith("plain\r\n"):
            text += other.read(2000).decode()
    assert "\x1b[31mred" in text
    assert "\\x1b]0;title" in text
    assert "\\x1b[31mplain" in text
    assert not {"\x07", "\x9b"} & set(text)


def test_what_an_encoding_lacks_is_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    guard_streams()
    guard_streams()
    print("½ \ud800")
    sys.stdout.writelines(["a\r", "b"])
    sys.stdout.flush()
    assert written.getvalue() == b"\\xbd \\ud800\na\\rb"
