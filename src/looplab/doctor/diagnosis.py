"""What the doctor says: findings, the most likely first, as text, as a page, and as data."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from looplab.doctor.finding import Finding
from looplab.version import __version__

__all__ = ["Diagnosis", "nothing_watched"]


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The findings, and what was looked at.

    Attributes:
        findings: most likely first.
        steps: how many steps were seen.
        epochs: how many epochs were seen whole.
        seconds: that the examination took.
        notes: what could not be looked at, and why.
        error: what the training's own code raised, where a finding explains it; None otherwise.
        losses: the loss of each step seen.
    """

    findings: tuple[Finding, ...]
    steps: int
    epochs: int
    seconds: float
    notes: tuple[str, ...] = ()
    error: BaseException | None = None
    losses: tuple[float, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing is called a fault; something may still be worth a look."""
        return not any(finding.level == "fault" for finding in self.findings)

    def __str__(self) -> str:
        seen = f"{self.steps} {'step' if self.steps == 1 else 'steps'}"
        looked = f"Looked at {seen} in {self.seconds:.1f} s."
        if not self.steps and not self.findings:
            verdict, looked = "Nothing can be said: no step was seen.", ""
        elif self.healthy:
            verdict = "Healthy: no fault was found."
        else:
            count = sum(finding.level == "fault" for finding in self.findings)
            verdict = f"{count} {'fault' if count == 1 else 'faults'} found, the most likely first."
        lines = [f"{verdict} {looked}".rstrip()]
        if self.error is not None:
            lines.append(f"It ended with {type(self.error).__name__}: {self.error}")
        lines += [f"\n{number}. {finding}" for number, finding in enumerate(self.findings, start=1)]
        if self.notes:
            lines += ["", *(f"Note: {note}" for note in self.notes)]
        return "\n".join(lines)

    __repr__ = __str__

    def to_json(self) -> str:
        """Everything as JSON; numbers that are not finite are null, and so is `healthy` where no step was seen."""
        return json.dumps(
            {
                "looplab": __version__,
                "healthy": self.healthy if self.steps or self.findings else None,
                "steps": self.steps,
                "epochs": self.epochs,
                "seconds": round(self.seconds, 3),
                "findings": [_plain(asdict(finding)) for finding in self.findings],
                "notes": list(self.notes),
                "error": None if self.error is None else f"{type(self.error).__name__}: {self.error}",
                "losses": _plain(list(self.losses)),
            },
            allow_nan=False,
        )

    def to_html(self) -> str:
        """A page of its own, pictures inside; needs the extra `figures`.

        Raises:
            MissingExtraError: matplotlib or jinja2 is not installed.
        """
        from looplab.doctor.page import page_of

        return page_of(str(self).split("\n\n")[0], self.findings, self.losses, self.notes)

    def _repr_html_(self) -> str:
        from looplab.doctor.page import fragment_of

        return fragment_of(str(self).split("\n\n")[0], self.findings, self.losses, self.notes)


def nothing_watched(why: str) -> Diagnosis:
    """A diagnosis that says only why there is none.

    Args:
        why: the middle of a sentence, or one with its own end.
    """
    return Diagnosis(
        findings=(), steps=0, epochs=0, seconds=0.0, notes=(f"Nothing was watched: {why.removesuffix('.')}.",)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
