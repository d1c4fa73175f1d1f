"""Twelve real tables from packages that ship their data: scikit-learn, plotnine and statsmodels (the extra `bench`).

Columns that hold the target in another form are left out, and of large tables 3,000 rows are drawn.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

__all__ = ["REAL"]

_ROWS = 3000


def _plotnine(name: str) -> pd.DataFrame:
    import plotnine.data

    table: pd.DataFrame = getattr(plotnine.data, name)
    return table


def _statsmodels(name: str) -> pd.DataFrame:
    import statsmodels.datasets

    table: pd.DataFrame = getattr(statsmodels.datasets, name).load_pandas().data
    return table


def _with_target(table: pd.DataFrame, target: str, without: tuple[str, ...] = ()) -> pd.DataFrame:
    table = table.dropna(subset=[target]).drop(columns=list(without)).rename(columns={target: "target"})
    return table.sample(_ROWS, random_state=0) if len(table) > _ROWS else table


def _poverty() -> pd.DataFrame:
    """Counties of the Midwest; other shares and counts of the poor would tell the target."""
    table = _plotnine("midwest")
    others = [name for name in map(str, table.columns) if "poverty" in name and name != "percbelowpoverty"]
    return _with_target(table, "percbelowpoverty", ("PID", "county", *others))


def _affairs() -> pd.DataFrame:
    table = _statsmodels("fair")
    return _with_target(table.assign(any=table["affairs"] > 0), "any", ("affairs",))


REAL: dict[str, Callable[[], Any]] = {
    "diabetes": lambda: "diabetes",
    "breast-cancer": lambda: "breast-cancer",
    "wine": lambda: "wine",
    "iris": lambda: "iris",
    "diamonds": lambda: _with_target(_plotnine("diamonds"), "price"),
    "mpg": lambda: _with_target(_plotnine("mpg"), "hwy", ("cty",)),
    "midwest": _poverty,
    "txhousing": lambda: _with_target(_plotnine("txhousing"), "median", ("volume", "date")),
    "penguins": lambda: _with_target(_plotnine("penguins"), "sex"),
    "fair": _affairs,
    "randhie": lambda: _with_target(_statsmodels("randhie"), "mdvis"),
    "anes96": lambda: _with_target(_statsmodels("anes96"), "vote", ("ClinLR", "DoleLR")),
}
"""By name; each gives what `compare` reads, whose target is "target" where it is a data frame."""
