"""The runs of a study as a table: a row for each combination of what varied, over its seeds."""

from typing import TYPE_CHECKING, Any

import numpy as np

from looplab.replicas import Runs
from looplab.statistics import interquartile_mean, iqm_interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary"]

_FEWEST = 8  # runs of which an interval says something


def summary(runs: Runs) -> "pd.DataFrame":
    """What came of each combination, the lowest loss first.

    The loss is that of the validation rows, where there are some. Of runs that did not fail it gives the interquartile
    mean with its 95 % interval, where there are at least eight of them, and the lowest.

    >>> from looplab import Recipe, load, mlp, train_many
    >>> recipe = Recipe(optimizer="adam", lr=0.01, steps=20)
    >>> runs = train_many(lambda: mlp(2, [4], 1), load("moons"), recipe, seeds=8, vary={"lr": [0.01, 0.1]})
    >>> list(summary(runs).columns)
    ['lr', 'seeds', 'failed', 'train_loss', 'low', 'high', 'lowest']
    """
    import pandas as pd

    table = runs.table()
    names = [name for name in runs.columns if name != "seed"]
    loss = "validation_loss" if "validation_loss" in table else "train_loss"
    keys = [tuple(_key(value) for value in row) for row in zip(*(runs.columns[name] for name in names), strict=True)]
    places: dict[tuple[Any, ...], list[int]] = {}
    for replica, key in enumerate(keys or [()] * len(runs)):
        places.setdefault(key, []).append(replica)
    rows = []
    for replicas in places.values():
        own = {name: runs.columns[name][replicas[0]] for name in names}
        rows.append({**own, **_measured(table.iloc[replicas], loss)})
    return pd.DataFrame(rows).sort_values(loss, na_position="last", kind="stable").reset_index(drop=True)


def _measured(runs: "pd.DataFrame", loss: str) -> dict[str, Any]:
    values = runs.loc[~runs["failed"], loss].to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    interval = iqm_interval(values) if len(values) >= _FEWEST else None
    return {
        "seeds": len(runs),
        "failed": int(runs["failed"].sum()),
        loss: interquartile_mean(values) if len(values) else np.nan,
        "low": np.nan if interval is None else interval.low,
        "high": np.nan if interval is None else interval.high,
        "lowest": values.min() if len(values) else np.nan,
    }


def _key(value: Any) -> Any:
    return repr(value)
