"""What a comparison found, as data; what is done with it (`report`, `saved`) imports it from here."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.examples import Fitted
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.comparison.scoring import Scoring
from looplab.comparison.table import Table
from looplab.comparison.why.reasons import Reasons
from looplab.statistics import Interval

__all__ = ["Answer", "ArmScores", "FinalModel", "LearningCurve", "Result"]

Answer = Literal["linear", "network", "undecided"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmScores:
    """One arm's losses on the test rows of every fold.

    Attributes:
        losses: F×S, a row per fold, a column per seed (one column for arms that do not depend on a seed).
        measures: the same for each measure that is reported beside the loss, by title.
        interval: the mean loss with its 95 % interval (corrected resampled t).
    """

    losses: NDArray[np.float64]
    measures: dict[str, NDArray[np.float64]]
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """Mean loss against the share of the training rows.

    Attributes:
        rows: mean number of training rows at each point.
        losses: mean loss of each arm at each point.
        gain: by what share of the loss the better arm improves from half to all of the rows, with interval.
        arm: the arm of `gain`.
    """

    rows: tuple[int, ...]
    losses: dict[str, tuple[float, ...]]
    gain: Interval
    arm: str

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers and text."""
        losses = {name: list(values) for name, values in self.losses.items()}
        return {"rows": list(self.rows), "losses": losses, "gain_from_half_to_all": vars(self.gain), "arm": self.arm}


@dataclass(frozen=True, kw_only=True, eq=False)
class FinalModel:
    """What was learnt from all rows: the model to save.

    Attributes:
        arm: its name.
        fitted: its members.
        preparation: what was learnt about the columns.
        scale: what was learnt about a regression's targets; None for classes.
        residuals: what the arm missed on rows that it had not learnt from, n×O absolute; None for classes.
    """

    arm: str
    fitted: Fitted
    preparation: Preparation
    scale: TargetScale | None
    residuals: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The answer of `compare`, with everything it rests on.

    Attributes:
        answer: "linear", "network" or "undecided".
        recommended: the arm that it recommends; "constant" where no model reliably predicts better.
        sentence: the answer in one sentence, with its numbers.
        arms: losses of each arm by name.
        gains: by what share each other arm lowers the linear model's loss, with interval.
        seed_spread: standard deviation of the loss over seeds, as a share of the loss, of each network.
        scoring: the metric that decided, and what is reported beside it.
        learning: the learning curve; None if it was not asked for.
        reasons: why it came out so; None if that was not asked for.
        leaks: columns that alone determine the target.
        table: the table on which the arms were compared.
        model: the arm to save, learnt from all rows.
        settings: folds, repeats, seeds, margin and so on.
        seconds: wall time.
    """

    answer: Answer
    recommended: str
    sentence: str
    arms: dict[str, ArmScores]
    gains: dict[str, Interval]
    seed_spread: dict[str, float]
    scoring: Scoring
    learning: LearningCurve | None
    reasons: Reasons | None
    leaks: tuple[str, ...]
    table: Table
    model: FinalModel
    settings: dict[str, Any]
    seconds: float

    def __str__(self) -> str:
        return self.sentence

    @property
    def winner(self) -> str:
        """The arm to save: the one asked for, or the best."""
        return self.model.arm

    @property
    def measures(self) -> tuple[str, ...]:
        """What is reported of each arm besides its loss; for skewed classes, more than accuracy (blind to them)."""
        return self.scoring.measures

    def scores(self) -> pd.DataFrame:
        """One row per arm: mean loss with its interval, the measures, and the gain over the linear model.

        Where a score such as the AUC decides, `loss` is what it lacks to 1, and the score has a column of its own.
        """
        rows = []
        constant = self.arms["constant"].interval.estimate
        for name, arm in self.arms.items():
            row: dict[str, Any] = {
                "arm": name,
                "loss": arm.interval.estimate,
                "low": arm.interval.low,
                "high": arm.interval.high,
            }
            if (metric := self.scoring.metric).is_score:
                row[metric.title] = metric.shown(arm.interval.estimate)
            if metric.name == "mse":
                row["R2"] = 1 - arm.interval.estimate / constant
            row |= {each: _mean(arm.measures[each]) for each in self.measures if each in arm.measures}
            gain = self.gains.get(name)
            row["gain"] = None if gain is None else gain.estimate
            row["gain_low"], row["gain_high"] = (None, None) if gain is None else (gain.low, gain.high)
            rows.append(row)
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers and text."""
        return {
            "answer": self.answer,
            "sentence": self.sentence,
            "table": self.table.name,
            "rows": len(self.table),
            "task": self.table.task,
            "metric": self.scoring.metric.name,
            "scores": json.loads(self.scores().to_json(orient="records")),
            "seed_spread": self.seed_spread,
            "learning_curve": None if self.learning is None else self.learning.to_json(),
            "why": None if self.reasons is None else self.reasons.to_json(),
            "leaks": list(self.leaks),
            "notes": list(self.table.notes),
            "winner": self.winner,
            "settings": self.settings,
            "seconds": self.seconds,
        }


def _mean(values: NDArray[np.float64]) -> float:
    """The mean of what is defined; NaN if nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
