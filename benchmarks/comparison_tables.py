"""What was measured of `compare`, as tables of README.md and docs/compare.md."""

import textwrap
from collections.abc import Mapping
from typing import Any

__all__ = ["compare_coverage", "compare_honesty", "compare_tables"]

_ANSWERS = ("linear", "network", "undecided")

_ARMS = (
    ("linear", "linear"),
    ("careful linear", "ridge or logistic, penalty by cross-validation"),
    ("small network", "small network"),
    ("wide network", "wide network"),
    ("gradient boosting", "boosting"),
    ("careful boosting", "boosting, grid of eight"),
    ("default boosting", "boosting, defaults"),
)


def compare_coverage(report: Mapping[str, Any]) -> str:
    """How often intervals contained new targets."""
    kinds = report["kinds"]
    asked = list(next(iter(kinds.values()))["coverage"])
    heads = [f"of intervals for {float(each):.0%}" for each in asked]
    lines = ["| noise, or curve | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(asked)]
    for name, kind in kinds.items():
        cells = [f"{kind['coverage'][each]['mean']:.1%}" for each in asked]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    tables = next(iter(kinds.values()))["tables"]
    text = (
        f"The share of {report['new_rows']:,} new targets that lay in their intervals, mean of {tables} tables of "
        f"{report['rows']} rows of each kind (`benchmarks/compare_coverage.py`)."
    )
    return "\n".join([*lines, "", *_wrapped(text)])


def compare_honesty(report: Mapping[str, Any]) -> str:
    """What `compare` answers when the truth is known."""
    lines = ["| tables of 100 rows | linear is enough | a network is better | cannot tell |", "|---|---:|---:|---:|"]
    kinds = report["kinds"]
    for kind in kinds.values():
        counts = [f"{kind['answers'].get(answer, 0)} of {kind['tables']}" for answer in _ANSWERS]
        right = _ANSWERS.index(kind["truth"])
        cells = [f"**{count}**" if place == right else count for place, count in enumerate(counts)]
        lines.append(f"| {kind['what']} | " + " | ".join(cells) + " |")
    false = sum(kind["wrong"] for kind in kinds.values())
    leaks = sum(kind["leaks_told_wrong"] for kind in kinds.values())
    by_margin = [f"{share:.0%} at {float(margin):.0%}" for margin, share in kinds["linear"]["share_by_margin"].items()]
    text = (
        f"The right answer is bold; tables with a rare class have 300 rows. Of {report['tables']} tables "
        f"{false or 'none'} got a wrong one, and of {leaks or 'none'} something false was said about a column that "
        f"gives the target away. A network is worth it if it can lower the loss by "
        f"{report['margin']:.0%} or more (`--margin`). How many of the linear tables get that "
        f"answer depends on the margin: {', '.join(by_margin)}."
    )
    return "\n".join([*lines, "", *_wrapped(text)])


def compare_tables(report: Mapping[str, Any]) -> str:
    """The losses of all arms on each table, and in words where an arm is behind by more than noise."""
    lines = ["| table | rows × columns | " + " | ".join(title for _, title in _ARMS) + " |"]
    lines.append("|---|---|" + "---:|" * len(_ARMS))
    behind, gains = [], []
    for name, table in report["tables"].items():
        losses = [_number(table["loss"][arm]) for arm, _ in _ARMS]
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
    return "\n".join([*lines, "", *_wrapped(text)])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)


def _number(loss: float) -> str:
    return f"{loss:,.0f}" if loss >= 1000 else f"{loss:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %".replace("-", "−")
