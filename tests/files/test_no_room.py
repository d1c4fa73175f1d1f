"""A full disk, a limit on the size of files, a read-only folder: a sentence, and what was there stays."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from looplab.course.answers.progress import record
from looplab.course.serve.home import Home
from looplab.course.serve.notebooks import notebook_for
from looplab.course.template import new_lesson
from looplab.errors import FileError, LooplabError
from looplab.experiments import find_file, load_ledger, new_experiment, save_report
from looplab.files import whole_file, write_new, write_whole

TOYS = Path(__file__).parents[1] / "course" / "toy_course"
Nobody = Callable[[], AbstractContextManager[None]]


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """The system refuses to let any file grow beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_in_parts(path: Path) -> None:
    with whole_file(path) as file:
        for _ in range(1000):
            file.write(b"x" * 1000)


def save_a_ledger(path: Path) -> None:
    save_report(load_ledger(find_file("zero-grad-order")), path)


def record_progress(path: Path) -> None:
    """Says a sentence in place of raising it: a check goes on without."""
    os.environ["LOOPLAB_HOME"] = str(path.parent)
    try:
        said = record("9.9.1", passed=True)
    finally:
        del os.environ["LOOPLAB_HOME"]
    if said:
        raise FileError(said)


WRITERS: dict[str, Callable[[Path], object]] = {
    "progress.json": record_progress,
    "whole": lambda path: write_whole(path, "x" * 1000),
    "parts": write_in_parts,
    "new": lambda path: write_new(path, "x" * 1000),
    "entry.json": save_a_ledger,
    "2.4.ipynb": lambda path: notebook_for("2.4", path.parent, lambda: "x" * 1000),
    "my_question.py": lambda path: new_experiment("my-question", path.parent),
    "jupyter": lambda path: Home(folder=path.parent).make(),
    "9.8-more": lambda path: new_lesson("9.8", "More", course=_course(path.parent)),
}


def _course(folder: Path) -> Path:
    course = folder / "course"
    if not course.exists():
        shutil.copytree(TOYS, course)
        (course / "course.toml").write_text('title = "Toys"\n\n[modules]\n9 = "Toys"\n')
    return course


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "jupyter"])
def test_a_limit_on_the_size_of_files_is_a_sentence_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    _course(tmp_path)
    before = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts}
    with files_of_at_most(10), pytest.raises(LooplabError, match=r"(?i)file too large") as caught:
        WRITERS[name](tmp_path / name)
    assert "\n" not in str(caught.value)
    left = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts} - before
    assert {path.name for path in left} <= {"progress.lock"}


@pytest.mark.parametrize("name", ["progress.json", "whole", "parts", "entry.json"])
def test_the_file_that_was_there_stays(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text('{"exercises": {}}')
    with files_of_at_most(10), pytest.raises(LooplabError, match=r"(?i)file too large"):
        WRITERS[name](path)
    assert path.read_text() == '{"exercises": {}}'
    WRITERS[name](path)
    assert path.stat().st_size > 20


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_folder_is_a_sentence(name: str, reachable: Path, somebody: Nobody) -> None:
    course = _course(reachable)
    for path in (reachable, course, *course.iterdir()):
        path.chmod(0o555)
    with somebody(), pytest.raises(LooplabError) as caught:
        WRITERS[name](reachable / name)
    assert "permission denied" in str(caught.value).lower()
    assert "\n" not in str(caught.value)
    assert not (reachable / name).exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "words", [["--version"], ["experiment", "list"], ["progress"], ["check", "2.4.3", "--file", "x"]]
)
def test_output_that_goes_nowhere_is_a_sentence(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "x").write_text("def swish(z): return z\n")
    environment = os.environ | {"LOOPLAB_HOME": str(tmp_path / "home")}
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [sys.executable, "-m", "looplab", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
    assert said.returncode == 2
    assert said.stderr.startswith("looplab: output: expected to be read and written, got no space left on device.")
    assert len(said.stderr.splitlines()) == 1


def test_a_reader_that_has_seen_enough_is_no_mistake(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    said = subprocess.run(
        [sys.executable, "-m", "looplab", "experiment", "list"], stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert said.stderr == b""
    assert said.returncode == 1
