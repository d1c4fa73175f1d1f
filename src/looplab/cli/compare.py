"""`looplab compare` and `looplab predict`."""

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from looplab.cli.terminal import announce, on_one_line
from looplab.errors import CompareError, TableWarning, optional_part
from looplab.files import write_whole
from looplab.words import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from looplab.comparison.comparison import Comparison
    from looplab.data import ReadOptions

__all__ = ["compare_command", "predict_command"]

_FILE = "A file with a table: .csv, .tsv, .txt, .xlsx, .json, .parquet and others"
_DATABASE = "a database's address such as sqlite:///houses.db"
Delimiter = Annotated[str | None, typer.Option(help="Field delimiter of a text file.")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a text file, for instance cp1252.")]
Sheet = Annotated[str | None, typer.Option(help="Which sheet of a spreadsheet to read, if there are several.")]
Decimal = Annotated[str | None, typer.Option(help="Decimal separator of numbers in text: . or ,")]
Thousands = Annotated[str | None, typer.Option(help="Thousands separator of numbers in text: , or . or ' or a space.")]
DateFormat = Annotated[str | None, typer.Option(help="Format of dates in text, for instance %d/%m/%Y.")]
Query = Annotated[str | None, typer.Option(help="What to ask of a database, for instance 'select * from houses'.")]
Missing = Annotated[list[str] | None, typer.Option(help="A word that marks a missing value; may be repeated.")]


def compare_command(
    table: Annotated[list[str], typer.Argument(help=f"{_FILE}, {_DATABASE}, or the name of a dataset; or several.")],
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    task: Annotated[
        Literal["regression", "binary", "multiclass"] | None, typer.Option(help="Inferred from the target by default.")
    ] = None,
    groups: Annotated[str | None, typer.Option(help="Column of groups whose rows must stay in one fold.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of time: predict later rows from earlier ones.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column that says how much each row counts.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A column to leave out; may be repeated.")] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    thousands: Thousands = None,
    date_format: DateFormat = None,
    query: Query = None,
    missing: Missing = None,
    rare_classes: Annotated[
        Literal["merge", "drop"] | None,
        typer.Option(help="Make one class of those with fewer rows than folds, or leave out their rows."),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Number of folds: 5, or up to 20 with --time if there are enough rows.")
    ] = None,
    repeats: Annotated[int | None, typer.Option(help="How many times the rows are split into folds anew.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Networks trained in each fold.")] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="What decides. Classes: log-loss, brier, accuracy, balanced-accuracy, f1, auc, average-precision. "
            "Numbers: mse, rmse, mae, r2, pinball, pinball-0.9. The first of each is the default."
        ),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="module:function that makes a scikit-learn estimator, to compare as well; may be repeated."),
    ] = None,
    margin: Annotated[
        float, typer.Option(help="A network is worth it if it lowers the linear model's loss by this share or more.")
    ] = 0.15,
    curve: Annotated[bool, typer.Option("--curve/--no-curve", help="Also measure the learning curve.")] = True,
    why: Annotated[
        bool, typer.Option("--why/--no-why", help="Also find out what the arms rely on, and where networks gain.")
    ] = True,
    budget: Annotated[
        str | None, typer.Option(help="How long it may take, for instance 60s, 2m or 1h; what is left out is said.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with figures.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the best arm, fitted to all rows, for looplab predict.")
    ] = None,
    save_arm: Annotated[str | None, typer.Option(help="The arm that --save saves, for instance linear.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for a report of each of several tables, and a summary of all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON instead.")] = False,
) -> int:
    """Is a neural network worth it on this table, or is a linear model enough?"""
    for path in (report, save):  # before minutes are spent
        _require_folder(path)
    _require_one_way(table, output, report, save)
    announce(f"Reading {', '.join(map(without_secrets, table))} …")
    from looplab.comparison.compare import compare
    from looplab.comparison.named import arms_named

    own = arms_named(arm or ())

    def compare_one(name: str) -> "Comparison":
        return compare(
            name,
            target,
            task=task,
            groups=groups,
            time=time,
            weights=weights,
            read=_read_options(delimiter, encoding, sheet, decimal, thousands, date_format, query, missing, drop),
            rare_classes=rare_classes,
            folds=folds,
            repeats=repeats,
            seeds=seeds,
            metric=metric,
            arms=own,
            save_arm=save_arm,
            margin=margin,
            curve=curve,
            why=why,
            budget=budget,
        )

    if output is not None:
        return _compare_many(table, compare_one, output, as_json=as_json)
    found = compare_one(table[0])
    written = _write(found, report, save)  # before anything is printed: if the terminal fails, the work is not lost
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2))
    else:
        from looplab.cli.shown import show

        show(found)
    for line in written:
        print(line, file=sys.stderr)
    return 0


