"""Question: does any verdict of the ledger depend on which seeds were taken, or on how many cores there were?

Each claim is measured with three sets of fresh seeds, which share none with the ledger or with each other, and with the
first of these once more on one core. A verdict turns where "holds" becomes "refuted" or the other way round; a set that
comes out undecided has too few seeds to tell.

What is measured is written at once, and a later start goes on from there; an entry whose experiment has changed since
is measured again. The quickest come first. `--share 2/4` takes the second of four shares of the ledger.
"""

import argparse
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from common import versions
from looplab import experiments
from looplab.errors import LooplabError
from looplab.experiments import ExperimentFile, Report
from looplab.experiments.shares import expected_seconds
from looplab.files import write_whole

__all__ = ["fresh_sets", "listed", "standing"]

SETS = 3
TURNED = {"holds": "refuted", "refuted": "holds"}

Set = dict[str, Any]
"""What a set of seeds gave: its first seed and their count, the verdict, the intervals, the seconds, the cores."""


def fresh_sets(ledger: Report, count: int) -> list[range]:
    """Seeds that neither the ledger nor another set has."""
    first = ledger.first_seed + ledger.seeds
    return [range(first + place * count, first + (place + 1) * count) for place in range(SETS)]


def standing(entry: Mapping[str, Any]) -> str:
    """How a claim's verdict stands up to its sets: "same", "undecided" or "turned"; "unfinished" before that."""
    verdicts = [found["verdict"] for found in [*entry["sets"], *entry["one_core"]]]
    if TURNED.get(entry["ledger"], "") in verdicts:
        return "turned"
    if len(entry["sets"]) < SETS or not entry["one_core"]:
        return "unfinished"
    return "same" if set(verdicts) == {entry["ledger"]} else "undecided"


def listed(claims: Mapping[str, Any]) -> dict[str, list[str]]:
    """The ids of the claims by how they stand, and of those whose verdict depends on the cores, in their order."""
    claims = dict(sorted(claims.items()))
    of: dict[str, list[str]] = {name: [] for name in ("same", "undecided", "turned", "unfinished")}
    for id_, entry in claims.items():
        of[standing(entry)].append(id_)
    pairs = {id_: (entry["sets"], entry["one_core"]) for id_, entry in claims.items() if entry["one_core"]}
    of["other verdict on one core"] = [
        id_ for id_, (sets, alone) in pairs.items() if sets[0]["verdict"] != alone[0]["verdict"]
    ]
    of["same numbers on one core"] = [id_ for id_, (_, alone) in pairs.items() if alone[0]["largest_difference"] == 0]
    return of


def measured(report: Report) -> Set:
    """What is kept of a report."""
    return {
        "first": report.first_seed,
        "count": report.seeds,
        "verdict": report.verdict,
        "evidence": [str(evidence) for evidence in report.evidence],
        "cores": report.threads,
        "seconds": report.seconds,
    }


def largest_difference(report: Report, other: Report) -> float:
    """The largest difference of any measure between two reports, as a share of the largest measure of its arm."""
    shares = []
    for one, two in zip(report.arms, other.arms, strict=True):
        scale = float(np.abs(one.values).max()) or 1.0
        shares.append(float(np.abs(one.values - two.values).max()) / scale)
    return max(shares)


