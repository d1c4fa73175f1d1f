"""Claim: a sweep whose workers and driver are killed at random instants loses nothing and counts nothing twice.

A driver process trains a few hundred networks on worker processes, with chunks kept in a folder. Again and again one of
the processes is killed (SIGKILL) at a random instant: mostly a worker, at times the driver, which is then started again
and goes on. In the end every replica must be there once, with the bits of a call that nobody disturbed.

The second part measures what the driver itself costs: 1,000 workers are simulated by futures that come back when their
time has come, and the driver's processor time for each chunk is what limits how many workers it can keep busy.

It forks, so it runs on Linux and macOS.
"""

import argparse
import hashlib
import heapq
import json
import logging
import os
import platform
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import torch

from common import write_json
from looplab import Recipe, Runs, load, mlp, train_many
from looplab.sweeps import Workers
from looplab.sweeps.chunks import Chunk
from looplab.sweeps.pool import Pool
from looplab.sweeps.scheduler import Job, run_jobs

CLAIM = 200
SEEDS = 600
WORKERS = 2
DRIVER_SHARE = 0.15


def trained(seed: int, workers: Workers | None, folder: Path | None) -> Runs:
    """The call of one sweep."""
    return train_many(
        lambda: mlp(2, [16], 1),
        load("moons"),
        Recipe(optimizer="adam", lr=0.01, steps=300, batch_size=32),
        seeds=range(1000 * seed, 1000 * seed + SEEDS),
        backend="fused",
        executor=workers,
        checkpoint=folder,
    )


def hashed(runs: Runs) -> str:
    """A hash of what came of it."""
    tensors = (runs.train_loss, runs.parameters, runs.failed, runs.steps)
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()


def drive(seed: int, folder: Path) -> None:
    """In a process of its own: the sweep, and at the end its hash."""
    workers = Workers(
        lambda: ProcessPoolExecutor(WORKERS, mp_context=get_context("fork")),  # whose workers start in no time
        count=WORKERS,
        chunk_seconds=0.05,
        tries=10**6,
    )
    found = hashed(trained(seed, workers, folder / "kept"))
    (folder / "hash.part").write_text(found)
    (folder / "hash.part").replace(folder / "hash")


