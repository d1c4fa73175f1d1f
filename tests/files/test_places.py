"""Where files of looplab's own lie is said in one place."""

from pathlib import Path

import pytest

from looplab.errors import FileError
from looplab.files import cache_folder, home_folder


def test_the_variable_names_the_folder_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "mine"))
    assert home_folder() == tmp_path / "mine"
    assert list(tmp_path.iterdir()) == []


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOOPLAB_HOME", "~/mine")
    assert home_folder() == tmp_path / "mine"


def test_a_relative_name_begins_in_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOPLAB_HOME", "mine")
    assert home_folder() == tmp_path / "mine"


def test_empty_is_as_if_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOPLAB_HOME", raising=False)
    usual = home_folder()
    monkeypatch.setenv("LOOPLAB_HOME", "")
    assert home_folder() == usual
    assert usual.is_absolute()
    assert usual != Path.cwd()


@pytest.mark.parametrize("make", [lambda path: path.write_text(""), lambda path: path.symlink_to("nowhere")])
def test_what_is_no_folder_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "file")
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(
        FileError, match=r"the folder that LOOPLAB_HOME names: expected a folder.*, got the file .*/file"
    ):
        home_folder()


def test_the_home_of_nobody_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", "~no-such-user/mine")
    with pytest.raises(FileError, match=r"LOOPLAB_HOME: expected a folder, got '~no-such-user/mine'\. A ~ stands for"):
        home_folder()


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "looplab"
