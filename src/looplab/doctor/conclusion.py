"""From a record to a diagnosis: asks each rule, proves what can be proved, and puts the most likely cause first."""

import math
import time
from dataclasses import replace

from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.effects import helps, helps_much
from looplab.doctor.finding import Finding
from looplab.doctor.record import Record
from looplab.doctor.rules import RULES
from looplab.doctor.rules.rule import Repair, Rule, Sign

__all__ = ["concluded"]


def concluded(record: Record, began: float, *, raising: bool = True) -> Diagnosis:
    """What the rules find, most likely first.

    Args:
        record: what was seen.
        began: when, by `time.perf_counter`.
        raising: whether to raise the training's own error where no finding explains it.

    Raises:
        Exception: what the training's own code raised, where no finding explains it.
    """
    findings = _ranked(_found(record))
    diagnosis = Diagnosis(
        findings=tuple(findings),
        steps=len(record.steps),
        epochs=len(record.epochs),
        seconds=time.perf_counter() - began,
        notes=tuple(_notes(record)),
        error=record.error,
        losses=tuple(step.loss for step in record.steps),
    )
    if raising and record.error is not None and diagnosis.healthy:
        record.error.add_note(str(diagnosis))
        record.error.diagnosis = diagnosis  # type: ignore[attr-defined]  # beside the person's own error
        raise record.error
    return diagnosis


def _found(record: Record) -> list[Finding]:
    """What can be seen in the parts first; then symptoms, but for those that a fault found so far brings about."""
    findings: list[Finding] = []
    for configuration in (True, False):
        explained = _explained(findings)
        for rule in sorted(RULES.values(), key=lambda rule: rule.trial_length):
            if rule.configuration is configuration and rule.name not in explained:
                sign = rule.look(record)
                findings += [] if sign is None else [_finding(record, rule, sign)]
    return findings


def _explained(findings: list[Finding]) -> set[str]:
    """The faults whose signs those that were found bring about, but for pairs that do so to each other."""
    faults = {finding.fault for finding in findings if finding.level == "fault"}
    return {
        name
        for fault in faults
        for name in RULES[fault].explains
        if name not in RULES or fault not in RULES[name].explains
    }


def _finding(record: Record, rule: Rule, sign: Sign) -> Finding:
    finding = Finding(
        fault=rule.name,
        title=rule.title,
        level=sign.level,
        why=rule.why,
        evidence=sign.evidence,
        fix=sign.fix,
        confidence=sign.confidence,
        configuration=rule.configuration,
        alternatives=sign.alternatives,
        series=sign.series,
        proof=sign.proof,
    )
    if sign.repair is None or sign.level != "fault":
        return finding
    return _proved(record, finding, sign.repair, must_help=sign.must_help)


def _proved(record: Record, finding: Finding, repair: Repair, *, must_help: bool) -> Finding:
    """The finding with what became of mended copies; called less where the repair had to help much and did not."""
    untried = replace(finding, level="worth a look") if must_help else finding
    before = None if record.trials is None else record.trials.outcome("as it is")
    after = None if record.trials is None else record.trials.outcome(repair.name, repair.change)
    if before is None or after is None or after.failed or not math.isfinite(after.unexplained):
        return untried
    was = "no number" if not math.isfinite(before.unexplained) else f"{before.unexplained:.2f}"
    said = (
        f"With {repair.name}, a copy that was trained as long leaves {after.unexplained:.2f} of the loss of a constant "
        f"answer; without, {was}."
    )
    if must_help and helps(before, after) and not helps_much(before, after):
        return replace(finding, proof=said, level="worth a look")
    if helps(before, after):
        return replace(finding, proof=said, confidence=min(1.0, finding.confidence + 0.5 * (1 - finding.confidence)))
    if must_help:
        return replace(finding, proof=f"{said} So this is not the cause.", level="worth a look", confidence=0.2)
    return replace(finding, proof=said)


def _ranked(findings: list[Finding]) -> list[Finding]:
    """Faults before what is worth a look; configuration before symptoms; then by confidence."""
    explained = _explained(findings)
    calmed = [
        replace(finding, level="worth a look") if finding.fault in explained and finding.level == "fault" else finding
        for finding in findings
    ]
    return sorted(calmed, key=lambda each: (each.level != "fault", not each.configuration, -each.confidence))


def _notes(record: Record) -> list[str]:
    notes = []
    if record.error is None and len(record.epochs) < record.wished_epochs:
        notes.append(f"Of {record.wished_epochs} epochs, {len(record.epochs)} were looked at.")
    if record.shared:
        kinds = ", ".join(sorted(set(record.shared)))
        notes.append(f"What could not be copied was shared with your own objects: {kinds}.")
    return notes
