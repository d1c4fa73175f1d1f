"""What a rule of the doctor is: one fault, how it shows, and what mends it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from looplab.doctor.finding import Level
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair

__all__ = ["Repair", "Rule", "Sign"]


@dataclass(frozen=True, kw_only=True)
class Sign:
    """What a rule has seen.

    Attributes:
        evidence: in a sentence, with numbers and names of layers.
        fix: a line of code, or a sentence where there is no line.
        confidence: how sure it is that this is the fault, from 0 to 1.
        level: "fault", or "worth a look".
        alternatives: what else it could be.
        series: numbers to draw.
        repair: what would mend it, to prove it; None where no copy can show it.
        must_help: whether the fault is only called one if the repair helps.
        proof: what the rule itself has tried on copies, in a sentence; then no repair is tried.
    """

    evidence: str
    fix: str
    confidence: float
    level: Level = "fault"
    alternatives: str = ""
    series: dict[str, list[float]] = field(default_factory=dict)
    repair: Repair | None = None
    must_help: bool = False
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fault.

    Attributes:
        name: of the fault.
        title: what is wrong, in a sentence.
        why: why it makes the symptom.
        configuration: whether it can be seen in the parts themselves; such a fault outranks mere symptoms.
        threshold: what is compared with what, and where the number comes from: a source, or our own measurement.
        explains: faults whose signs this one brings about; found together, those are only worth a look.
        look: the sign in a record; None where there is none.
        trial_length: of its longest trial, in trainings; the time is short, and longer ones are tried last.
    """

    name: str
    title: str
    why: str
    configuration: bool
    threshold: str
    explains: frozenset[str] = frozenset()
    look: Callable[[Record], Sign | None]
    trial_length: int = 1
