"""`looplab capstone`: a project of one's own, and what an honest answer still lacks."""

import warnings
from pathlib import Path
from typing import Annotated

import typer

from looplab.cli.terminal import announce
from looplab.errors import TableWarning

__all__ = ["capstone_app"]

capstone_app = typer.Typer(no_args_is_help=True, help="A project of your own, from question to honest answer.")


@capstone_app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="A new folder for the project.")],
    data: Annotated[Path | None, typer.Option(help="A file with a table of your own.")] = None,
    target: Annotated[str | None, typer.Option(help="The column of the table to predict.")] = None,
) -> None:
    """Make a project: a plan, a training that runs as it is, and a report to write."""
    announce(f"Making {folder} …")
    from looplab.capstone import new_capstone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)  # the training says so again
        made = new_capstone(folder, data, target)
    typer.echo(f"made: {made}\nNext: cd {made}, read README.md, then: python training.py")


@capstone_app.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="The project's folder; by default this one.")] = Path(),
) -> None:
    """Say item by item what the project has and what it lacks; nothing of it is run."""
    announce("Reading the evidence …")
    from looplab.capstone import check_capstone
    from looplab.course.answers.progress import CAPSTONE, record

    checked = check_capstone(folder)
    typer.echo(str(checked))
    trouble = record(CAPSTONE, passed=checked.passed)
    if trouble:
        typer.echo(trouble)
    raise typer.Exit(0 if checked.passed else 1)
