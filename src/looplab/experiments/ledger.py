"""The ledger: one JSON file per experiment, with all that was measured, so that pages need not train anything.

Format, version 1: the fields of `Report`, the verdict, and for each arm the value of every seed with six digits.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct

from looplab.errors import ExperimentError
from looplab.experiments.evidence import Evidence
from looplab.experiments.finding import ExperimentFile, find_file
from looplab.experiments.report import ArmResult, Report
from looplab.files import parsed, read_bounded, write_whole
from looplab.statistics import Interval, Verdict

__all__ = ["is_stale", "ledger_path", "load_ledger", "save_report"]

_FORMAT = 1
_MOST_BYTES = 256 * 2**20
Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(gt=0, lt=1)]
Colour = Annotated[str, Meta(pattern=r"^[#\w:. ]{1,40}$")]


class _Version(Struct):
    format: int


class _Evidence(Struct):
    statement: str
    verdict: Verdict
    estimated: str
    estimate: float
    low: float
    high: float
    level: Share


class _Arm(Struct):
    name: str
    colour: Colour
    failures: Count
    values: list[float]


class _Seeds(Struct):
    first: Count
    count: Annotated[int, Meta(ge=1)]


class _Entry(Struct):
    """What stands in an entry: the schema that it is read by."""

    id: str
    question: str
    claim: str
    verdict: Verdict
    evidence: list[_Evidence]
    level: Share
    measured: str
    fails_above: float | None
    logarithmic: bool
    seeds: _Seeds
    versions: dict[str, str]
    threads: Count
    seconds: Annotated[float, Meta(ge=0)]
    source: str
    arms: Annotated[list[_Arm], Meta(min_length=1)]


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
    try:
        entry = _read(path)
        report = _report(entry)
    except FileNotFoundError:
        got = f"the file {path.name}"
        raise ExperimentError(f"ledger entry of '{file.id}'", expected=got, got="none", fix=fix) from None
    except (OSError, ValueError) as error:
        got = f"one that was cut short or altered: {error}"
        raise ExperimentError(f"ledger entry {path.name}", expected="a whole entry", got=got, fix=fix) from None
    if report.id != file.id or report.verdict != entry.verdict:
        kept = entry.verdict
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


def _read(path: Path) -> _Entry:
    content = read_bounded(path, most_bytes=_MOST_BYTES)
    version = parsed(content, _Version).format
    if version != _FORMAT:
        raise ValueError(f"format {version} instead of {_FORMAT}")
    return parsed(content, _Entry)


def _report(entry: _Entry) -> Report:
    count = entry.seeds.count
    if any(len(arm.values) != count or arm.failures > count for arm in entry.arms):
        raise ValueError(f"an arm has not {count} values, or more failures")
    return Report(
        id=entry.id,
        question=entry.question,
        claim=entry.claim,
        measured=entry.measured,
        evidence=tuple(map(_evidence, entry.evidence)),
        arms=tuple(map(_arm, entry.arms)),
        first_seed=entry.seeds.first,
        seeds=count,
        level=entry.level,
        fails_above=entry.fails_above,
        logarithmic=entry.logarithmic,
        versions=entry.versions,
        threads=entry.threads,
        seconds=entry.seconds,
        source=entry.source,
    )


def _arm(entry: _Arm) -> ArmResult:
    values = np.array(entry.values, dtype=np.float64)
    return ArmResult(name=entry.name, colour=entry.colour, values=values, failures=entry.failures)


def _evidence(entry: _Evidence) -> Evidence:
    interval = Interval(estimate=entry.estimate, low=entry.low, high=entry.high, level=entry.level)
    return Evidence(statement=entry.statement, estimated=entry.estimated, interval=interval, verdict=entry.verdict)
