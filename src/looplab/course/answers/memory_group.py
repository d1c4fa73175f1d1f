"""A limit on the memory of a whole tree of processes that the system itself keeps: a control group, version 2 (Linux).

A group can be made where this user may make one and the groups below share out memory: in the user's own slice of
systemd, in a container that was given its groups, by root. Elsewhere there is none, and the memory is watched instead.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["MemoryGroup", "memory_group"]

_PREFIX = "looplab-check-"
_MOUNTS, _OWN = Path("/proc/self/mountinfo"), Path("/proc/self/cgroup")
_ROUNDS, _ROUND_SECONDS = 100, 0.02


class MemoryGroup:
    """A control group for one process and all that it starts.

    Args:
        folder: the group's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, process: int) -> None:
        """Put a process into the group, where whatever it starts from now on is, too. Raises OSError."""
        _write(self._folder / "cgroup.procs", str(process))

    def limit(self, more_bytes: int) -> None:
        """Let all together take so much more than now; if they want more, all of them are ended. Raises OSError."""
        now = int((self._folder / "memory.current").read_text())
        _write(self._folder / "memory.max", str(now + more_bytes))
        for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            if (self._folder / name).exists():
                _write(self._folder / name, value)

    def was_full(self) -> bool:
        """Whether processes were ended because the group had no memory left."""
        with suppress(OSError, ValueError):
            events = dict(line.split() for line in (self._folder / "memory.events").read_text().splitlines())
            return int(events.get("oom_kill", 0)) > 0
        return False

    def end(self) -> None:
        """End whatever is in the group, and take the group away."""
        for _ in range(_ROUNDS):
            with suppress(OSError):
                if (self._folder / "cgroup.kill").exists():
                    _write(self._folder / "cgroup.kill", "1")
            with suppress(FileNotFoundError):
                try:
                    self._folder.rmdir()
                except OSError:  # the last one is not gone yet
                    time.sleep(_ROUND_SECONDS)
                    continue
            return


def memory_group(process: int, *, mounts: Path = _MOUNTS, own: Path = _OWN) -> MemoryGroup | None:
    """A new group that holds a process; None where there cannot be one.

    Args:
        process: it.
        mounts: where the system says what is mounted.
        own: where it says in which groups this process is.
    """
    for above in _groups(mounts, own):
        with suppress(OSError):
            if "memory" not in (above / "cgroup.subtree_control").read_text().split():
                continue
            for left in above.glob(f"{_PREFIX}*"):  # by a process that was killed; one in use cannot be removed
                with suppress(OSError):
                    left.rmdir()
            folder = above / f"{_PREFIX}{secrets.token_hex(8)}"
            folder.mkdir()
            group = MemoryGroup(folder)
            try:
                group.take(process)
            except OSError:
                folder.rmdir()
                continue
            return group
    return None


def _groups(mounts: Path, own: Path) -> Iterator[Path]:
    """The group that this process is in and those above it, the nearest first; nothing where there are no such."""
    with suppress(OSError, ValueError):
        fields = [line.split() for line in mounts.read_text().splitlines()]
        tops = [(Path(line[4]), line[3]) for line in fields if "cgroup2" in line[line.index("-") :]]
        paths = [line[3:] for line in own.read_text().splitlines() if line.startswith("0::")]
        if not tops or not paths or ".." in paths[0].split("/") or not paths[0].startswith(tops[0][1]):
            return
        (top, within), path = tops[0], paths[0]
        folder = top / path.removeprefix(within).lstrip("/")
        yield folder
        for above in folder.parents:
            if not above.is_relative_to(top):
                return
            yield above


def _write(file: Path, text: str) -> None:
    with file.open("w") as opened:
        opened.write(text)
