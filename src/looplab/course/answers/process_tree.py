"""A process and all that it starts: how much memory they take together, and ending every one of them.

Those that leave their process group, or whose parent ends, are found, too: a parent that ends hands them on to the
process itself, if that is a supervisor (Linux); each is remembered once it was seen, and each carries a mark in its
environment.
"""

import os
import time
from contextlib import suppress

import psutil

__all__ = ["MARK", "ProcessTree"]

MARK = "LOOPLAB_CHECK"
"""The environment variable that says which check a process belongs to."""

_ROUNDS, _ROUND_SECONDS = 40, 0.02


class ProcessTree:
    """What a process has started.

    Args:
        root: the process.
        mark: what its environment has as `MARK`.
    """

    def __init__(self, root: int, mark: str) -> None:
        self._root, self._mark = root, mark
        self._seen: set[psutil.Process] = set()  # each equals only itself: psutil compares the times of their starts

    def look(self) -> list[psutil.Process]:
        """The process and all below it, now; they are remembered."""
        with suppress(psutil.Error):
            root = psutil.Process(self._root)
            self._seen |= {root, *root.children(recursive=True)}
        return [process for process in self._seen if process.is_running()]

    def memory_bytes(self, enough: int) -> int:
        """The memory of all together, what several share counted once; less exact below `enough`, where it is cheap."""
        processes = self.look()
        total = sum(_memory(process, "rss") for process in processes)
        if total <= enough or len(processes) == 1:
            return total
        return sum(_memory(process, "pss") for process in processes)

    def end(self) -> None:
        """End all of them, and what they start meanwhile."""
        for _ in range(_ROUNDS):
            left = [process for process in {*self.look(), *self._marked()} if _is_alive(process)]
            for process in sorted(left, key=lambda each: each.pid != self._root):
                with suppress(psutil.Error):
                    process.suspend() if process.pid == self._root and len(left) > 1 else process.kill()
            if not left:
                return
            time.sleep(_ROUND_SECONDS)
        for process in self._seen:
            with suppress(psutil.Error):
                process.kill()

    def _marked(self) -> list[psutil.Process]:
        """Those that carry the mark, whoever their parent is."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(MARK) == self._mark:
                    found.append(process)
        self._seen.update(found)
        return found


def _memory(process: psutil.Process, kind: str) -> int:
    with suppress(psutil.Error, AttributeError):
        about = process.memory_info() if kind == "rss" else process.memory_full_info()
        return int(getattr(about, kind))
    return 0


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
