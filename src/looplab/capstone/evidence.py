"""The evidence of a capstone: JSON files in its folder `evidence`, each of one kind, read by a schema."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from looplab.errors import FileError
from looplab.files import parsed, read_bounded

__all__ = [
    "SCRIPT",
    "Baseline",
    "Doctor",
    "Evidence",
    "Fault",
    "OneBatch",
    "Seeds",
    "Tuning",
    "Value",
    "evidence_file",
    "read_evidence",
    "script_digest",
]

SCRIPT = "training.py"
_MOST_BYTES = 4 * 2**20
_MOST_SCRIPT = 2**20

Value = bool | int | float | str | None
_Count = Annotated[int, Meta(ge=0)]
_Loss = Annotated[float, Meta(ge=0)]


class Evidence(Struct, frozen=True, kw_only=True):
    """What every kind says.

    Attributes:
        looplab: the version that wrote it.
        script: SHA-256 of the project's `training.py` as it was then; None where there was none.
    """

    looplab: str
    script: str | None = None


class Baseline(Evidence, frozen=True, kw_only=True):
    """What `compare` found.

    Attributes:
        table: what the table is called.
        rows: how many it has.
        losses: mean loss on unseen rows of each arm by name.
        answer: its answer.
        margin: the share by which a network had to be better.
    """

    table: str
    rows: _Count
    losses: dict[str, _Loss]
    answer: Literal["linear", "network", "undecided"]
    margin: float


class OneBatch(Evidence, frozen=True, kw_only=True):
    """A training on a single batch.

    Attributes:
        first: its loss before the first step.
        last: its loss at the end.
        steps: how many it took.
    """

    first: _Loss
    last: _Loss
    steps: _Count


class Tuning(Evidence, frozen=True, kw_only=True):
    """A search among settings.

    Attributes:
        space: the values tried of each setting.
        best: those with the lowest median validation loss.
        runs: how many trainings it took.
        failed: how many of these failed.
        steps: how many steps they made together.
    """

    space: dict[str, list[Value]]
    best: dict[str, Value]
    runs: _Count
    failed: _Count
    steps: _Count


class Seeds(Evidence, frozen=True, kw_only=True):
    """The last training, with many seeds.

    Attributes:
        table: what the rows that it learnt from are called.
        metric: what the values are of.
        seeds: S seeds.
        values: S values, in their order, on validation rows; None where a training failed.
        settings: what all of them had in common.
    """

    table: str
    metric: str
    seeds: list[int]
    values: list[float | None]
    settings: dict[str, Value]


class Fault(Struct, frozen=True, kw_only=True):
    """One of the doctor's findings."""

    fault: str
    title: str
    level: str
    fix: str


class Doctor(Evidence, frozen=True, kw_only=True):
    """The doctor's diagnosis; `looplab.doctor.Diagnosis.to_json` writes it, with more.

    Attributes:
        healthy: whether no fault was found.
        steps: how many steps were seen.
        findings: most likely first.
    """

    healthy: bool
    steps: _Count
    findings: list[Fault]


T = TypeVar("T", bound=Evidence)

_NAMES: dict[type[Evidence], str] = {
    Baseline: "baseline",
    OneBatch: "one-batch",
    Tuning: "tuning",
    Seeds: "seeds",
    Doctor: "doctor",
}


def evidence_file(folder: Path, kind: type[Evidence]) -> Path:
    """Where evidence of a kind lies."""
    return folder / "evidence" / f"{_NAMES[kind]}.json"


def read_evidence(folder: Path, kind: type[T]) -> T | None:
    """Evidence of a kind; None where there is none.

    Raises:
        ValueError: a file that cannot be read, is too large, or holds something else; continues a sentence.
    """
    try:
        content = read_bounded(evidence_file(folder, kind), most_bytes=_MOST_BYTES)
    except FileNotFoundError:
        return None
    return parsed(content, kind)


def script_digest(folder: Path) -> str | None:
    """SHA-256 of the project's `training.py` as hexadecimal digits; None where there is none that can be read."""
    try:
        return hashlib.sha256(read_bounded(folder / SCRIPT, most_bytes=_MOST_SCRIPT)).hexdigest()
    except (FileNotFoundError, FileError):
        return None
