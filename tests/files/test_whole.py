"""Files are written whole or not at all, whatever the place is like."""

import errno
import os
import resource
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import looplab
from looplab.errors import FileError, LooplabError
from looplab.files import whole_file, write_new, write_whole
from looplab.files.temporary import sweep

NOBODY = 65534
Somebody = Callable[[], AbstractContextManager[None]]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("umask")
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


@pytest.mark.usefixtures("umask")
class TestPermissions:
    """A new file follows the umask; one that is replaced hands its own on."""

    @pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077])
    def test_a_new_file_and_new_folders_follow_the_umask(self, tmp_path: Path, mask: int) -> None:
        os.umask(mask)
        path = write_whole(tmp_path / "new" / "note.txt", "text")
        assert mode(path) == 0o666 & ~mask
        assert mode(path.parent) == 0o777 & ~mask

    @pytest.mark.parametrize("mask", [0o000, 0o077])
    @pytest.mark.parametrize("asked", [0o600, 0o644])
    def test_permissions_that_are_asked_for_are_given_whatever_was_there_as_far_as_the_umask_lets(
        self, tmp_path: Path, mask: int, asked: int
    ) -> None:
        os.umask(mask)
        path = write_whole(tmp_path / "note.txt", "text", permissions=asked)
        assert mode(path) == asked & ~mask
        path.chmod(0o666)
        assert mode(write_whole(path, "text", permissions=asked)) == asked & ~mask

    @pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o666, 0o755])
    def test_a_file_that_is_replaced_hands_on_its_permissions(self, tmp_path: Path, kept: int) -> None:
        os.umask(0o077)
        path = write_whole(tmp_path / "note.txt", "old")
        path.chmod(kept)
        write_whole(path, "new")
        assert (path.read_text(), mode(path)) == ("new", kept)

    def test_nobody_reads_a_private_file_while_it_is_replaced(self, tmp_path: Path) -> None:
        path = write_whole(tmp_path / "note.txt", "old")
        path.chmod(0o600)
        with whole_file(path):
            assert [mode(found) & 0o077 for found in tmp_path.iterdir()] == [0, 0]

    @AS_ROOT
    def test_owner_and_group_are_handed_on(self, tmp_path: Path) -> None:
        path = write_whole(tmp_path / "note.txt", "old")
        os.chown(path, NOBODY, 1234)
        path.chmod(0o640)
        write_whole(path, "new")
        assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (NOBODY, 1234, 0o640)

    @AS_ROOT
    def test_a_group_that_cannot_be_handed_on_hands_no_rights_on(self, reachable: Path, somebody: Somebody) -> None:
        path = write_whole(reachable / "note.txt", "old")
        reachable.chmod(0o777)
        os.chown(path, 0, 1234)
        path.chmod(0o666 & ~0o004 | 0o002)
        with somebody():
            write_whole(path, "new")
        assert (path.stat().st_uid, mode(path)) == (NOBODY, 0o622)


class TestLinks:
    """A link is written through."""

    def test_the_file_behind_a_link_is_written_and_the_link_stays(self, tmp_path: Path) -> None:
        target = write_whole(tmp_path / "elsewhere" / "note.txt", "old")
        between, link = tmp_path / "between", tmp_path / "link.txt"
        between.symlink_to("elsewhere")
        link.symlink_to("between/note.txt")
        write_whole(link, "new")
        assert link.is_symlink()
        assert (target.read_text(), names(tmp_path), names(target.parent)) == (
            "new",
            ["between", "elsewhere", "link.txt"],
            ["note.txt"],
        )

    def test_a_link_that_leads_nowhere_leads_to_the_new_file(self, tmp_path: Path) -> None:
        link = tmp_path / "link.txt"
        link.symlink_to("missing/note.txt")
        write_whole(link, "new")
        assert link.is_symlink()
        assert (tmp_path / "missing" / "note.txt").read_text() == "new"

    def test_links_in_a_circle_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(FileError, match=r"a: expected a file that can be written, got .*Its links lead round"):
            write_whole(tmp_path / "a", "text")
        assert names(tmp_path) == ["a", "b"]


