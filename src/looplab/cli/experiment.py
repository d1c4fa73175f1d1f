"""`looplab experiment`: list, run, measure and verify experiments, the course's and your own."""

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looplab.errors import ExperimentError
from looplab.files import whole_file
from looplab.files.system_errors import as_file_error

if TYPE_CHECKING:
    from looplab.experiments import ExperimentFile

__all__ = ["experiment_app"]

_FIGURES = (".png", ".svg", ".pdf")

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Ids, Python files, or folders of them; by default all experiments of the course."),
]
Ledger = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the ledger; by default `measured` in the experiment's lesson, or beside a file of your own."
    ),
]

experiment_app = typer.Typer(no_args_is_help=True, help="Test claims about training over hundreds of seeds.")


@experiment_app.command("list")
def list_(names: Names = None, ledger: Ledger = None) -> None:
    """List experiments, without running them: id, verdict in the ledger, claim."""
    for file in _files(names, ledger):
        standing, *sentences = _status(file)
        typer.echo("\n    ".join([f"{file.id}  [{standing}]", *filter(None, sentences)]))


@experiment_app.command("run")
def run_(
    name: Annotated[str, typer.Argument(help="An id, as `list` shows them, or a Python file that defines one.")],
    seeds: Annotated[int | None, typer.Option(help="How many seeds; by default the experiment's own number.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Write the result into the experiment's ledger.")] = False,
    ledger: Annotated[Path | None, typer.Option(help="Write the result into a ledger in this folder.")] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the distributions into this file (.png, .svg, .pdf).")
    ] = None,
) -> None:
    """Run an experiment: train every arm with many seeds, then print the table and the verdict."""
    from looplab.experiments import find_file, run, save_report

    file = _with_ledger(find_file(name), ledger)
    if figure is not None:
        _check_figure(figure)
    if save or ledger is not None:
        _check_ledger(file.ledger)
    report = run(file, seeds=seeds, announce=_announce)
    typer.echo(report.question)
    typer.echo(report.table().to_string(float_format="{:.4g}".format))
    typer.echo(report.summary())
    typer.echo(f"{report.seconds:.1f} s")
    if save or ledger is not None:
        typer.echo(f"ledger: {save_report(report, file.entry)}")
    if figure is not None:
        with whole_file(figure) as drawn:
            report.figure().savefig(drawn, format=figure.suffix[1:].lower())
        typer.echo(f"figure: {figure}")


@experiment_app.command("measure")
def measure(names: Names = None, ledger: Ledger = None) -> None:
    """Write the ledger afresh: run experiments with their own numbers of seeds and save what they give."""
    from looplab.experiments import run, save_report

    files = _loadable(_files(names, ledger))
    for file in files:
        _check_ledger(file.ledger)
    for file in files:
        report = run(file, announce=_announce)
        save_report(report, file.entry)
        typer.echo(f"{report.id}: {report.verdict}, {report.seeds} seeds, {report.seconds:.1f} s")


@experiment_app.command("verify")
def verify_(
    names: Names = None,
    seeds: Annotated[int | None, typer.Option(help="How many fresh seeds; by default each experiment's own.")] = None,
    ledger: Ledger = None,
) -> None:
    """Measure the ledger's claims afresh with other seeds; exit status 1 if a verdict turns or an entry is stale."""
    from looplab.experiments import verify

    failed = False
    for file in _loadable(_files(names, ledger)):
        for verification in verify([file], seeds=seeds, announce=_announce):
            typer.echo(str(verification))
            failed |= verification.failed
    raise typer.Exit(1 if failed else 0)


@experiment_app.command("new")
def new(
    id: Annotated[str, typer.Argument(help="Id of the experiment: lower-case words with hyphens.")],  # noqa: A002
    folder: Annotated[Path, typer.Option(help="Folder for the file.")] = Path(),
) -> None:
    """Write a file with an experiment that runs as it is, for you to change."""
    from looplab.experiments import new_experiment

    path = new_experiment(id, folder)
    typer.echo(f"{path}\nRun it: looplab experiment run {shlex.quote(str(path))}")


def _files(names: Iterable[str] | None, ledger: Path | None) -> list["ExperimentFile"]:
    from looplab.experiments import experiment_files, find_files

    files = find_files(names) if names else experiment_files().values()
    return [_with_ledger(file, ledger) for file in files]


def _with_ledger(file: "ExperimentFile", ledger: Path | None) -> "ExperimentFile":
    return file if ledger is None else file.with_ledger(ledger)


def _loadable(files: list["ExperimentFile"]) -> list["ExperimentFile"]:
    """The files, once each is known to define an experiment: a mistake shows before any training, not hours later."""
    for file in files:
        file.load()
    return files


def _check_figure(path: Path) -> None:
    """Refuse a figure that cannot be drawn before the training, not after it."""
    import looplab.figures  # noqa: F401  # which says so if the part for figures is not installed

    if path.suffix.lower() not in _FIGURES:
        got = f"'{path.suffix}'" if path.suffix else "no ending"
        raise ExperimentError("--figure", expected=f"a file that ends in {', '.join(_FIGURES)}", got=got)
    if path.is_dir():
        raise ExperimentError("--figure", expected="a file", got=f"the folder {path}")
    if not path.absolute().parent.is_dir():
        raise ExperimentError("--figure", expected="a folder that exists", got=str(path.parent))


def _check_ledger(folder: Path) -> None:
    """Refuse a ledger that cannot be written before the training, not after it."""
    with as_file_error(folder, expected="a folder that can be written"):
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise ExperimentError("ledger", expected="a folder, or the name of a new one", got=f"the file {there}")
    if not os.access(there, os.W_OK):
        raise ExperimentError("ledger", expected="a folder that can be written", got=str(there))


def _status(file: "ExperimentFile") -> tuple[str, ...]:
    """An experiment's status, its claim, and what is wrong with its file or its entry."""
    from looplab.experiments import is_stale, load_ledger

    try:
        claim = file.written_claim()
    except ExperimentError as error:
        return "cannot be run", str(error)
    if not file.entry.exists():
        return "not measured", claim
    try:
        report = load_ledger(file)
    except ExperimentError as error:
        return "ledger damaged", claim, str(error)
    if is_stale(report, file):
        return "changed since it was measured", claim
    return f"{report.verdict}, {report.seeds} seeds", report.claim


def _announce(sentence: str) -> None:
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)
