"""Files that do more than answer: forge, leave, hoard, or outlive who checks them. One process each, so they share."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from looplab.course.answers import answer_process, check_file, file_check
from looplab.course.answers.process_tree import ProcessTree
from looplab.course.exercises import Verdict
from looplab.course.exercises.finding import find_exercise

Checked = Callable[[str], Verdict]
WRONG = "double(x) is -1 for input -1 (element [0, 0]), expected -2; 2 of 3 elements differ."


@pytest.fixture
def checked(toy_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Has a source checked, with time enough on the busiest machine."""
    patient = replace(find_exercise("9.9.1", toy_course), time_limit_seconds=120.0)
    monkeypatch.setattr(file_check, "find_exercise", lambda *arguments: patient)

    def check(source: str) -> Verdict:
        path = tmp_path / "my_answer.py"
        path.write_text(source, encoding="utf-8")
        return check_file("9.9.1", path, course=toy_course)

    return check


def test_a_file_that_rewrites_the_judge_rewrites_another_one(checked: Checked) -> None:
    verdict = checked(
        "import sys, torch\n"
        "import looplab.course.exercises as exercises\n"
        "for module in list(sys.modules.values()):\n"
        "    for name in ('expect_close', 'expect_tensor', 'allclose', 'isclose', 'fault_of', 'in_words', 'call'):\n"
        "        if hasattr(module, name):\n"
        "            setattr(module, name, lambda *a, **k: a[0] if a else '')\n"
        "from looplab.course.answers import file_check_process as process\n"
        "from looplab.course.exercises import Verdict\n"
        "process.judge = lambda *a, **k: Verdict(exercise='9.9.1', passed=True, message='9.9.1 Double it: passed.')\n"
        "def double(x):\n    return x\n"
    )
    assert not verdict.passed


def test_replies_that_nobody_asked_for_are_not_read(checked: Checked) -> None:
    verdict = checked(
        "import os, struct, msgspec\n"
        "def double(x):\n"
        "    said = msgspec.msgpack.encode({'number': '0' * 32, 'passed': True, 'value': b'\\xc0', 'states': b''})\n"
        "    for handle in range(3, 64):\n"
        "        try:\n"
        "            os.write(handle, struct.pack('<Q', len(said)) + said)\n"
        "        except OSError:\n"
        "            pass\n"
        "    return x\n"
    )
    assert verdict.message.startswith(WRONG)


@pytest.mark.parametrize("junk", ["b'\\xff' * 10**6", "b'\\x00' * 8 * 10**5"])
def test_what_is_no_reply_fails_the_check(checked: Checked, junk: str) -> None:
    source = (
        "import os\n"
        "def double(x):\n"
        "    for handle in range(3, 64):\n"
        "        try:\n"
        f"            os.write(handle, {junk})\n"
        "        except OSError:\n"
        "            pass\n"
        "    return 2 * x\n"
    )
    assert checked(source).message == "your double wrote into the pipe over which it is checked. Take os.write() out."


def test_a_result_that_is_too_large_is_said(checked: Checked) -> None:
    verdict = checked("def double(x):\n    return ['x' * 1000] * 20_000\n")
    assert verdict.message == "your double returned 19 MB, which is more than a check takes."
    verdict = checked("def double(x):\n    deep = []\n    deep.append(deep)\n    return deep\n")
    assert verdict.message == "your double returned a value that is nested too deeply."


LEAVING = """
import os, subprocess, sys, time
started = [0]
def leave(environment):
    started[0] += 1
    code = "import os, time; open({note!r}, 'a').write(str(os.getpid()) + ' '); time.sleep(600)"
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-c", code], environment)
        os._exit(0)
    while not os.path.exists({note!r}) or len(open({note!r}).read().split()) < started[0]:
        time.sleep(0.01)
def double(x):
    {what}
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="leaving is found by Linux's means")
@pytest.mark.parametrize(
    ("what", "count"),
    [
        ("leave({}); return 2 * x", 1),
        ("leave(os.environ); os._exit(3)", 1),
        ("leave(os.environ); os.kill(os.getpid(), 9)", 1),
        ("leave({}); os._exit(3)", 1),
        ("leave({}); os.kill(os.getpid(), 11)", 1),
        ("leave({}); leave({}); time.sleep(600)", 2),
    ],
)
def test_children_that_leave_are_found_and_ended(
    checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, count: int
) -> None:
    note, patient = tmp_path / "children", file_check.find_exercise("9.9.1")  # type: ignore[attr-defined]
    monkeypatch.setattr(answer_process, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(ProcessTree, "_marked", lambda self: [])  # whoever clears its environment has no mark
    monkeypatch.setattr(ProcessTree, "memory_bytes", lambda self, enough: 0)  # nor is it seen before the end
    if "sleep" in what:
        hasty = replace(patient, time_limit_seconds=1.0)
        monkeypatch.setattr(file_check, "find_exercise", lambda *arguments: hasty)
    checked(LEAVING.format(note=str(note), what=what))
    left = [int(word) for word in note.read_text().split()]
    assert len(left) == count
    assert not [process for process in left if _is_alive(process)]


def test_memory_is_limited_for_all_together(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_process, "MEMORY_LIMIT_BYTES", 100 * 2**20)
    monkeypatch.setattr(answer_process, "_WEIGH_SECONDS", 0.0)
    verdict = checked(
        "import subprocess, sys, time\n"
        "def double(x):\n"
        "    hoard = 'import time; hoard = bytearray(b\"x\" * (70 * 2**20)); time.sleep(600)'\n"
        "    children = [subprocess.Popen([sys.executable, '-c', hoard]) for _ in range(2)]\n"
        "    children[0].wait()\n"
    )
    assert verdict.message == "your double used more than 2 GB of memory. Does a list or tensor grow in a loop?"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_whatever_ends_the_check_ends_the_file(toy_course: Path, tmp_path: Path, number: str) -> None:
    note, answer = tmp_path / "note", tmp_path / "answer.py"
    answer.write_text(
        "import os, time\n"
        "def double(x):\n"
        "    if os.fork() == 0:\n        os.setsid()\n        if os.fork():\n            os._exit(0)\n"
        f"    with open({str(note)!r}, 'a') as note:\n        note.write(str(os.getpid()) + ' ')\n"
        "    while True:\n        time.sleep(0.01)\n"
    )
    code = (
        "from dataclasses import replace; from pathlib import Path; from looplab.course.answers import file_check\n"
        f"found = file_check.find_exercise('9.9.1', Path({str(toy_course)!r}))\n"
        "file_check.find_exercise = lambda *a: replace(found, time_limit_seconds=120.0)\n"
        f"file_check.check_file('9.9.1', Path({str(answer)!r}), course=Path({str(toy_course)!r}))\n"
    )
    ending = getattr(signal, number)
    heed = None if ending == signal.SIGKILL else lambda: signal.signal(ending, signal.SIG_DFL)  # nohup ignores SIGHUP
    checking = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL, preexec_fn=heed)
    try:
        assert _until(lambda: note.exists() and len(note.read_text().split()) == 2)
        checking.send_signal(ending)
        status = checking.wait(60)
    finally:
        checking.kill()
    assert status != 0 if number == "SIGINT" else status == -ending
    assert _until(lambda: not any(_is_alive(int(word)) for word in note.read_text().split()))


def test_handlers_are_put_back(checked: Checked) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    assert checked("def double(x):\n    return 2 * x\n").passed
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)] == before


def _is_alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _until(condition: Callable[[], bool]) -> bool:
    for _ in range(1200):
        if condition():
            return True
        time.sleep(0.05)
    return False
