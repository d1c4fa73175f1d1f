"""Run a command and print as JSON what it took: wall and processor seconds, peak memory, and how it ended.

Usage: python watched_run.py MINUTES GIGABYTES STDOUT STDERR COMMAND…

The command is ended after so many minutes of processor time, or with so much memory. It is started from here, a
process that has hardly any memory of its own, since Linux counts what a parent has had as a child's.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

_PAUSE_SECONDS = 0.05
_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def main() -> None:
    """Run the command of this process's arguments."""
    minutes, gigabytes, *paths = sys.argv[1:5]
    with Path(paths[0]).open("w", encoding="utf-8") as out, Path(paths[1]).open("w", encoding="utf-8") as err:
        started = time.perf_counter()
        process = subprocess.Popen(sys.argv[5:], stdout=out, stderr=err, start_new_session=True)
        ended, status, used = _watch(process.pid, 60 * float(minutes), 1e9 * float(gigabytes))
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = {
        "ended": ended,
        "status": process.returncode,
        "seconds": seconds,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "peak_megabytes": used.ru_maxrss * _UNIT / 1e6,
    }
    print(json.dumps(taken))


def _watch(pid: int, most_seconds: float, most_bytes: float) -> tuple[str, int, resource.struct_rusage]:
    """Wait for the end of a process, or end it and all of its group; how it ended, its status, and what it used."""
    watched, ended = psutil.Process(pid), "by itself"
    while True:
        found, status, used = os.wait4(pid, os.WNOHANG)
        if found:
            return ended, status, used
        spent = watched.cpu_times()
        over_time = spent.user + spent.system > most_seconds
        beyond = "time" if over_time else "memory" if watched.memory_info().rss > most_bytes else ""
        if beyond:
            ended = f"for want of {beyond}"
            os.killpg(pid, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    main()