def keep_to_one_core() -> None:
    """For a process of its own: looplab, joblib and torch take as many threads as there are cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    torch.set_num_threads(1)


def run_file(path: Path, seeds: int, first: int) -> Report:
    """Run an experiment in another process, to which its file is sent rather than what it defines."""
    return experiments.run(path, seeds=seeds, first_seed=first)


def entry_of(file: ExperimentFile, count: int, known: Mapping[str, Any]) -> dict[str, Any]:
    """The entry to go on from: what is known of these very seeds and statements, or an empty one."""
    ledger = experiments.load_ledger(file)
    fresh = {"source": file.fingerprint(), "ledger": ledger.verdict, "seeds": count, "sets": [], "one_core": []}
    before = known.get(file.id, {})
    same = all(before.get(key) == fresh[key] for key in ("source", "ledger", "seeds"))
    return {**fresh, "sets": before["sets"], "one_core": before["one_core"]} if same else fresh


def measure(file: ExperimentFile, entry: dict[str, Any], alone: ProcessPoolExecutor) -> Iterable[str]:
    """Measure what an entry lacks, and say what was found after each step."""
    sets = fresh_sets(experiments.load_ledger(file), entry["seeds"])
    for place, seeds in enumerate(sets):
        if len(entry["sets"]) <= place:
            report = experiments.run(file, seeds=len(seeds), first_seed=seeds[0])
            entry["sets"].append(measured(report))
            yield f"seeds {seeds[0]} to {seeds[-1]}: {report.verdict} ({report.seconds:.1f} s)"
            if place == 0:
                yield _alone(file, entry, report, alone)
    if not entry["one_core"]:
        report = experiments.run(file, seeds=len(sets[0]), first_seed=sets[0][0])
        yield _alone(file, entry, report, alone)


def _alone(file: ExperimentFile, entry: dict[str, Any], report: Report, alone: ProcessPoolExecutor) -> str:
    other = alone.submit(run_file, file.path, report.seeds, report.first_seed).result()
    difference = largest_difference(report, other)
    entry["one_core"] = [measured(other) | {"largest_difference": difference}]
    return f"on one core: {other.verdict}, numbers differ by {difference:.1g} ({other.seconds:.1f} s)"


def chosen(names: list[str], share: str) -> list[ExperimentFile]:
    """The experiments of the names, or of a share of the ledger, that have an entry; the quickest first."""
    files = experiments.find_files(names) if names else list(experiments.experiment_files().values())
    files = [file for file in files if file.entry.exists()]
    if share:
        number, _, of = share.partition("/")
        if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of) <= len(files)):
            raise SystemExit(f"--share: expected the second of four as 2/4, at most 1/{len(files)}; got '{share}'")
        files = list(experiments.shares_of(files, int(of))[int(number) - 1].files)
    return sorted(files, key=lambda file: (expected_seconds(file), file.id))


def main() -> None:
    """Measure claim after claim, write each set down, and print what turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="ids, or files of experiments; by default all that the ledger holds")
    parser.add_argument("--share", default="", help="which share of the ledger, such as 2/4")
    parser.add_argument("--full", action="store_true", help="as many seeds in a set as the ledger has")
    parser.add_argument("--output", type=Path, required=True, help="the JSON, from which a later start goes on")
    options = parser.parse_args()
    known = json.loads(options.output.read_text(encoding="utf-8"))["claims"] if options.output.exists() else {}
    files = chosen(options.names, options.share)
    for file in files:  # before the first is measured, so that what is out of date is not listed
        loaded = file.load()
        known[file.id] = entry_of(file, loaded.seeds if options.full else loaded.verify_seeds, known)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=keep_to_one_core) as alone:
        for number, file in enumerate(files, 1):
            for said in measure(file, known[file.id], alone):
                _write(options.output, known)
                print(f"{number} of {len(files)}, {file.id}: {said}", flush=True)
    _write(options.output, known)
    for name, ids in listed(known).items():
        if name not in ("same", "same numbers on one core"):
            print(f"{name}: {', '.join(ids) or 'none'}")


def _write(output: Path, claims: Mapping[str, Any]) -> None:
    report = {
        "question": "does a verdict of the ledger depend on which seeds were taken, or on how many cores there were?",
        "sets": SETS,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "versions": versions(),
        **listed(claims),
        "claims": dict(sorted(claims.items())),
    }
    write_whole(output, json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        main()
    except LooplabError as error:
        raise SystemExit(f"claim_stability: {error}") from None
