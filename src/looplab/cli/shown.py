"""What `looplab compare` prints: names of columns are shown as they are, never as markup."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from looplab.comparison.answer import share
from looplab.comparison.comparison import Comparison
from looplab.comparison.metrics import usual_metric
from looplab.comparison.scoring import measure_in_words
from looplab.data.words import printable

if TYPE_CHECKING:
    from looplab.comparison.many import Summary

__all__ = ["show", "show_summary"]

_MOST_COLUMNS = 3


def show(found: Comparison) -> None:
    """Print the answer, the scores and what was done to the table."""
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(Text(printable(found.sentence), style="bold"))
    if found.leaks:
        names = ", ".join(f"'{printable(name)}'" for name in found.leaks)
        said = f"Look at {names}: the target follows from it alone. A copy of the target, or known only afterwards?"
        console.print(Text(said, style="bold red"))
    console.print(_scores(found))
    if len(found.measures) > 1:
        console.print(_measures(found))
    for line in _lines(found):
        console.print(Text(printable(line)))


def show_summary(summary: "Summary") -> None:
    """Print a row for each of several tables, then what is wrong with those that have no answer."""
    table = Table("table", "rows", "answer", "gain of the better network", "95 % interval", "lowest loss")
    for row in summary.table.to_dict(orient="records"):
        name = printable(row["table"])
        if row["problem"]:
            table.add_row(name, "–", "none", "–", "–", "–")
        else:
            interval = f"{share(row['gain_low'])} to {share(row['gain_high'])}"
            table.add_row(
                name, f"{row['rows']:,.0f}", row["answer"], share(row["gain"]), interval, printable(row["best"])
            )
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(table)
    for row in summary.table.to_dict(orient="records"):
        if row["problem"]:
            console.print(Text(f"{printable(row['table'])}: {printable(row['problem'])}"))


def _scores(found: Comparison) -> Table:
    metric, first = found.scoring.metric, found.measures[:1]
    heading = "loss" if metric == usual_metric(found.table.task) else metric.heading
    table = Table("arm", heading, "95 % interval", *_headings(first), "gain over linear", "95 % interval")
    for row in found.scores().to_dict(orient="records"):
        gain = ["–", "–"]
        if row["arm"] not in ("linear", "constant"):
            gain = [share(row["gain"]), f"{share(row['gain_low'])} to {share(row['gain_high'])}"]
        value, *ends = (f"{metric.shown(row[part]):.3g}" for part in ("loss", "low", "high"))
        interval = " to ".join(reversed(ends) if metric.is_score else ends)
        table.add_row(str(row["arm"]), value, interval, *(measure_in_words(row[each]) for each in first), *gain)
    return table


def _measures(found: Comparison) -> Table:
    """Measures for skewed classes: accuracy hardly notices the rare ones."""
    table = Table("arm", *_headings(found.measures))
    for row in found.scores().to_dict(orient="records"):
        table.add_row(str(row["arm"]), *(measure_in_words(row[measure]) for measure in found.measures))
    return table


def _headings(measures: tuple[str, ...]) -> list[str]:
    return ["R²" if measure == "R2" else measure for measure in measures]


def _lines(found: Comparison) -> list[str]:
    spread = ", ".join(f"{name} {share:.1%}" for name, share in found.seed_spread.items())
    return [
        f"The seed alone moves the {found.scoring.metric.loss} by (standard deviation): {spread}.",
        *_curve_line(found),
        *_why_lines(found),
        *found.table.notes,
        (f"{_folds(found.settings)}, {found.settings['seeds']} seeds a fold, {found.seconds:.1f} s."),
    ]


def _folds(settings: dict[str, Any]) -> str:
    """Folds and repeats, or where a budget ended them early, how many folds there were."""
    planned, compared = settings["folds"] * settings["repeats"], settings["folds_compared"]
    if settings["budget"] is not None and compared < planned:
        return f"{compared} of {settings['folds']} folds × {settings['repeats']}"
    return f"{settings['folds']} folds × {settings['repeats']}"


def _curve_line(found: Comparison) -> list[str]:
    if found.learning is None:
        return []
    gain, loss = found.learning.gain, found.scoring.metric.loss
    more = "More rows would probably help" if gain.low > 0 else "No clear sign that more rows would help"
    return [
        (
            f"{more}: from half to all rows the {found.learning.arm} arm's {loss} falls by {share(gain.estimate)} "
            f"({share(gain.low)} to {share(gain.high)})."
        )
    ]


def _why_lines(found: Comparison) -> list[str]:
    if found.reasons is None:
        return []
    arm, importances = next(iter(found.reasons.importances.items()))
    clear = [name for name, growth in importances.items() if growth.low > 0][:_MOST_COLUMNS]
    named = ", ".join(f"{name} (+{importances[name].estimate:.3g})" for name in clear)
    said = (
        f"The {arm} arm relies most on {named}: so much its {found.scoring.metric.loss} grows when they are shuffled."
    )
    lines = [said] if clear else []
    if found.reasons.linear_form:
        lines.append(f"Learnt from all rows, the linear model is one {found.reasons.linear_form}.")
    if found.reasons.slices and (best := found.reasons.slices[0]).gain.low > 0:
        network = found.reasons.network
        lines.append(f"Over the linear model, the {network} gains most where {best.column} is {best.where}.")
    return lines
