"""How often the doctor names the fault of a broken training, and how often it calls a healthy one ill.

Both catalogues of `tests/doctor`: each fault, each repaired twin, each odd healthy training. Four minutes on two cores.
With --watched the training is carried out in a plain loop under `looplab.doctor.watch`.
"""

import argparse
import contextlib
import os
import platform
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import torch

from common import write_json
from looplab import doctor
from looplab.doctor import Diagnosis
from looplab.version import __version__

TESTS = Path(__file__).resolve().parents[1] / "tests"
CATALOGUES = ("catalogue", "second_catalogue")


def main() -> None:
    """Examine all, count, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--watched", action="store_true", help="watch a loop, rather than examine the parts")
    parser.add_argument("--stride", type=int, default=1, help="look at every N-th training only")
    parser.add_argument("--only", default="", help="part of the ids to look at")
    options = parser.parse_args()
    look = _watched if options.watched else _examined
    results = [each for name in CATALOGUES for each in _all_of(name, options, look)]
    summary = {
        "looplab": __version__,
        "torch": torch.__version__,
        "processor": platform.processor() or platform.machine(),
        "processes": options.processes,
        "watched": options.watched,
        "stride": options.stride,
        "catalogues": {name: _counted([each for each in results if each["catalogue"] == name]) for name in CATALOGUES},
        "missed": [each for each in results if each["truth"] and not _rank_is(each, 1)],
        "alarms": [each for each in results if not each["truth"] and _alarms(each)],
    }
    write_json(summary, options.output)


def _all_of(catalogue: str, options: argparse.Namespace, look: Callable[[Any], Diagnosis]) -> list[dict[str, Any]]:
    cases = cases_of(catalogue)
    jobs = [
        (catalogue, case.id, repaired, look)
        for case in cases.values()
        for repaired in ((False, True) if case.faults else (False,))
        if options.only in case.id
    ][:: options.stride]
    with ProcessPoolExecutor(options.processes) as pool:
        results = []
        for done in as_completed([pool.submit(_looked_at, *job) for job in jobs]):
            results.append(done.result())
            print(f"\r{catalogue}: {len(results)} of {len(jobs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return sorted(results, key=lambda each: (each["id"], each["repaired"]))


def cases_of(catalogue: str) -> dict[str, Any]:
    """The trainings of a catalogue, by their ids."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    cases: dict[str, Any] = import_module(f"doctor.{catalogue}").CASES
    return cases


def parts_of(training: Any) -> dict[str, Any]:
    """What `doctor.examine` takes of a catalogue's training, by name."""
    names = ("model", "optimizer", "loss_fn", "batches", "step", "validation", "validate", "epochs")
    return {name: getattr(training, name) for name in names}


def _examined(training: Any) -> Diagnosis:
    return doctor.examine(**parts_of(training))


def _watched(training: Any) -> Diagnosis:
    carry_out = import_module("doctor.catalogue.protocol").carry_out
    watched = doctor.watch(training.model, training.optimizer, training.loss_fn)
    with contextlib.suppress(Exception), watched:  # of the person's own code; the findings stay
        carry_out(training)
    return watched.diagnosis()


def _looked_at(catalogue: str, id_: str, repaired: bool, look: Callable[[Any], Diagnosis]) -> dict[str, Any]:
    torch.set_num_threads(1)
    case = cases_of(catalogue)[id_]
    training = case.build_repaired() if repaired else case.build()
    wall, processor = time.perf_counter(), time.process_time()
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        diagnosis = look(training)
    return {
        "catalogue": catalogue,
        "id": id_,
        "repaired": repaired,
        "truth": [] if repaired else list(case.faults),
        "findings": [(finding.fault, finding.level) for finding in diagnosis.findings],
        "wall_seconds": round(time.perf_counter() - wall, 2),
        "processor_seconds": round(time.process_time() - processor, 2),
    }


def _rank_is(result: dict[str, Any], most: int) -> bool:
    """Whether a true fault is among the first findings."""
    return any(fault in result["truth"] for fault, _ in result["findings"][:most])


def _alarms(result: dict[str, Any]) -> list[str]:
    return [fault for fault, level in result["findings"] if level == "fault"]


def _counted(results: list[dict[str, Any]]) -> dict[str, Any]:
    broken = [each for each in results if each["truth"]]
    healthy = [each for each in results if not each["truth"]]
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for each in broken:
        for fault in each["truth"]:
            rules[fault].update(cases=1, found=int(fault in _alarms(each)))
    for each in healthy:
        for fault in _alarms(each):
            rules[fault].update(false_alarms=1)
    return {
        "faults": len(broken),
        "named_first": sum(_rank_is(each, 1) for each in broken),
        "named_among_two": sum(_rank_is(each, 2) for each in broken),
        "alarmed": sum(bool(_alarms(each)) for each in broken),
        "healthy": len(healthy),
        "healthy_called_ill": sum(bool(_alarms(each)) for each in healthy),
        "wall_seconds_median": median(each["wall_seconds"] for each in results) if results else None,
        "wall_seconds_most": max((each["wall_seconds"] for each in results), default=None),
        "rules": {name: dict(counts) for name, counts in sorted(rules.items())},
    }


if __name__ == "__main__":
    main()
