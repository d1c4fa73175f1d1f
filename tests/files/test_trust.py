"""What nobody else can have written is trusted; all else is not."""

import grp
import os
import pwd
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from looplab.files import trust
from looplab.files.trust import is_trusted_folder, make_trusted_folder, read_trusted

NOBODY, STRANGER = 65534, 54321
Somebody = Callable[[], AbstractContextManager[None]]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")

pytestmark = pytest.mark.usefixtures("umask")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a" / "b" / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    return path


def test_what_is_ours_alone_is_read(file: Path) -> None:
    assert read_trusted(file) == b"content"


@pytest.mark.parametrize("permissions", [0o666, 0o646, 0o602])
def test_a_file_that_others_may_write_is_not_read(file: Path, permissions: int) -> None:
    file.chmod(permissions)
    assert read_trusted(file) is None


@pytest.mark.parametrize("permissions", [0o777, 0o757, 0o702, 0o1777])
def test_nor_one_in_a_folder_that_others_may_write_to(file: Path, permissions: int) -> None:
    file.parent.chmod(permissions)
    assert read_trusted(file) is None
    assert not is_trusted_folder(file.parent)
    assert not make_trusted_folder(file.parent)


def test_nor_one_below_such_a_folder_except_where_nobody_can_rename_what_belongs_to_others(file: Path) -> None:
    above = file.parent.parent
    above.chmod(0o777)
    assert read_trusted(file) is None
    assert not make_trusted_folder(file.parent / "c")
    assert not (file.parent / "c").exists()
    above.chmod(0o1777)
    assert read_trusted(file) == b"content"
    assert make_trusted_folder(above / "new" / "c")


@AS_ROOT
@pytest.mark.parametrize("level", [0, 1, 2])
def test_nor_one_that_belongs_to_somebody_else_or_lies_in_their_folder(file: Path, level: int) -> None:
    os.chown((file, *file.parents)[level], STRANGER, -1)
    assert read_trusted(file) is None


@AS_ROOT
@pytest.mark.parametrize("owner", [0, NOBODY])
@pytest.mark.parametrize("level", [0, 1])
def test_a_user_trusts_root_and_themselves(reachable: Path, somebody: Somebody, owner: int, level: int) -> None:
    (reachable / "a").mkdir()
    (reachable / "a" / "file").write_bytes(b"content")
    os.chown((reachable / "a" / "file", reachable / "a")[level], owner, -1)
    with somebody():
        assert read_trusted(reachable / "a" / "file") == b"content"


@AS_ROOT
def test_a_user_does_not_trust_another(reachable: Path, somebody: Somebody) -> None:
    (reachable / "file").write_bytes(b"content")
    os.chown(reachable, STRANGER, -1)
    with somebody():
        assert read_trusted(reachable / "file") is None
        assert not make_trusted_folder(reachable)


def test_behind_a_link_counts_where_it_leads(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file.parent)
    assert read_trusted(tmp_path / "link" / "file") == b"content"
    file.parent.chmod(0o777)
    assert read_trusted(tmp_path / "link" / "file") is None


def test_what_is_no_file_is_not_read(file: Path) -> None:
    os.mkfifo(file.with_name("pipe"))
    assert read_trusted(file.with_name("pipe")) is None
    with pytest.raises(FileNotFoundError):
        read_trusted(file.with_name("missing"))


class TestGroups:
    """Many systems give each user a group of their own and let it write by default."""

    @pytest.fixture(autouse=True)
    def _afresh(self) -> None:
        trust._is_private_group.cache_clear()

    @AS_ROOT
    def test_a_group_that_is_not_the_users_own_may_not_write(self, file: Path) -> None:
        for place in (file, file.parent):
            os.chown(place, -1, STRANGER)
            place.chmod(0o775)
            assert read_trusted(file) is None
            os.chown(place, -1, os.getegid())
            place.chmod(0o755)

    @pytest.mark.parametrize(
        ("name", "members", "elsewhere", "trusted"),
        [
            ("me", [], [], True),
            ("me", ["me", "root"], [], True),
            ("me", ["you"], [], False),
            ("me", [], ["you"], False),
            ("users", [], [], False),
        ],
    )
    def test_a_group_with_nobody_else_in_it_may(
        self,
        file: Path,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        members: list[str],
        elsewhere: list[str],
        trusted: bool,
    ) -> None:
        """The operating system's own lists of users and groups are replaced; they are all that a test cannot have."""
        group = file.stat().st_gid
        users = [pwd.struct_passwd(("me", "x", os.geteuid(), group, "", "", ""))]
        users += [pwd.struct_passwd((other, "x", STRANGER, group, "", "", "")) for other in elsewhere]
        monkeypatch.setattr(grp, "getgrgid", lambda number: grp.struct_group((name, "x", number, members)))
        monkeypatch.setattr(pwd, "getpwuid", lambda number: users[0])
        monkeypatch.setattr(pwd, "getpwall", lambda: users)
        file.chmod(0o664)
        file.parent.chmod(0o775)
        assert (read_trusted(file) == b"content") is trusted