class TestNoFile:
    """What is neither file nor folder is written to as it is."""

    def test_a_pipe_is_written_to(self, tmp_path: Path) -> None:
        pipe, read = tmp_path / "pipe", []
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
        reader.start()
        write_whole(pipe, b"x" * 100_000)
        reader.join()
        assert read == [b"x" * 100_000]
        assert pipe.is_fifo()

    def test_standard_output_is_written_to(self) -> None:
        code = "from looplab.files import write_whole; write_whole(Path(sys.argv[2]), 'said')"
        said, _ = files_alone(code, Path("/dev/stdout")).communicate()
        assert said == "said"

    def test_a_device_that_is_full_is_a_sentence(self) -> None:
        with pytest.raises(FileError, match=r"/dev/full: expected a file .* got no space left on device\. Free some"):
            write_whole(Path("/dev/full"), "text")


PLACES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a folder": (lambda folder: folder, "is a directory. Name a file in it."),
    "a file in place of a folder": (
        lambda folder: write_whole(folder / "file", "") / "note.txt",
        "A part of the path is a file; name a folder in its place.",
    ),
    "a long name": (lambda folder: folder / ("x" * 300), "file name too long. Choose a shorter name."),
    "a null byte": (lambda folder: folder / "a\0b", "expected a name that a file can have, got embedded null byte"),
    "no folder at all": (lambda folder: Path("/proc/none/note.txt"), "no such file or directory. Look for a mistake"),
    "half a character": (lambda folder: folder / "\ud800", "expected a name that a file can have, got 'utf-8' codec"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("write", [write_whole, lambda path, content: write_new(path / "new", content)])
def test_a_place_where_no_file_can_be_is_a_sentence(
    tmp_path: Path, place: str, write: Callable[[Path, str], object]
) -> None:
    make, message = PLACES[place]
    path = make(tmp_path)
    if write is not write_whole and place == "a folder":
        return  # a new file in it is what is meant
    with pytest.raises(FileError) as caught:
        write(path, "text")
    assert message in str(caught.value)
    assert isinstance(caught.value, LooplabError)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("umask")
def test_a_read_only_folder_is_a_sentence(reachable: Path, somebody: Somebody) -> None:
    path = write_whole(reachable / "home" / "note.txt", "old")
    path.chmod(0o666)
    path.parent.chmod(0o555)
    with somebody(), pytest.raises(FileError, match=r"note\.txt: expected .* got permission denied\. Name another"):
        write_whole(path, "new")
    with somebody(), pytest.raises(FileError, match=r"permission denied"):
        write_whole(path.parent / "deep" / "note.txt", "new")
    path.parent.chmod(0o755)
    assert (path.read_text(), names(path.parent)) == ("old", ["note.txt"])


@pytest.mark.usefixtures("umask")
def test_a_write_protected_file_is_not_written_over(reachable: Path, somebody: Somebody) -> None:
    path = write_whole(reachable / "note.txt", "old")
    path.chmod(0o444)
    reachable.chmod(0o777)
    with somebody(), pytest.raises(FileError, match=r"note\.txt: expected .* got write-protected"):
        write_whole(path, "new")
    assert (path.read_text(), names(reachable)) == ("old", ["note.txt"])


@pytest.mark.parametrize("size", [1, 10_000, 100_000])
def test_a_limit_on_the_size_of_files_is_a_sentence(tmp_path: Path, size: int) -> None:
    path = write_whole(tmp_path / "note.txt", b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, hard))
    try:
        with pytest.raises(FileError, match=r"note\.txt: .* got file too large\. Raise the limit on the size of files"):
            write_whole(path, b"n" * size)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["note.txt"])


