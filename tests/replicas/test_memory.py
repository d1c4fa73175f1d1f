"""Free memory: what the kernel says, and what a container leaves."""

from pathlib import Path

import pytest
import torch

from looplab.errors import ReplicasError
from looplab.replicas import memory

CPU = torch.device("cpu")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_without_containers_it_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    write(tmp_path, {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:     500 kB\n"})
    assert memory.free_memory_bytes(CPU, tmp_path) == 500 * 1024


def test_a_control_group_of_the_second_version_leaves_less(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/meminfo": "MemAvailable: 500 kB\n",
            "proc/self/cgroup": "0::/jobs/mine\n",
            "sys/fs/cgroup/jobs/mine/memory.max": "max\n",
            "sys/fs/cgroup/jobs/mine/memory.current": "10\n",
            "sys/fs/cgroup/jobs/memory.max": "3000\n",
            "sys/fs/cgroup/jobs/memory.current": "1000\n",
            "sys/fs/cgroup/jobs/memory.stat": "anon 7\ninactive_file 400\n",
        },
    )
    assert memory.free_memory_bytes(CPU, tmp_path) == 3000 - 1000 + 400


def test_a_control_group_of_the_first_version_leaves_less(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/meminfo": "MemAvailable: 500 kB\n",
            "proc/self/cgroup": "7:cpu:/a\n4:memory:/a/b\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "4500\n",
        },
    )
    assert memory.free_memory_bytes(CPU, tmp_path) == 500


def test_a_system_that_says_nothing_is_taken_at_its_size(tmp_path: Path) -> None:
    free = memory.free_memory_bytes(CPU, tmp_path)
    assert free is None or free > 2**20


def test_a_need_above_what_is_free_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory_bytes", lambda _: 2**30)
    memory.require_memory(2**30, CPU, 10)
    with pytest.raises(ReplicasError) as error:
        memory.require_memory(2**31, CPU, 10)
    assert str(error.value) == (
        "memory for 10 replicas: expected at most the 1,073,741,824 bytes that are free (1.0 GiB), "
        "got a need of 2,147,483,648 bytes (2.0 GiB). Train about 4 replicas a call, "
        "or keep fewer losses with a larger record_every."
    )


def test_for_a_small_need_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(memory, "free_memory_bytes")
    memory.require_memory(2**20, CPU, 10)
