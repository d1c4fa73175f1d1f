"""Files checked in a process of their own. Each check starts one, so mistakes of one kind share a file."""

import json
import os
import time
from pathlib import Path

import pytest

from looplab.course.answers import answer_process, check_file, read_progress
from looplab.course.answers.judge import end_sentence
from looplab.course.exercises import Verdict
from looplab.errors import ChoiceError, ExerciseError

WRONG = "double(x) is -1 for input -1 (element [0, 0]), expected -2; 2 of 3 elements differ."


@pytest.fixture
def checked(toy_course: Path, tmp_path: Path) -> "Checked":
    return Checked(tmp_path, toy_course)


class Checked:
    """Writes a source to a file and has it checked."""

    def __init__(self, folder: Path, course: Path) -> None:
        self.folder, self.course = folder, course

    def __call__(self, source: str, *, name: str = "my_answer.py", load_seconds: float = 20) -> Verdict:
        path = self.folder / name
        path.write_text(source, encoding="utf-8")
        return check_file("9.9.1", path, course=self.course, load_seconds=load_seconds)


def test_right_answer_with_modules_beside_it(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    (checked.folder / "helper.py").write_text("FACTOR = 2\n")
    for name in ("json", "torch", "wave"):  # names of the library's own modules shadow nothing
        (checked.folder / f"{name}.py").write_text("raise RuntimeError('in the way')\n")
    monkeypatch.chdir(checked.folder)
    verdict = checked("import wave, helper\nprint('loaded')\ndef double(x):\n    return helper.FACTOR * x\n")
    assert verdict.passed, verdict
    assert (verdict.message, verdict.printed) == ("9.9.1 Double it: passed.", "loaded\n")
    assert read_progress()["9.9.1"].attempts == 1


def test_printing_forges_no_verdict(checked: Checked) -> None:
    verdict = checked(
        'import os\ndef double(x):\n    line = \'{"phase": "done", "passed": true}\\n\'\n'
        "    print(line)\n    os.write(1, line.encode())\n    os.write(2, line.encode())\n    return x\n"
    )
    assert not verdict.passed
    assert verdict.message.startswith(WRONG)
    assert read_progress()["9.9.1"].passed is None


def test_top_level_code_that_raises(checked: Checked) -> None:
    verdict = checked("import torch\ny = torch.ones(2) @ 3\n")
    assert not verdict.passed
    assert verdict.message.startswith("your file raised TypeError at line 2 (`y = torch.ones(2) @ 3`): ")


def test_answer_that_ends_python(checked: Checked) -> None:
    verdict = checked("import os\ndef double(x): os._exit(0)\n")
    expected = "your double ended Python itself (exit status 0) before it could be checked. Take os._exit() out."
    assert verdict.message == expected


def test_answer_that_crashes_python(checked: Checked) -> None:
    verdict = checked("import ctypes\ndef double(x): ctypes.string_at(0)\n")
    expected = "your double crashed Python itself (SIGSEGV). Look for calls with ctypes, or for recursion without end."
    assert verdict.message == expected


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (-9, "your f used more than 2 GB of memory. Does a list or tensor grow in a loop?"),
        (-24, "your f used too much processor time. Is there a loop that never ends?"),
        (
            -1000,
            "your f crashed Python itself (signal 1000). Look for calls with ctypes, or for recursion without end.",
        ),
    ],
)
def test_other_ends_of_the_process(status: int, sentence: str) -> None:
    assert end_sentence(status, "your f") == sentence


def test_file_that_never_ends(checked: Checked) -> None:
    verdict = checked("n = 0\nwhile True:\n    n += 1\n", load_seconds=0.5)
    assert verdict.message.startswith("your file was still running after 0.5 s, at line ")


def test_call_that_never_returns_is_ended_with_all_that_it_started(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_process, "_GRACE_SECONDS", 0.2)
    note = checked.folder / "child.pid"
    verdict = checked(
        "import subprocess, sys\n"
        "def double(x):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"    open({str(note)!r}, 'w').write(str(child.pid))\n"
        "    return sum(range(10**13))\n"
    )
    assert verdict.message == "your double was still running after 1 s. Is there a loop that never ends?"
    assert _has_ended(int(note.read_text()))


def _has_ended(process: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().split()[2] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_memory_is_limited(checked: Checked) -> None:
    verdict = checked("hoard = bytearray(5 * 10**9)\n")
    assert verdict.message.startswith(
        "your file asked for more memory than a check may use at line 1 (`hoard = bytearray(5 * 10**9)`)."
    )


def test_notebook_is_checked_without_its_solution_and_its_own_checks_are_not_counted(checked: Checked) -> None:
    cells = [
        ("code", "%matplotlib inline\nfrom pathlib import Path\nfrom looplab.course import check"),
        ("markdown", "### 9.9.1 Double it"),
        ("code", "def double(x):\n    return x"),
        ("code", "def broken(x):\n    return x + undefined"),
        ("code", f"print(check('9.9.1', double, course=Path({str(checked.course)!r})).passed)"),
        ("markdown", "### Solutions\n\n#### Solution 9.9.1"),
        ("code", "def double(x):\n    return 2 * x"),
    ]
    source = json.dumps({"cells": [{"cell_type": kind, "source": text} for kind, text in cells]})
    verdict = checked(source, name="my.ipynb")
    assert verdict.message.startswith(WRONG)
    assert read_progress()["9.9.1"].attempts == 1


def test_line_of_a_notebooks_cell(checked: Checked) -> None:
    cells = [{"cell_type": "code", "source": ["x = 1\n"]}, {"cell_type": "code", "source": ["x\n", "y = x.z"]}]
    verdict = checked(json.dumps({"cells": cells}), name="my.ipynb")
    assert verdict.message.startswith("your file raised AttributeError at line 2 of cell 2 (`y = x.z`): a whole number")


def test_unknown_exercise_comes_before_the_file(toy_course: Path, tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match=r"Did you mean '9\.9\.1'"):
        check_file("9.9.7", tmp_path / "nothing.py", course=toy_course)


def test_missing_file(toy_course: Path, tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match=r"nothing\.py: expected a Python file or a notebook with your answer"):
        check_file("9.9.1", tmp_path / "nothing.py", course=toy_course)
    assert read_progress() == {}


def test_python_that_does_not_start(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_process, "_CHILD", "raise ImportError('no looplab here')")
    with pytest.raises(ExerciseError) as raised:
        checked("def double(x): return 2 * x\n")
    expected = "the process that checks exercise 9.9.1 did not start. ImportError: no looplab here"
    assert str(raised.value) == expected
