"""`looplab experiment`: list, run, measure and verify experiments, the course's and your own."""

import os
import shlex
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looplab.cli.terminal import announce
from looplab.cli.turns import chosen_share, lines_about_others, wanted_shares
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
    from looplab.experiments import find_file, save_report

    file = _with_ledger(find_file(name), ledger)
    if save or ledger is not None:
        _check_ledger(file.ledger)
    announce(f"Loading {file.id} …")
    if figure is not None:
        _check_figure(figure)
    from looplab.experiments import run

    report = run(file, seeds=seeds, announce=announce)
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
    files = _files(names, ledger)
    for file in files:
        _check_ledger(file.ledger)
    _load(files)
    from looplab.experiments import run, save_report

    for file in files:
        report = run(file, announce=announce)
        save_report(report, file.entry)
        typer.echo(f"{report.id}: {report.verdict}, {report.seeds} seeds, {report.seconds:.1f} s")


@experiment_app.command("verify")
def verify_(
    names: Names = None,
    seeds: Annotated[int | None, typer.Option(help="How many fresh seeds; by default each experiment's own.")] = None,
    ledger: Ledger = None,
    everything: Annotated[bool, typer.Option("--all", help="Verify the whole ledger, not only a share.")] = False,
    share: Annotated[
        str | None, typer.Option(help="How large a share, such as 1/4; by default one of about three minutes.")
    ] = None,
    turn: Annotated[int | None, typer.Option(help="Which share, from 1 on; by default the one of this week.")] = None,
) -> None:
    """Measure the ledger's claims afresh with other seeds; exit status 1 if a verdict turns or an entry is stale.

    Of the whole ledger one share is measured, and each week another one; all entries are checked for being there and
    up to date. Experiments that you name are all measured.
    """
    files = _files(names, ledger)
    _load(files)
    if everything and (share is not None or turn is not None):
        raise ExperimentError("--all", expected="neither --share nor --turn beside it", got="one of them")
    if everything or (names and share is None and turn is None):
        failed = _verified(files, seeds)
    else:
        failed = _share_verified(files, seeds, share, turn)
    raise typer.Exit(1 if failed else 0)


def _share_verified(files: list["ExperimentFile"], seeds: int | None, share: str | None, turn: int | None) -> bool:
    """Verify one share of these, and check the entries of all others; whether something failed."""
    from looplab.experiments import shares_of, unverifiable

    count, today = wanted_shares(share), date.today()
    if count is not None and count > len(files):
        raise ExperimentError("--share", expected=f"at least 1/{len(files)}, one experiment", got=f"'{share}'")
    shares = shares_of(files, count)
    taken = chosen_share(shares, turn, today)
    if taken.of > 1:
        about = f"about {taken.seconds:.0f} s by the ledger's own times"
        typer.echo(f"Share {taken.number} of {taken.of}: {len(taken.files)} of {len(files)} experiments, {about}")
    wrong = [found for file in files if file not in taken.files and (found := unverifiable(file))]
    for found in wrong:
        typer.echo(str(found))
    failed = _verified(taken.files, seeds)
    if taken.of > 1:
        typer.echo("\n".join(lines_about_others(shares, taken, today)))
    return failed or bool(wrong)


def _verified(files: Iterable["ExperimentFile"], seeds: int | None) -> bool:
    """Verify these; whether something failed."""
    from looplab.experiments import verify

    failed = False
    for file in files:
        for verification in verify([file], seeds=seeds, announce=announce):
            typer.echo(str(verification))
            failed |= verification.failed
    return failed


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


def _load(files: list["ExperimentFile"]) -> None:
    """Make sure that each file defines an experiment: a mistake shows before any training, not hours later."""
    announce(f"Loading {files[0].id if len(files) == 1 else f'{len(files)} experiments'} …")
    for file in files:
        file.load()


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
