import json
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from looplab.course.answers import print_progress, read_progress
from looplab.course.answers.progress import progress_and_trouble, record


def test_nothing_is_known_at_first(home: Path) -> None:
    assert read_progress() == {}
    assert not home.exists()


def test_the_first_pass_stays(home: Path) -> None:
    for passed in (False, True, False):
        assert record("9.9.1", passed=passed) == ""
    entry = read_progress()["9.9.1"]
    assert entry.attempts == 3
    assert entry.passed is not None
    assert abs((datetime.now(UTC) - entry.passed).total_seconds()) < 60
    assert sorted(path.name for path in home.iterdir()) == ["progress.json", "progress.lock"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "\x00", '{"exercises": {"9.9.1": {"attempts": "many", "passed": null}}}',
     '{"exercises": {"9.9.1": {"attempts": 1, "passed": "yesterday"}}}',
     '{"exercises": {"9.9.1": {"attempts": 1, "passed": 5}}}'],
)  # fmt: skip
def test_unreadable_file_is_set_aside_and_told(home: Path, content: str) -> None:
    home.mkdir()
    (home / "progress.json").write_text(content)
    assert read_progress() == {}
    said = record("9.9.1", passed=True)
    (aside,) = home.glob("progress.unreadable-*.json")
    assert aside.read_text() == content
    assert said == f"(Your progress file could not be understood. It is kept as {aside}, and a new one has begun.)"
    assert read_progress()["9.9.1"].attempts == 1


def test_progress_that_cannot_be_saved_is_told(home: Path) -> None:
    home.write_text("a file where the folder should be")
    expected = f"expected a folder, or the name of a new one, got the file {home}."
    assert record("9.9.1", passed=True).startswith(
        f"(Your progress could not be saved: the folder that LOOPLAB_HOME names: {expected}"
    )
    known, trouble = progress_and_trouble()
    assert known == {}
    assert expected in trouble


def test_interrupted_writing_leaves_the_old_file_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record("9.9.1", passed=True)
    before = (home / "progress.json").read_bytes()

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert record("9.9.1", passed=True).endswith(
        "got no space left on device. Free some space, or name a place on another disk.)"
    )
    assert (home / "progress.json").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["progress.json", "progress.lock"]


def _record_often(exercise: str) -> None:
    for _ in range(20):
        record(exercise, passed=True)


def test_two_processes_at_once_lose_nothing(home: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_record_often, args=(name,)) for name in ("9.9.1", "9.9.1", "9.9.2")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {name: entry.attempts for name, entry in read_progress().items()} == {"9.9.1": 40, "9.9.2": 20}
    assert json.loads((home / "progress.json").read_text())["exercises"]["9.9.2"]["attempts"] == 20


def test_table(toy_course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_progress(toy_course)
    before = capsys.readouterr().out
    assert "0 of 1 exercises passed, 0 attempts.\nNext: 9.9.1 Double it.\n" in before
    assert "not yet" in before
    record("9.9.1", passed=True)
    print_progress(toy_course)
    after = capsys.readouterr().out
    assert f"{datetime.now().astimezone():%Y-%m-%d}" in after
    assert after.endswith("1 of 1 exercises passed, 1 attempt.\n")


def test_table_says_when_the_file_cannot_be_read(
    toy_course: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{")
    print_progress(toy_course)
    assert "cannot be read. The next check sets it aside" in " ".join(capsys.readouterr().out.split())
    assert (home / "progress.json").read_text() == "{"
