"""Measure the ledger's claims afresh, with other and fewer seeds, and say which verdicts turn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from looplab.errors import ExperimentError
from looplab.experiments.finding import ExperimentFile, experiment_files, find_file
from looplab.experiments.ledger import is_stale, load_ledger
from looplab.experiments.report import Report
from looplab.experiments.running import run

__all__ = ["Status", "Verification", "unverifiable", "verify"]

Status = Literal["confirmed", "undecided", "turned", "stale", "missing"]


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How one entry of the ledger stands up to fresh seeds.

    Attributes:
        id: the experiment's.
        command: the argument with which `looplab experiment run` runs it.
        status: "confirmed", the same verdict; "undecided", fresh seeds or the ledger's do not suffice to tell;
            "turned", "holds" became "refuted" or the other way round; "stale", the experiment changed since it was
            measured; "missing", the ledger has no entry.
        ledger: what the ledger holds; None when it is missing.
        fresh: what was measured now; None when the entry is stale or missing.
    """

    id: str
    command: str
    status: Status
    ledger: Report | None
    fresh: Report | None

    @property
    def failed(self) -> bool:
        """Whether something must be done: the verdict turned, or there is no valid entry to compare with."""
        return self.status in ("turned", "stale", "missing")

    def __str__(self) -> str:
        remedy = f"; measure it: looplab experiment run {self.command} --save"
        if self.ledger is None:
            return f"{self.id}: not in the ledger{remedy}"
        if self.fresh is None:
            return f"{self.id}: changed since it was measured{remedy}"
        seeds = f"seeds {self.fresh.first_seed} to {self.fresh.first_seed + self.fresh.seeds - 1}"
        text = f"{self.id}: {self.status}, {self.ledger.verdict} in the ledger, {self.fresh.verdict} with {seeds}"
        text += f" ({self.fresh.seconds:.1f} s)"
        if self.status == "turned":
            text += "".join(f"\n  {evidence}" for evidence in self.fresh.evidence)
        return text


def verify(
    experiments: Iterable[str | Path | ExperimentFile] | None = None,
    *,
    seeds: int | None = None,
    announce: Callable[[str], None] | None = None,
) -> list[Verification]:
    """Measure claims of the ledger afresh with seeds that follow the ledger's.

    Fewer seeds give wider intervals, so "undecided" after "holds" says only that fewer seeds know less: that does not
    count as turning. A verdict turns when the fresh interval lies wholly on the other side. If the ledger is right
    about a single rule, that happens by chance in fewer than 25 of 1000 repetitions even where the truth lies on the
    edge, and hardly ever away from it; the seeds are fixed, so it does not come and go on one machine.

    Args:
        experiments: ids, paths of Python files, or files as `find_file` gives them; by default all experiments that
            came with looplab.
        seeds: how many; by default each experiment's own `verify_seeds`.
        announce: called with a sentence before each arm is trained.

    Raises:
        ChoiceError: an unknown id.
        ExperimentError: a truncated or altered entry; or as for `run`.
    """
    chosen = experiment_files().values() if experiments is None else experiments
    files = [file if isinstance(file, ExperimentFile) else find_file(file) for file in chosen]
    return [_verify_one(file, seeds, announce) for file in files]


def unverifiable(file: ExperimentFile) -> Verification | None:
    """What is wrong with an experiment's entry before anything is measured, missing or stale; None if nothing is.

    Raises:
        ExperimentError: a truncated or altered entry.
    """
    if not file.entry.exists():
        return Verification(id=file.id, command=file.command, status="missing", ledger=None, fresh=None)
    ledger = load_ledger(file)
    if is_stale(ledger, file):
        return Verification(id=file.id, command=file.command, status="stale", ledger=ledger, fresh=None)
    return None


def _verify_one(file: ExperimentFile, seeds: int | None, announce: Callable[[str], None] | None) -> Verification:
    wrong = unverifiable(file)
    if wrong is not None:
        return wrong
    ledger = load_ledger(file)
    count = file.load().verify_seeds if seeds is None else seeds
    fresh = run(file, seeds=count, first_seed=ledger.first_seed + ledger.seeds, announce=announce)
    status = compare(ledger, fresh)
    return Verification(id=file.id, command=file.command, status=status, ledger=ledger, fresh=fresh)


def compare(ledger: Report, fresh: Report) -> Status:
    """Whether a fresh report confirms the ledger's, turns its verdict, or cannot tell.

    Raises:
        ExperimentError: reports of different experiments, or that share seeds.
    """
    if ledger.id != fresh.id:
        raise ExperimentError("fresh", expected=f"a report of '{ledger.id}'", got=f"one of '{fresh.id}'")
    if fresh.first_seed < ledger.first_seed + ledger.seeds and ledger.first_seed < fresh.first_seed + fresh.seeds:
        raise ExperimentError(
            "first_seed", expected="seeds not used by the ledger", got=f"{fresh.first_seed} and the following"
        )
    if "undecided" in (ledger.verdict, fresh.verdict):
        return "undecided"
    return "confirmed" if ledger.verdict == fresh.verdict else "turned"