def _require_one_way(tables: list[str], output: Path | None, report: Path | None, save: Path | None) -> None:
    """Several tables have one folder for all; one table has files of its own."""
    if len(tables) > 1 and output is None:
        got = f"{len(tables)} tables without it"
        raise CompareError("--output", expected="a folder for the reports of several tables", got=got)
    if output is not None and (report or save):
        option = "--report" if report else "--save"
        raise CompareError(option, expected="one table, without --output", got="--output", fix="Give one of the two.")


def _compare_many(tables: list[str], compare_one: "Callable[[str], Comparison]", output: Path, *, as_json: bool) -> int:
    """Status 0 if every table has an answer, 1 if some have, 2 if none has."""
    with optional_part("the report", "figures"):
        from looplab.comparison.many import compare_many

    summary = compare_many(tables, compare_one, output)
    if as_json:
        typer.echo(summary.table.to_json(orient="records", indent=2))
    else:
        from looplab.cli.shown import show_summary

        show_summary(summary)
    print(f"written: {summary.folder / 'summary.html'}, {summary.folder / 'summary.csv'}", file=sys.stderr)
    return 0 if summary.failed == 0 else 2 if summary.failed == len(tables) else 1


def predict_command(
    model: Annotated[Path, typer.Argument(help="A file written by looplab compare --save.")],
    table: Annotated[str, typer.Argument(help=f"{_FILE}, or {_DATABASE}, with the same columns.")],
    output: Annotated[Path | None, typer.Option(help="Write the predictions here (.csv), not to the terminal.")] = None,
    coverage: Annotated[float, typer.Option(help="Share of rows whose number the interval is to contain.")] = 0.9,
    refuse_unlike: Annotated[
        bool, typer.Option("--refuse-unlike", help="Give no prediction for rows unlike any in training.")
    ] = False,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    thousands: Thousands = None,
    date_format: DateFormat = None,
    query: Query = None,
    missing: Missing = None,
) -> None:
    """Predict the rows of a table with a saved winner, with the spread of its ensemble."""
    _require_folder(output)
    announce(f"Reading {without_secrets(table)} …")
    from looplab.comparison.predict import predict

    read = _read_options(delimiter, encoding, sheet, decimal, thousands, date_format, query, missing, None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TableWarning)
        predictions = predict(model, table, read=read, coverage=coverage, refuse_unlike=refuse_unlike)
    text = predictions.to_csv(index=False)
    if output is not None:
        write_whole(output, text)
    for warning in caught:
        print(on_one_line(f"looplab: {warning.message}"), file=sys.stderr)
    if output is None:
        typer.echo(text, nl=False)


def _read_options(
    delimiter: str | None,
    encoding: str | None,
    sheet: str | None,
    decimal: str | None,
    thousands: str | None,
    date_format: str | None,
    query: str | None,
    missing: list[str] | None,
    drop: list[str] | None,
) -> "ReadOptions":
    from looplab.data import ReadOptions

    return ReadOptions(
        delimiter=delimiter,
        encoding=encoding,
        sheet=sheet,
        decimal=decimal,
        thousands=thousands,
        date_format=date_format,
        query=query,
        missing=tuple(missing or ()),
        drop=tuple(drop or ()),
    )


def _require_folder(path: Path | None) -> None:
    if path is not None and not path.resolve().parent.is_dir():
        raise CompareError(f"folder {path.parent}", expected="to exist", got="nothing there", fix="Make it first.")


def _write(found: "Comparison", report: Path | None, save: Path | None) -> list[str]:
    """Write what was asked for, and print a line about each file."""
    lines = []
    if report is not None:
        lines.append(f"written: {found.report(report)}")
    if save is not None:
        lines.append(f"written: {found.save(save)}, {found.saved}")
    return lines
