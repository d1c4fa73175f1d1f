"""`looplab experiment`: list, run, measure and verify experiments, the course's and your own."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looplab.errors import ExperimentError

if TYPE_CHECKING:
    from looplab.experiments import ExperimentFile

__all__ = ["experiment_app"]

_FIGURES = (".png", ".svg", ".pdf")

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Ids, Python files, or folders of them; all experiments of the course when left out."),
]
Ledger = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the ledger; when left out, `measured` in the experiment's lesson, or beside a file of your own."
    ),
]

experiment_app = typer.Typer(no_args_is_help=True, help="Test claims about training over hundreds of seeds.")


@experiment_app.command("list")
def list_(names: Names = None, ledger: Ledger = None) -> None:
    """List experiments: id, what the ledger says, claim."""
    for file in _files(names, ledger):
        standing, claim = _told(file)
        typer.echo(f"{file.id}  [{standing}]\n    {claim}")


@experiment_app.command("run")
def run_(
    name: Annotated[str, typer.Argument(help="An id, as `list` shows them, or a Python file that defines one.")],
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds; the experiment's own number when left out.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Write the result into the experiment's ledger.")] = False,
    ledger: Annotated[Path | None, typer.Option(help="Write the result into a ledger in this folder.")] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the distributions into this file (.png, .svg, .pdf).")
    ] = None,
) -> None:
    """Run an experiment: train every arm with many seeds, print table and verdict."""
    from looplab.experiments import find_file, run, save_report

    if figure is not None:
        _check_figure(figure)
    file = _kept_in(find_file(name), ledger)
    report = run(file, seeds=seeds, announce=_announce)
    typer.echo(report.question)
    typer.echo(report.table().to_string(float_format="{:.4g}".format))
    typer.echo(report.summary())
    typer.echo(f"{report.seconds:.1f} s")
    if figure is not None:
        report.figure().savefig(figure)
        typer.echo(f"figure: {figure}")
    if save or ledger is not None:
        typer.echo(f"ledger: {save_report(report, file.entry)}")


@experiment_app.command("measure")
def measure(names: Names = None, ledger: Ledger = None) -> None:
    """Write the ledger afresh: run experiments with their own numbers of seeds and save what they give."""
    from looplab.experiments import run, save_report

    for file in _loadable(_files(names, ledger)):
        report = run(file, announce=_announce)
        save_report(report, file.entry)
        typer.echo(f"{report.id}: {report.verdict}, {report.seeds} seeds, {report.seconds:.1f} s")


@experiment_app.command("verify")
def verify_(
    names: Names = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many fresh seeds; each experiment's own when left out.")
    ] = None,
    ledger: Ledger = None,
) -> None:
    """Measure the ledger's claims afresh with other seeds; exit status 1 when a verdict turns or an entry is stale."""
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
    """Write a file with an experiment that runs, for you to change."""
    from looplab.experiments import new_experiment

    path = new_experiment(id, folder)
    typer.echo(f"{path}\nRun it: looplab experiment run {path}")


def _files(names: Iterable[str] | None, ledger: Path | None) -> list["ExperimentFile"]:
    from looplab.experiments import experiment_files, find_files

    files = find_files(names) if names else experiment_files().values()
    return [_kept_in(file, ledger) for file in files]


def _kept_in(file: "ExperimentFile", ledger: Path | None) -> "ExperimentFile":
    return file if ledger is None else replace(file, ledger=ledger)


def _loadable(files: list["ExperimentFile"]) -> list["ExperimentFile"]:
    """The files, once each has shown that it defines an experiment: before the first is trained, not hours later."""
    for file in files:
        file.load()
    return files


def _check_figure(path: Path) -> None:
    """Refuse a figure that cannot be written before the training, not after it."""
    if path.suffix.lower() not in _FIGURES:
        got = f"'{path.suffix}'" if path.suffix else "no ending"
        raise ExperimentError("--figure", expected=f"a file that ends in {', '.join(_FIGURES)}", got=got)
    if not path.absolute().parent.is_dir():
        raise ExperimentError("--figure", expected="a folder that exists", got=str(path.parent))


def _told(file: "ExperimentFile") -> tuple[str, str]:
    """How an experiment stands, and its claim, or what is wrong with its file."""
    try:
        claim = file.load().claim
    except ExperimentError as error:
        return "cannot be run", str(error)
    try:
        return _standing(file), claim
    except ExperimentError as error:
        return "ledger damaged", f"{claim}\n    {error}"


def _standing(file: "ExperimentFile") -> str:
    from looplab.experiments import is_stale, load_ledger

    if not file.entry.exists():
        return "not measured"
    report = load_ledger(file)
    return "changed since it was measured" if is_stale(report, file) else f"{report.verdict}, {report.seeds} seeds"


def _announce(sentence: str) -> None:
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)