def started(seed: int, folder: Path) -> int:
    """The process that drives a sweep."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setsid()
            drive(seed, folder)
            status = 0
        finally:
            os._exit(status)
    return pid


def killed_until_done(seed: int, folder: Path, clock: random.Random, kills: dict[str, int]) -> None:
    """Kill workers and drivers of a sweep until it is done."""
    pid = started(seed, folder)
    while True:
        time.sleep(clock.uniform(0.0, 0.6))
        ended, _ = os.waitpid(pid, os.WNOHANG)
        if ended:
            if (folder / "hash").exists():
                return
            pid = started(seed, folder)
            continue
        if clock.random() < DRIVER_SHARE:
            _kill(psutil.Process(pid).children(recursive=True))  # workers of a driver that is gone would wait for it
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills["driver"] += 1
            if (folder / "hash").exists():
                return
            pid = started(seed, folder)
        else:
            working = psutil.Process(pid).children()
            if working:
                kills["worker"] += _kill([clock.choice(working)])


def _kill(processes: list[psutil.Process]) -> int:
    count = 0
    for process in processes:
        try:
            process.kill()
            count += 1
        except psutil.Error:
            continue
    return count


def kept_once(folder: Path) -> bool:
    """Whether the chunks in a folder hold each replica, and none of them twice."""
    (kept,) = (folder / "kept").iterdir()
    key = json.loads((kept / "sweep.json").read_text())["key"]
    named = [Chunk.named(path.stem, key) for path in kept.glob("chunk-*.safetensors")]
    rows = [row for chunk in named if chunk is not None for row in range(chunk.start, chunk.stop)]
    return sorted(rows) == list(range(SEEDS)) and None not in named


class Simulated:
    """An executor of many workers that only let time go by.

    Args:
        workers: how many.
        seconds: what a call takes one of them.
    """

    def __init__(self, workers: int, seconds: float) -> None:
        self.num_workers, self._seconds = workers, seconds
        self._waiting: list[tuple[float, int, Future[Any]]] = []
        self._free = [0.0] * workers
        self._lock, self._number = threading.Condition(), 0
        self._is_over = False
        self._clock = threading.Thread(target=self._run, daemon=True)
        self._clock.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]":
        """See `looplab.sweeps.workers.Executor`: the next worker that is free takes it."""
        del function, arguments
        future: Future[Any] = Future()
        with self._lock:
            until = max(time.monotonic(), heapq.heappop(self._free)) + self._seconds
            heapq.heappush(self._free, until)
            self._number += 1
            heapq.heappush(self._waiting, (until, self._number, future))
            self._lock.notify()
        return future

    def end(self) -> None:
        """Stop the clock."""
        with self._lock:
            self._is_over = True
            self._lock.notify()
        self._clock.join()

    def _run(self) -> None:
        while not self._is_over:
            with self._lock:
                now = time.monotonic()
                due = []
                while self._waiting and self._waiting[0][0] <= now:
                    due.append(heapq.heappop(self._waiting)[2])
                if not due:
                    self._lock.wait(min(1.0, self._waiting[0][0] - now) if self._waiting else 1.0)
            for future in due:
                future.set_result(None)


def scheduler_cost(workers: int, seconds: float, jobs: int) -> dict[str, float]:
    """The driver's processor time for each chunk, and how busy it keeps its workers."""
    executor, left = Simulated(workers, seconds), iter(range(jobs))
    came: list[Any] = []

    def source() -> Job | None:
        number = next(left, None)
        return None if number is None else Job((number,), f"job {number}")

    began, used = time.perf_counter(), time.thread_time()
    run_jobs(Pool(Workers(executor)), print, b"", source=source, landed=lambda job, _: came.append(job), tries=1)
    used, wall = time.thread_time() - used, time.perf_counter() - began
    executor.end()
    return {
        "workers": workers,
        "chunks": len(came),
        "chunk_seconds": seconds,
        "driver_microseconds_a_chunk": round(1e6 * used / jobs, 1),
        "busy_share_of_workers": round(jobs * seconds / workers / wall, 3),
    }


def main() -> None:
    """Measure and print; write the JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=CLAIM, help="at least so many")
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("looplab.sweeps").setLevel(logging.ERROR)
    clock, kills, wrong, twice, sweeps = random.Random(0), {"worker": 0, "driver": 0}, 0, 0, 0
    cost = scheduler_cost(1000, 5.0, 4000)
    print(json.dumps(cost), flush=True)
    trained(0, None, None)  # what is loaded and compiled now, children find
    while sum(kills.values()) < arguments.kills:
        with tempfile.TemporaryDirectory() as folder:
            killed_until_done(sweeps, Path(folder), clock, kills)
            wrong += (Path(folder) / "hash").read_text() != hashed(trained(sweeps, None, None))
            twice += not kept_once(Path(folder))
        sweeps += 1
        print(f"sweep {sweeps}: {kills}; {wrong} differ, {twice} with replicas lost or twice", flush=True)
    result = {
        "claim": f"after at least {CLAIM} kills of workers and drivers nothing is lost, and nothing counted twice",
        "holds": wrong == 0 and twice == 0 and sum(kills.values()) >= CLAIM,
        "kills": kills,
        "sweeps": sweeps,
        "replicas_of_a_sweep": SEEDS,
        "sweeps_that_differ": wrong,
        "sweeps_with_replicas_lost_or_twice": twice,
        "scheduler": cost,
        "versions": {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]},
    }
    write_json(result, arguments.output)


if __name__ == "__main__":
    main()
