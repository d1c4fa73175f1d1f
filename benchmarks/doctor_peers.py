"""Published tools' rules beside the doctor: what they find of broken trainings, how often they alarm on healthy ones.

The trainings are those of `doctor_recall.py`: both catalogues of `tests/doctor`, their repaired twins and healthy
controls. Each is carried out once, to its end, and the rules of UMLAUT, AutoTrainer and DeepFD (see `published_rules`)
look at what was seen. What the doctor says of the same trainings is read from the results of `doctor_recall.py`. Some
eight minutes on one core.
"""

import argparse
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from common import write_json
from doctor_recall import CATALOGUES, cases_of, parts_of
from looplab.doctor.parts import checked_parts
from looplab.statistics import rate_interval
from looplab.version import __version__
from published_rules import autotrainer, umlaut
from published_rules.deepfd import TYPES, DeepFD
from published_rules.following import seen_of
from published_rules.seen import PublishedRule, Seen

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A training of a catalogue, its faults, and what was seen of it."""

    catalogue: str
    id: str
    repaired: bool
    faults: tuple[str, ...]
    seen: Seen


Alarms = dict[str, frozenset[str]]
"""What a tool says of a training: the names of the rules that alarm, each with the faults it is right about."""


def watched(catalogue: str, id_: str, repaired: bool) -> Watched:
    """Carry a training out."""
    torch.set_num_threads(1)
    case = cases_of(catalogue)[id_]
    training = case.build_repaired() if repaired else case.build()
    parts = checked_parts(**parts_of(training))
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        seen = seen_of(parts)
    return Watched(
        catalogue=catalogue, id=id_, repaired=repaired, faults=() if repaired else tuple(case.faults), seen=seen
    )


def by_rules(found: Callable[[Seen], list[PublishedRule]], trainings: Sequence[Watched]) -> list[Alarms]:
    """What a tool of rules says of each training."""
    return [{rule.name: rule.faults for rule in found(each.seen)} for each in trainings]


def by_classifiers(trainings: Sequence[Watched]) -> list[Alarms]:
    """What DeepFD's classifiers say of each training, fitted to the trainings of the other catalogue."""
    fitted = {}
    for name in CATALOGUES:
        others = [each for each in trainings if each.catalogue != name]
        fitted[name] = DeepFD([each.seen for each in others], [each.faults for each in others])
    return [{name: TYPES[name] for name in fitted[each.catalogue].found(each.seen)} for each in trainings]


def counted(trainings: Sequence[Watched], alarms: Sequence[Alarms]) -> dict[str, Any]:
    """Of one catalogue: alarms on broken trainings, how many name the fault, and alarms on healthy ones."""
    broken = [(each, said) for each, said in zip(trainings, alarms, strict=True) if each.faults]
    healthy = [said for each, said in zip(trainings, alarms, strict=True) if not each.faults]
    return {
        "faults": len(broken),
        "alarmed": sum(bool(said) for _, said in broken),
        "named": sum(any(set(each.faults) & names for names in said.values()) for each, said in broken),
        "healthy": len(healthy),
        "healthy_called_ill": sum(bool(said) for said in healthy),
    }


def rule_counts(trainings: Sequence[Watched], alarms: Sequence[Alarms], names: Sequence[str]) -> dict[str, Any]:
    """Of each rule, over both catalogues: alarms that are right, on other faults, and on healthy trainings."""
    healthy = sum(not each.faults for each in trainings)
    counts: dict[str, Any] = {}
    for name in names:
        said = [(each, alarm[name]) for each, alarm in zip(trainings, alarms, strict=True) if name in alarm]
        right = sum(bool(set(each.faults) & faults) for each, faults in said)
        false = sum(not each.faults for each, _ in said)
        interval = rate_interval(false, healthy)
        counts[name] = {
            "right": right,
            "on_other_faults": len(said) - right - false,
            "false_alarms": false,
            "false_alarm_interval": (interval.low, interval.high),
        }
    return counts


def tool(trainings: Sequence[Watched], alarms: Sequence[Alarms], names: Sequence[str]) -> dict[str, Any]:
    """What is written down of a tool."""
    own = {name: [index for index, each in enumerate(trainings) if each.catalogue == name] for name in CATALOGUES}
    return {
        "catalogues": {
            name: counted([trainings[index] for index in places], [alarms[index] for index in places])
            for name, places in own.items()
        },
        "rules": rule_counts(trainings, alarms, names),
    }


def of_the_doctor(counts: Mapping[str, Any]) -> dict[str, Any]:
    """What the doctor found of a catalogue; a fault is named if it is among the first two findings."""
    kept = {key: counts[key] for key in ("faults", "healthy", "healthy_called_ill")}
    return {**kept, "alarmed": counts.get("alarmed"), "named": counts["named_among_two"]}


def described(rules: Sequence[PublishedRule]) -> dict[str, Any]:
    """Each rule's threshold and its source."""
    return {
        rule.name: {
            "threshold": rule.threshold,
            "source": rule.source,
            "faults": sorted(rule.faults),
            "is_warning": rule.is_warning,
        }
        for rule in rules
    }


def without_warnings(seen: Seen) -> list[PublishedRule]:
    """What UMLAUT calls an error, or critical."""
    return [rule for rule in umlaut.found(seen) if not rule.is_warning]


def main() -> None:
    """Carry all out, ask each tool, count, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--recall", type=Path, default=RESULTS / "doctor_recall.json", help="what the doctor found")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stride", type=int, default=1, help="look at every N-th training only")
    options = parser.parse_args()
    jobs = [
        (catalogue, case.id, repaired)
        for catalogue in CATALOGUES
        for case in cases_of(catalogue).values()
        for repaired in ((False, True) if case.faults else (False,))
    ][:: options.stride]
    trainings = []
    with ProcessPoolExecutor(options.processes) as pool:
        for each in pool.map(watched, *zip(*jobs, strict=True)):
            trainings.append(each)
            print(f"\r{len(trainings)} of {len(jobs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    warned = [rule.name for rule in umlaut.RULES]
    errors = [rule.name for rule in umlaut.RULES if not rule.is_warning]
    problems = [rule.name for rule in autotrainer.RULES]
    recall = json.loads(options.recall.read_text(encoding="utf-8"))["catalogues"]
    summary = {
        "looplab": __version__,
        "torch": torch.__version__,
        "stride": options.stride,
        "doctor": {name: of_the_doctor(recall[name]) for name in CATALOGUES},
        "tools": {
            "UMLAUT": tool(trainings, by_rules(umlaut.found, trainings), warned),
            "UMLAUT, without its warnings": tool(trainings, by_rules(without_warnings, trainings), errors),
            "AutoTrainer": tool(trainings, by_rules(autotrainer.found, trainings), problems),
            "DeepFD, fitted to the other catalogue": tool(trainings, by_classifiers(trainings), list(TYPES)),
        },
        "rules": {"UMLAUT": described(umlaut.RULES), "AutoTrainer": described(autotrainer.RULES)},
    }
    write_json(summary, options.output)


if __name__ == "__main__":
    main()
