"""`looplab compare` and `looplab predict`."""

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from looplab.errors import CompareError, TableWarning

if TYPE_CHECKING:
    from looplab.comparison.comparison import Comparison

__all__ = ["compare_command", "predict_command"]


def compare_command(
    table: Annotated[str, typer.Argument(help="A .csv or .parquet file, or the name of a dataset.")],
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    task: Annotated[
        Literal["regression", "binary", "multiclass"] | None, typer.Option(help="Told from the target when left out.")
    ] = None,
    groups: Annotated[str | None, typer.Option(help="Column of groups that must stay together in a fold.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of time: predict later rows from earlier ones.")] = None,
    folds: Annotated[int, typer.Option(help="Number of folds.")] = 5,
    repeats: Annotated[int | None, typer.Option(help="How often rows are shared out afresh.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Networks trained in each fold.")] = None,
    margin: Annotated[
        float, typer.Option(help="A network is worth it that lowers the linear model's loss by this share or more.")
    ] = 0.15,
    curve: Annotated[bool, typer.Option("--curve/--no-curve", help="Measure the learning curve, too.")] = True,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with figures.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the fitted winner, for looplab predict.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON instead.")] = False,
) -> None:
    """Is a neural network worth it on this table, or is a linear model enough?"""
    from looplab.comparison.compare import compare

    for path in (report, save):  # before minutes are spent
        if path is not None and not path.resolve().parent.is_dir():
            raise CompareError(f"folder {path.parent}", expected="to exist", got="nothing there", fix="Make it first.")
    found = compare(
        table,
        target,
        task=task,
        groups=groups,
        time=time,
        folds=folds,
        repeats=repeats,
        seeds=seeds,
        margin=margin,
        curve=curve,
    )
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2))
    else:
        _print(found)
    for path, write in ((report, found.report), (save, found.save)):
        if path is not None:
            print(f"written: {write(path)}", file=sys.stderr)


def predict_command(
    model: Annotated[Path, typer.Argument(help="A file that looplab compare --save wrote.")],
    table: Annotated[Path, typer.Argument(help="A .csv or .parquet file with the same columns.")],
    output: Annotated[Path | None, typer.Option(help="Write the predictions here (.csv), not to the terminal.")] = None,
) -> None:
    """Predict the rows of a table with a saved winner, with the spread of its ensemble."""
    from looplab.comparison.predict import predict

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TableWarning)
        predictions = predict(model, table)
    for warning in caught:
        print(f"looplab: {warning.message}", file=sys.stderr)
    text = predictions.to_csv(index=False)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text)


def _print(found: "Comparison") -> None:
    from rich.console import Console
    from rich.table import Table

    from looplab.comparison.answer import share

    console = Console()
    console.print(found.sentence, style="bold", highlight=False)
    if found.leaks:
        names = ", ".join(f"'{name}'" for name in found.leaks)
        console.print(
            f"Look at {names}: the target follows from it alone. A copy of the target, or known only afterwards?",
            style="bold red",
            highlight=False,
        )
    last = "R²" if found.table.task == "regression" else "accuracy"
    table = Table("arm", "loss", "95 % interval", last, "gain over linear", "95 % interval")
    for row in found.scores().to_dict(orient="records"):
        gain = ["–", "–"]
        if row["arm"] not in ("linear", "constant"):
            gain = [share(row["gain"]), f"{share(row['gain_low'])} to {share(row['gain_high'])}"]
        quality = row.get("R2", row.get("accuracy"))
        interval = f"{row['low']:.3g} to {row['high']:.3g}"
        table.add_row(str(row["arm"]), f"{row['loss']:.3g}", interval, f"{quality:.3f}", *gain)
    console.print(table)
    for line in _lines(found):
        console.print(line, highlight=False)


def _lines(found: "Comparison") -> list[str]:
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


def _curve_line(found: "Comparison") -> list[str]:
    if found.learning is None:
        return []
    from looplab.comparison.answer import share

    gain = found.learning.gain
    more = "More rows would probably help" if gain.low > 0 else "No clear sign that more rows would help"
    return [
        (
            f"{more}: from half to all rows the {found.learning.arm} arm's loss falls by {share(gain.estimate)} "
            f"({share(gain.low)} to {share(gain.high)})."
        )
    ]
