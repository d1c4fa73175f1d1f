"""The report of an experiment: what was measured, the verdict, table and figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from looplab import statistics
from looplab.experiments.evidence import Evidence
from looplab.statistics import Interval, Verdict, all_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ArmResult", "Report"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmResult:
    """What was measured on one arm.

    Attributes:
        name: the arm's name.
        colour: that of the arm in figures.
        values: one number per seed, in the order of the seeds.
        failures: how many of the seeds failed.
    """

    name: str
    colour: str
    values: Float64[np.ndarray, " S"]
    failures: int

    def interval(self, level: float = 0.95) -> Interval:
        """The interquartile mean of the values with its bootstrap interval."""
        return statistics.iqm_interval(self.values, level=level)

    def failure_rate(self, level: float = 0.95) -> Interval:
        """The share of seeds that failed, with Wilson's interval."""
        return statistics.rate_interval(self.failures, len(self.values), level=level)


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What an experiment measured, and what that says about its claim.

    Attributes:
        id: the experiment's.
        question: in a learner's words.
        claim: the sentence the verdict is about.
        measured: the measure in words, with unit.
        evidence: what each rule found.
        arms: what was measured on each arm.
        first_seed: the first seed.
        seeds: how many seeds, one after the other.
        level: the level at which all intervals of the evidence hold at once.
        fails_above: the measure above which a run counts as failed; None: a run fails when its loss is not finite.
        logarithmic: whether the figure's axis is logarithmic.
        versions: those of Python and of the packages the numbers depend on.
        threads: processor cores available.
        seconds: wall time.
        source: fingerprint of the experiment's files; empty for one that was not defined in a file.
    """

    id: str
    question: str
    claim: str
    measured: str
    evidence: tuple[Evidence, ...]
    arms: tuple[ArmResult, ...]
    first_seed: int
    seeds: int
    level: float
    fails_above: float | None
    logarithmic: bool
    versions: Mapping[str, str]
    threads: int
    seconds: float
    source: str

    @property
    def verdict(self) -> Verdict:
        """The verdict on the claim: it holds if all rules hold, is refuted if one is, and else is undecided."""
        return all_of(evidence.verdict for evidence in self.evidence)

    def summary(self) -> str:
        """Claim, verdict, seeds and intervals in plain words, one line each."""
        head = f"{self.claim} {self.verdict.capitalize()} ({self.seeds} seeds)."
        return "\n".join([head, *(f"- {evidence}" for evidence in self.evidence)])

    def table(self) -> "pd.DataFrame":
        """One row per arm: seeds, median, quartiles, failure rate, interquartile mean and its 95 % interval."""
        import pandas as pd

        return pd.DataFrame([self._row(arm) for arm in self.arms]).set_index("arm")

    def figure(self) -> "Figure":
        """Every seed's measure, arm by arm, with median and interval. Needs the optional part `figures`."""
        from looplab.figures.distributions import distributions

        return distributions(
            {arm.name: arm.values for arm in self.arms},
            measured=self.measured,
            title=f"{self.seeds} seeds, one dot each",
            colours={arm.name: arm.colour for arm in self.arms},
            logarithmic=self.logarithmic,
            threshold=self.fails_above,
        )

    def _row(self, arm: ArmResult) -> dict[str, object]:
        lower, median, upper = np.quantile(arm.values, [0.25, 0.5, 0.75])
        interval = arm.interval()
        return {
            "arm": arm.name,
            "seeds": len(arm.values),
            "median": float(median),
            "lower quartile": float(lower),
            "upper quartile": float(upper),
            "failure rate": arm.failures / len(arm.values),
            "interquartile mean": interval.estimate,
            "95 % low": interval.low,
            "95 % high": interval.high,
        }
