"""The ledger: one JSON file per experiment, with all that was measured, so that pages need not train anything.

Format, version 1: the fields of `Report`, the verdict, and for each arm the value of every seed with six digits.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from looplab.errors import ExperimentError
from looplab.experiments.finding import ExperimentFile, find_file
from looplab.experiments.report import ArmResult, Report
from looplab.experiments.rules import Evidence
from looplab.files import write_whole
from looplab.statistics import Interval

__all__ = ["is_stale", "ledger_path", "load_ledger", "save_report"]

_FORMAT = 1


def ledger_path(name: str | Path, where: str | Path | None = None) -> Path:
    """Where the entry of an experiment lies, whether it exists or not; arguments and errors as `find_experiment`."""
    return find_file(name, where).entry


def load_ledger(experiment: str | Path | ExperimentFile, path: Path | None = None) -> Report:
    """The ledger's report on an experiment.

    Args:
        experiment: its id, the path of its file, or its file as `find_file` gives it.
        path: an entry to read instead of the one in the experiment's own ledger.

    Raises:
        ChoiceError: an unknown id.
        ExperimentError: no entry, or a truncated or altered one.
    """
    file = experiment if isinstance(experiment, ExperimentFile) else find_file(experiment)
    path = file.entry if path is None else path
    fix = f"Measure it: looplab experiment run {file.command} --save."
    if not path.is_file():
        raise ExperimentError(f"ledger entry of '{file.id}'", expected=f"the file {path.name}", got="none", fix=fix)
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        report = _from_json(entry)
        kept = entry["verdict"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        got = f"{type(error).__name__}: {error}"
        raise ExperimentError(f"ledger entry {path.name}", expected="a whole entry", got=got, fix=fix) from None
    if report.id != file.id or report.verdict != kept:
        got = f"the id '{report.id}' and the verdict '{kept}' over evidence that says '{report.verdict}'"
        raise ExperimentError(f"ledger entry {path.name}", expected=f"an entry of '{file.id}'", got=got, fix=fix)
    return report


def save_report(report: Report, path: str | Path) -> Path:
    """Write a report as an entry of a ledger: JSON, whole or not at all, keys in one order.

    Raises:
        ExperimentError: the place cannot be written.
    """
    path = Path(path)
    text = _lines(_to_json(report))
    try:
        write_whole(path, text)
    except OSError as error:
        raise ExperimentError(str(path), expected="a place that can be written", got=str(error.strerror)) from None
    return path


def is_stale(report: Report, file: ExperimentFile | None = None) -> bool:
    """Whether an experiment's files have changed since a report was measured.

    Args:
        report: what was measured.
        file: of the experiment; by default the one that came with looplab.

    Raises:
        ChoiceError: no experiment of that id came with looplab.
        ExperimentError: a file that is not Python.
    """
    return report.source != (find_file(report.id) if file is None else file).fingerprint()


def _to_json(report: Report) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "id": report.id,
        "question": report.question,
        "claim": report.claim,
        "verdict": report.verdict,
        "evidence": [
            {
                "statement": evidence.statement,
                "verdict": evidence.verdict,
                "estimated": evidence.estimated,
                "estimate": evidence.interval.estimate,
                "low": evidence.interval.low,
                "high": evidence.interval.high,
                "level": evidence.interval.level,
            }
            for evidence in report.evidence
        ],
        "level": report.level,
        "measured": report.measured,
        "fails_above": report.fails_above,
        "logarithmic": report.logarithmic,
        "seeds": {"first": report.first_seed, "count": report.seeds},
        "versions": dict(sorted(report.versions.items())),
        "threads": report.threads,
        "seconds": report.seconds,
        "source": report.source,
        "arms": [
            {
                "name": arm.name,
                "colour": arm.colour,
                "failures": arm.failures,
                "values": arm.values.tolist(),
            }
            for arm in report.arms
        ],
    }


def _lines(entry: dict[str, Any]) -> str:
    """JSON with one line per field, and one line per item if a field is a list of objects."""
    fields = []
    for key, value in entry.items():
        if isinstance(value, list):
            items = ",\n".join(f"  {_json(item)}" for item in value)
            fields.append(f' "{key}": [\n{items}\n ]')
        else:
            fields.append(f' "{key}": {_json(value)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _from_json(entry: dict[str, Any]) -> Report:
    if entry["format"] != _FORMAT:
        raise ValueError(f"format {entry['format']!r} instead of {_FORMAT}")
    count = int(entry["seeds"]["count"])
    arms = tuple(
        ArmResult(
            name=str(arm["name"]),
            colour=str(arm["colour"]),
            values=np.array(arm["values"], dtype=np.float64),
            failures=int(arm["failures"]),
        )
        for arm in entry["arms"]
    )
    if not arms or any(arm.values.shape != (count,) for arm in arms):
        raise ValueError(f"an arm has not {count} values")
    return Report(
        id=entry["id"],
        question=entry["question"],
        claim=entry["claim"],
        measured=entry["measured"],
        evidence=tuple(_evidence(evidence) for evidence in entry["evidence"]),
        arms=arms,
        first_seed=int(entry["seeds"]["first"]),
        seeds=count,
        level=float(entry["level"]),
        fails_above=entry["fails_above"],
        logarithmic=bool(entry["logarithmic"]),
        versions=dict(entry["versions"]),
        threads=int(entry["threads"]),
        seconds=float(entry["seconds"]),
        source=str(entry["source"]),
    )


def _evidence(entry: dict[str, Any]) -> Evidence:
    return Evidence(
        statement=entry["statement"],
        estimated=entry["estimated"],
        interval=Interval(estimate=entry["estimate"], low=entry["low"], high=entry["high"], level=entry["level"]),
        verdict=entry["verdict"],
    )
