"""Files are written whole or not at all."""

import stat
from pathlib import Path

import pytest

from looplab.files import whole_file, write_whole


def test_text_is_utf_8_and_folders_are_made(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "a" / "b" / "note.txt", "−5 °C\n")
    assert path.read_bytes() == "−5 °C\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "note.txt", b"old")

    def half() -> None:
        with whole_file(path) as file:
            file.write(b"half of the n")
            file.flush()
            assert path.read_bytes() == b"old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_a_folder_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", "text")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]
