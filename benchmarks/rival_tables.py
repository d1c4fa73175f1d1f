"""The rivals of `compare` beside careful pipelines, as a table of docs/compare.md."""

import textwrap
from collections.abc import Mapping
from typing import Any

__all__ = ["compare_tables"]

_ARMS = (
    ("linear", "linear"),
    ("careful linear", "ridge or logistic, penalty by cross-validation"),
    ("small network", "small network"),
    ("wide network", "wide network"),
    ("gradient boosting", "boosting"),
    ("careful boosting", "boosting, grid of eight"),
    ("default boosting", "boosting, defaults"),
)


def compare_tables(report: Mapping[str, Any]) -> str:
    """The losses of all arms on each table, and in words where an arm is behind by more than noise."""
    lines = ["| table | rows × columns | " + " | ".join(title for _, title in _ARMS) + " |"]
    lines.append("|---|---|" + "---:|" * len(_ARMS))
    behind, gains = [], []
    for name, table in report["tables"].items():
        losses = [f"{table['loss'][arm]:.3g}" for arm, _ in _ARMS]
        lines.append(f"| {name} | {table['rows']:,} × {table['columns']} | " + " | ".join(losses) + " |")
        for arm, (low, gain, high) in table["gain_over_careful"].items():
            gains.append(gain)
            if high < 0:
                behind.append(f"{arm} on {name} ({_percent(low)} to {_percent(high)})")
    ahead = sum(low > 0 for table in report["tables"].values() for low, _, _ in table["gain_over_careful"].values())
    text = (
        f"Mean squared error or log loss on the test rows of five folds, the same for all; networks are one of each "
        f"kind. `compare`'s linear model is judged beside the second column of losses, its boosting beside the sixth: "
        f"of {len(gains)} such pairs, the 95 % interval of the gain lies above 0 in {ahead} and below 0 in "
        f"{len(behind)}{': ' + ', '.join(behind) if behind else ''}. `benchmarks/compare_tables.py` measures again; "
        "the twelve first tables come with scikit-learn, plotnine and statsmodels."
    )
    return "\n".join([*lines, "", *textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %".replace("-", "−")
