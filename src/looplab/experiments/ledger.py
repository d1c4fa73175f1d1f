"""The ledger: one JSON file an experiment, with all that was measured, so that pages need to train nothing.

Format, version 1: the fields of `Report`, the verdict, and of each arm the value of every seed with six digits.
"""

import hashlib
import io
import json
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import looplab
from looplab.errors import ExperimentError
from looplab.experiments.registry import experiment_source, find_experiment
from looplab.experiments.report import ArmResult, Report
from looplab.experiments.rules import Evidence
from looplab.files import write_whole
from looplab.statistics import Interval

__all__ = ["is_stale", "ledger_folder", "ledger_path", "load_ledger", "save_report", "source_fingerprint"]

_FORMAT = 1


def ledger_folder() -> Path:
    """Where the ledger lies: `course/measured` of the checkout, or the copy that an installed package carries."""
    package = Path(looplab.__file__).parent
    packaged = package / "_course" / "measured"
    return packaged if packaged.is_dir() else package.parents[1] / "course" / "measured"


def ledger_path(id: str) -> Path:  # noqa: A002  # the word that everyone uses
    """Where the entry of an experiment lies, whether it exists or not."""
    return ledger_folder() / f"{id}.json"


def load_ledger(id: str, path: Path | None = None) -> Report:  # noqa: A002
    """The report that the ledger holds of an experiment.

    Args:
        id: the experiment.
        path: a file to read instead of the ledger's.

    Raises:
        ChoiceError: an unknown id.
        ExperimentError: no entry, or one that was cut short or altered.
    """
    find_experiment(id)
    path = ledger_path(id) if path is None else path
    remedy = f"Measure it: looplab experiment run {id} --save."
    if not path.is_file():
        raise ExperimentError(f"ledger entry of '{id}'", expected=f"the file {path.name}", got="none", fix=remedy)
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        report = _from_json(entry)
        kept = entry["verdict"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        got = f"{type(error).__name__}: {error}"
        raise ExperimentError(f"ledger entry {path.name}", expected="a whole entry", got=got, fix=remedy) from None
    if report.id != id or report.verdict != kept:
        got = f"the id '{report.id}' and the verdict '{kept}' over evidence that says '{report.verdict}'"
        raise ExperimentError(f"ledger entry {path.name}", expected=f"an entry of '{id}'", got=got, fix=remedy)
    return report


def save_report(report: Report, path: str | Path) -> Path:
    """Write a report as a ledger entry; see `Report.save`."""
    path = Path(path)
    text = _lines(_to_json(report))
    try:
        write_whole(path, text)
    except OSError as error:
        raise ExperimentError(str(path), expected="a place that can be written", got=str(error.strerror)) from None
    return path


def is_stale(report: Report) -> bool:
    """Whether the experiment's source has changed since this report was measured."""
    return report.source != source_fingerprint(report.id)


def source_fingerprint(id: str) -> str:  # noqa: A002
    """A hash of what the experiment's module says: comments and layout may change, everything else counts."""
    return hashlib.sha256("\n".join(_statements(experiment_source(id))).encode()).hexdigest()[:16]


def _statements(source: str) -> Iterator[str]:
    """Each statement with its depth, without comments and white space.

    It is the same in every version of Python. A dumped syntax tree is not: the fields of its nodes change.
    """
    lines = source.splitlines()
    depth = begin = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column]
        elif token.type == tokenize.INDENT:
            depth += 1
        elif token.type == tokenize.DEDENT:
            depth -= 1
        elif token.type == tokenize.NEWLINE:
            yield f"{depth} {''.join(''.join(lines[begin:row]).split())}"
            begin = row


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
    """JSON with one line a field, and one line an item where a field is a list of objects."""
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
