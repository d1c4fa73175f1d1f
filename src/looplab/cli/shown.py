"""What `looplab compare` prints: names of columns are shown as they are, never as markup."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from looplab.comparison.answer import share
from looplab.comparison.comparison import Comparison
from looplab.data.words import printable

if TYPE_CHECKING:
    from looplab.comparison.many import Summary

__all__ = ["show", "show_summary"]


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
    first = found.measures[0]
    table = Table("arm", "loss", "95 % interval", "R²" if first == "R2" else first, "gain over linear", "95 % interval")
    for row in found.scores().to_dict(orient="records"):
        gain = ["–", "–"]
        if row["arm"] not in ("linear", "constant"):
            gain = [share(row["gain"]), f"{share(row['gain_low'])} to {share(row['gain_high'])}"]
        interval = f"{row['low']:.3g} to {row['high']:.3g}"
        table.add_row(str(row["arm"]), f"{row['loss']:.3g}", interval, f"{row[first]:.3f}", *gain)
    return table


def _measures(found: Comparison) -> Table:
    """Measures for skewed classes: accuracy hardly notices the rare ones."""
    table = Table("arm", *found.measures)
    for row in found.scores().to_dict(orient="records"):
        table.add_row(str(row["arm"]), *(f"{row[measure]:.3f}" for measure in found.measures))
    return table


def _lines(found: Comparison) -> list[str]:
    spread = ", ".join(f"{name} {share:.1%}" for name, share in found.seed_spread.items())
    return [
        f"The seed alone moves the loss by (standard deviation): {spread}.",
        *_curve_line(found),
        *found.table.notes,
        (
            f"{found.settings['folds']} folds × {found.settings['repeats']}, {found.settings['seeds']} seeds a fold, "
            f"{found.seconds:.1f} s."
        ),
    ]


def _curve_line(found: Comparison) -> list[str]:
    if found.learning is None:
        return []
    gain = found.learning.gain
    more = "More rows would probably help" if gain.low > 0 else "No clear sign that more rows would help"
    return [
        (
            f"{more}: from half to all rows the {found.learning.arm} arm's loss falls by {share(gain.estimate)} "
            f"({share(gain.low)} to {share(gain.high)})."
        )
    ]
