"""How much memory is free, and a refusal before more than that is asked for."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from looplab.errors import ReplicasError

__all__ = ["free_memory_bytes", "require_memory"]

_ROOT = Path("/")
_SMALL_BYTES = 16 * 2**20


def require_memory(needed_bytes: int, device: torch.device, replicas: int) -> None:
    """Raise a `ReplicasError` unless so many bytes are free on the device. Allocates nothing itself.

    So few that a call with them ends sooner than the system says what is free are taken to be there.
    """
    if needed_bytes <= _SMALL_BYTES:
        return
    free_bytes = free_memory_bytes(device)
    if free_bytes is None or needed_bytes <= free_bytes:
        return
    share = max(1, int(replicas * 0.8 * free_bytes / needed_bytes))
    raise ReplicasError(
        f"memory for {replicas:,} replicas",
        expected=f"at most the {free_bytes:,} bytes that are free ({_human(free_bytes)})",
        got=f"a need of {needed_bytes:,} bytes ({_human(needed_bytes)})",
        fix=f"Train about {share:,} replicas a call, or keep fewer losses with a larger record_every.",
    )


def free_memory_bytes(device: torch.device, root: Path = _ROOT) -> int | None:
    """Bytes that can still be allocated on a device; None where the system does not say.

    On the CPU: what the kernel calls available, or what the process's control groups (containers) leave, whichever is
    less. On a GPU: what its driver calls free.

    Args:
        device: where the bytes would lie.
        root: the folder that holds `proc` and `sys`.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    limits = [_available(root), *_control_groups(root)]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else _physical_pages()


def _available(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _control_groups(root: Path) -> Iterator[int | None]:
    """What each control group that the process belongs to leaves, by the second and the first version's files."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        mount, limit, used = (
            ("sys/fs/cgroup", "memory.max", "memory.current")
            if controllers == ""
            else ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        group = Path(path.lstrip("/"))
        for folder in (group, *group.parents):
            yield _left_in_group(root / mount / folder, limit, used)


def _left_in_group(folder: Path, limit: str, used: str) -> int | None:
    limit_text, used_text = _read(folder / limit).strip(), _read(folder / used).strip()
    if not (limit_text.isdigit() and used_text.isdigit()):
        return None  # no such file, or "max"
    reclaimable = 0
    for line in _read(folder / "memory.stat").splitlines():
        if line.startswith(("inactive_file ", "total_inactive_file ")):  # file pages that the kernel drops on demand
            reclaimable = max(reclaimable, int(line.split()[1]))
    return max(0, int(limit_text) - int(used_text) + reclaimable)


def _physical_pages() -> int | None:
    """All memory there is: the best guess where the system names no free memory."""
    if sys.platform == "win32" or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def _human(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:,.1f} {unit}"
