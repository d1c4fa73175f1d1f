"""The command that compares pages before and after a change says what differs, and overlooks where code lies."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout  # the tools do not come with the wheel

COMMAND = Path(__file__).parents[2] / "tools" / "compare_pages.py"


def compared(folder: Path) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, str(COMMAND), "before", "after"], cwd=folder, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout


def test_pages_are_compared_but_for_where_code_lies(tmp_path: Path) -> None:
    for name, place in (("before", "looplab/loop/train.py, lines 3 to 9"), ("after", "looplab/loop/loop.py, line 1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(f"<p>One</p>\n<p>{place}</p>\n")
        (tmp_path / name / ".buildinfo").write_text(name)
    assert compared(tmp_path) == (0, "The pages are the same.\n")
    (tmp_path / "after" / "index.html").write_text("<p>Two</p>\n<p>looplab/loop/train.py, line 3</p>\n")
    (tmp_path / "before" / "gone.html").touch()
    (tmp_path / "after" / "picture.png").touch()
    assert compared(tmp_path) == (
        1,
        "gone.html: only before\nindex.html: -<p>One</p>\nindex.html: +<p>Two</p>\npicture.png: only after\n",
    )
