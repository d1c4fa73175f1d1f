"""Control groups, on a tree of files that stands for the system's, and on the system's own where this user may."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from looplab.course.answers.memory_group import MemoryGroup, memory_group

MIB = 2**20


class System:
    """What the kernel shows of control groups, in a folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.top, self.mounts, self.own = folder / "cgroup", folder / "mountinfo", folder / "own"
        self.mounts.write_text(
            "22 1 0:20 / /proc rw - proc proc rw\n"
            f"30 22 0:26 / {self.top} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
        )
        self.own.write_text("1:name=systemd:/\n0::/user/app/shell\n")
        for path, shares in (
            ("", "cpu memory"),
            ("user", "memory"),
            ("user/app", "memory pids"),
            ("user/app/shell", ""),
        ):
            self.make(self.top / path, shares)
        real = Path.mkdir

        def make(path: Path) -> None:
            real(path)
            self.make(path, "")

        monkeypatch.setattr(Path, "mkdir", make)
        monkeypatch.setattr(Path, "rmdir", lambda path: self.remove(path))

    def make(self, folder: Path, shares: str) -> None:
        """The files that each group has."""
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - Path's own is replaced
        for name, text in (
            ("cgroup.subtree_control", shares),
            ("cgroup.procs", ""),
            ("memory.current", str(300 * MIB)),
            ("memory.max", "max"),
            ("memory.swap.max", "max"),
            ("memory.oom.group", "0"),
            ("memory.events", "low 0\noom 0\noom_kill 0\n"),
            ("cgroup.kill", ""),
        ):
            (folder / name).write_text(text)

    def remove(self, folder: Path) -> None:
        """A group without processes goes with its files."""
        if (folder / "cgroup.procs").read_text() and not (folder / "cgroup.kill").read_text():
            raise OSError(16, "busy")
        for file in folder.iterdir():
            file.unlink()
        os.rmdir(folder)  # noqa: PTH106

    def group(self) -> MemoryGroup | None:
        return memory_group(123, mounts=self.mounts, own=self.own)

    def made(self) -> list[Path]:
        return list(self.top.rglob("looplab-check-*"))


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    return System(tmp_path, monkeypatch)


def test_a_group_is_made_beside_this_process_where_memory_is_shared_out(system: System) -> None:
    group = system.group()
    assert group is not None
    (made,) = system.made()
    assert made.parent == system.top / "user/app"  # the group of this process itself shares nothing out
    assert (made / "cgroup.procs").read_text() == "123"
    group.limit(100 * MIB)
    assert (made / "memory.max").read_text() == str(400 * MIB)
    assert (made / "memory.swap.max").read_text() == "0"
    assert (made / "memory.oom.group").read_text() == "1"
    assert not group.was_full()
    (made / "memory.events").write_text("low 0\noom 2\noom_kill 3\n")
    assert group.was_full()
    group.end()
    assert system.made() == []
    assert not group.was_full()


def test_groups_of_killed_processes_are_swept_and_those_in_use_are_not(system: System) -> None:
    first, second = system.group(), system.group()
    assert first is not None
    assert second is not None
    left = system.made()
    assert len(left) == 2
    (left[0] / "cgroup.procs").write_text("")
    assert system.group() is not None
    assert left[0] not in system.made()
    assert left[1] in system.made()


@pytest.mark.parametrize("lacking", ["memory", "mount", "own", "elsewhere", "permission"])
def test_without_a_place_for_one_there_is_none(system: System, monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    if lacking == "memory":
        for file in system.top.rglob("cgroup.subtree_control"):
            file.write_text("cpu pids")
    elif lacking == "mount":
        system.mounts.write_text("22 1 0:20 / /proc rw - proc proc rw\n")
    elif lacking == "own":
        system.own.unlink()
    elif lacking == "elsewhere":
        system.own.write_text("0::/../../other\n")
    else:
        monkeypatch.setattr(MemoryGroup, "take", _refuse)
    assert system.group() is None
    assert system.made() == []


def _refuse(self: MemoryGroup, process: int) -> None:
    raise PermissionError(13, "no")


def test_a_container_s_own_part_of_the_tree_is_found(system: System) -> None:
    system.mounts.write_text(f"30 22 0:26 /user {system.top}/user rw - cgroup2 cgroup2 rw\n")
    assert system.group() is not None
    assert system.made()[0].parent == system.top / "user/app"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    code = "import sys, time; sys.stdin.read(1); x = bytearray(b'x' * (200 * 2**20)); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_the_system_itself_ends_what_takes_too_much(sleeper: subprocess.Popen[bytes]) -> None:
    group = memory_group(sleeper.pid)
    if group is None:
        pytest.skip("this user may make no control group that limits memory")
    try:
        group.limit(50 * MIB)
        sleeper.communicate(b"x", timeout=240)
        assert group.was_full()
    finally:
        group.end()
