"""What is gathered while arms are measured, and the reasons that it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.examples import Fitted, PreparedFold
from looplab.comparison.folds import Folds
from looplab.comparison.metrics import Truth
from looplab.comparison.networks import NETWORKS
from looplab.comparison.scores import row_losses
from looplab.comparison.scoring import Scoring
from looplab.comparison.table import Table
from looplab.comparison.why.calibration import Calibration, calibrate
from looplab.comparison.why.dependence import Dependence, depend, some_rows
from looplab.comparison.why.importance import asked_columns, losses_when_shuffled
from looplab.comparison.why.predicting import Predicting
from looplab.comparison.why.slices import Slice, find_slices
from looplab.statistics import Interval, corrected_resampled_t

__all__ = ["Gatherer", "Reasons"]

_ARMS = ("linear", *NETWORKS)
_STRONGEST = 4  # columns whose dependence is drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class Reasons:
    """Why a comparison came out as it did.

    Attributes:
        network: the network that is set against the linear model: the winner, or the better of the two.
        importances: by arm and column, by how much the loss grows when the column is shuffled; the most important of
            the explained arm first.
        dependence: of the strongest columns.
        slices: where the network gains or loses most.
        calibration: by arm; empty for a regression.
        left_out: how many columns were not asked about.
        linear_form: what the linear model is linear in, in words; empty for the columns themselves.
    """

    network: str
    importances: dict[str, dict[str, Interval]]
    dependence: tuple[Dependence, ...]
    slices: tuple[Slice, ...]
    calibration: dict[str, Calibration]
    left_out: int
    linear_form: str

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers and text."""
        return {
            "network": self.network,
            "importances": {
                arm: {name: vars(interval) for name, interval in of_arm.items()}
                for arm, of_arm in self.importances.items()
            },
            "dependence": [each.to_json() for each in self.dependence],
            "slices": [each.to_json() for each in self.slices],
            "calibration": {arm: each.to_json() for arm, each in self.calibration.items()},
            "columns_left_out": self.left_out,
            "linear_form": self.linear_form,
        }


class Gatherer:
    """Asks every fitted arm about rows that it did not learn from; each row once, in the first of the repeats.

    Args:
        table: the table.
        folds: how its rows are split.
        once: how many of the folds predict each row once.
        scoring: by what the arms are judged.
        seed: fixes the shuffles.
    """

    def __init__(self, table: Table, folds: Folds, *, once: int, scoring: Scoring, seed: int) -> None:
        self._table, self._scoring, self._seed, self._all = table, scoring, seed, folds
        self._folds = folds.compared[:once]
        self._asked = asked_columns(table.columns, table.targets, table.task)
        self._grown: dict[str, dict[str, list[float]]] = {arm: {name: [] for name in self._asked} for arm in _ARMS}
        shape = (len(table), table.targets.shape[1] if table.task == "regression" else len(table.target_names))
        self._predictions = {arm: np.full(shape, np.nan) for arm in _ARMS}
        self._losses = {arm: np.full(len(table), np.nan) for arm in _ARMS}

    def see(self, number: int, arm: str, fold: PreparedFold, fitted: Fitted) -> None:
        """Take in an arm that has learnt from the fold of this number."""
        if number >= len(self._folds) or arm not in _ARMS:
            return
        rows = self._folds[number].test
        columns, targets = self._table.columns.iloc[rows], self._table.targets[rows]
        model = Predicting(fold, fitted, columns)
        members = model.members()
        self._predictions[arm][rows] = members.mean(axis=0)
        self._losses[arm][rows] = row_losses(members, targets, self._table.task).mean(axis=0)
        truth = Truth(
            targets=targets, task=self._table.task, weights=fold.test_weights, positive=self._scoring.positive
        )
        grown = losses_when_shuffled(model, columns, truth, self._asked, scoring=self._scoring, seed=self._seed)
        for name, growth in grown.items():
            self._grown[arm][name].append(growth)

    def reasons(self, network: str, explained: str, whole: PreparedFold, arms: Mapping[str, Fitted]) -> Reasons:
        """What was found out.

        Args:
            network: the network to set against the linear model.
            explained: the arm whose strongest columns are drawn: "linear" or the network.
            whole: all rows.
            arms: by name, learnt from all rows: those whose dependence is drawn.
        """
        importances = {arm: self._importances(arm) for arm in dict.fromkeys((explained, "linear", network))}
        order = sorted(importances[explained], key=lambda name: -importances[explained][name].estimate)
        rows = some_rows(self._table.columns, self._seed)
        models = {arm: Predicting(whole, arms[arm], rows) for arm in importances}
        drawn = [depend(models, self._table.columns[name], len(rows)) for name in order[:_STRONGEST]]
        seen = ~np.isnan(self._losses["linear"])
        return Reasons(
            network=network,
            importances={arm: {name: of_arm[name] for name in order} for arm, of_arm in importances.items()},
            dependence=tuple(each for each in drawn if each is not None),
            slices=find_slices(self._columns(seen), self._losses["linear"][seen], self._losses[network][seen]),
            calibration={arm: self._calibration(arm, seen) for arm in importances if self._table.task != "regression"},
            left_out=self._table.columns.shape[1] - len(self._asked),
            linear_form=arms["linear"].chosen["form"].words,
        )

    def _columns(self, seen: NDArray[np.bool_]) -> pd.DataFrame:
        return self._table.columns.loc[seen, list(self._asked)]

    def _importances(self, arm: str) -> dict[str, Interval]:
        rows = {"train_rows": self._all.train_rows, "test_rows": self._all.test_rows}
        defined = {name: [each for each in grown if not np.isnan(each)] for name, grown in self._grown[arm].items()}
        return {name: corrected_resampled_t(grown, **rows) for name, grown in defined.items() if len(grown) > 1}

    def _calibration(self, arm: str, seen: NDArray[np.bool_]) -> Calibration:
        return calibrate(self._predictions[arm][seen], self._table.targets[seen].astype(np.int64))