def test_who_gives_up_hears_nothing_of_the_disk(tmp_path: Path) -> None:
    def interrupted() -> None:
        with whole_file(tmp_path / "note.txt") as file:
            file.write(b"not on the disk yet")
            raise KeyboardInterrupt

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        path = write_whole(disk / "note.txt", b"old")
        with pytest.raises(FileError, match=r"note\.txt: .* got no space left on device\. Free some space") as caught:
            write_whole(path, b"n" * 200_000)
        assert caught.value.errno == errno.ENOSPC
        assert (path.read_bytes(), names(disk)) == (b"old", ["note.txt"])
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_error_of_the_block_is_its_own_and_no_sentence_about_the_file(tmp_path: Path) -> None:
    def copying() -> None:
        with whole_file(tmp_path / "copy.txt") as file:
            file.write((tmp_path / "missing.txt").read_bytes())

    with pytest.raises(FileNotFoundError, match=r"missing\.txt"):
        copying()
    assert names(tmp_path) == []


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    write_whole(tmp_path / "file", "old")
    for name in ("link", "folder", "file"):
        assert not write_new(tmp_path / name, "new")
    assert write_new(tmp_path / "note.txt", "new")
    assert names(tmp_path) == ["file", "folder", "link", "note.txt"]
    assert ((tmp_path / "file").read_text(), (tmp_path / "note.txt").read_text()) == ("old", "new")


@pytest.mark.parametrize("has_links", [True, False])
def test_of_many_that_write_a_new_file_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def no_link(*names: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    if not has_links:
        monkeypatch.setattr(os, "link", no_link)
    began, written = threading.Barrier(8), []

    def write(number: int) -> None:
        began.wait()
        if write_new(tmp_path / "note.txt", f"{number}" * 10_000):
            written.append(number)

    writers = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(written) == 1
    assert (tmp_path / "note.txt").read_text() == f"{written[0]}" * 10_000
    assert names(tmp_path) == ["note.txt"]


FILES_ALONE = """
    import sys, time, types
    from pathlib import Path
    package = types.ModuleType("looplab")  # without PyTorch, which takes seconds to load
    package.__path__ = [sys.argv[1]]
    sys.modules["looplab"] = package
"""
WRITING = """
    from looplab.files import whole_file
    with whole_file(Path(sys.argv[2])) as file:
        file.write(b"half of the n")
        file.flush()
        print("writing", flush=True)
        time.sleep(600)
"""


def files_alone(code: str, path: Path) -> "subprocess.Popen[str]":
    """A process that works with `looplab.files` on a path."""
    command = textwrap.dedent(FILES_ALONE) + textwrap.dedent(code)
    folder = Path(looplab.__file__).parent
    return subprocess.Popen([sys.executable, "-c", command, folder, path], stdout=subprocess.PIPE, text=True)


def writing(path: Path) -> "subprocess.Popen[str]":
    """A process in the middle of writing a file."""
    process = files_alone(WRITING, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_what_a_killed_process_leaves_is_swept_by_the_next_write_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".looplab-notes.txt").write_text("the user's own")
    (tmp_path / ".looplab-folder.part").mkdir()
    killed, living = writing(tmp_path / "killed.txt"), writing(tmp_path / "living.txt")
    killed.kill()
    killed.communicate()
    parts = set(tmp_path.glob(".looplab-*.part"))
    assert len(parts) == 3
    write_whole(tmp_path / "next.txt", "new")
    left = set(tmp_path.glob(".looplab-*.part"))
    assert len(left) == 2
    assert left < parts
    living.terminate()
    living.communicate()
    sweep(tmp_path)
    assert names(tmp_path) == [".looplab-folder.part", ".looplab-notes.txt", "next.txt"]


@AS_ROOT
def test_what_others_have_left_is_left_alone(reachable: Path, somebody: Somebody) -> None:
    reachable.chmod(0o777)
    part = write_whole(reachable / ".looplab-0.part", "root's")
    with somebody():
        write_whole(reachable / "note.txt", "text")
    assert part.exists()
