"""`looplab experiment`: list, run, measure and verify experiments."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from looplab.errors import ExperimentError

__all__ = ["experiment_app"]

_FIGURES = (".png", ".svg", ".pdf")

experiment_app = typer.Typer(no_args_is_help=True, help="Test claims about training over hundreds of seeds.")


@experiment_app.command("list")
def list_() -> None:
    """List the experiments: id, what the ledger says, claim."""
    from looplab.experiments import find_experiment, list_experiments

    for id in list_experiments():  # noqa: A001  # the word that everyone uses
        typer.echo(f"{id}  [{_standing(id)}]\n    {find_experiment(id).claim}")


@experiment_app.command("run")
def run_(
    id: Annotated[str, typer.Argument(help="Experiment, for instance activation-on-sine.")],  # noqa: A002
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds; the experiment's own number when left out.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Write the result into the ledger, course/measured.")] = False,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the distributions into this file (.png, .svg, .pdf).")
    ] = None,
) -> None:
    """Run an experiment: train every arm with many seeds, print table and verdict."""
    from looplab.experiments import ledger_path, run

    if figure is not None:
        _check_figure(figure)
    report = run(id, seeds=seeds, announce=_announce)
    typer.echo(report.question)
    typer.echo(report.table().to_string(float_format="{:.4g}".format))
    typer.echo(report.summary())
    typer.echo(f"{report.seconds:.1f} s")
    if figure is not None:
        report.figure().savefig(figure)
        typer.echo(f"figure: {figure}")
    if save:
        typer.echo(f"ledger: {report.save(ledger_path(id))}")


@experiment_app.command("measure")
def measure(
    ids: Annotated[list[str] | None, typer.Argument(help="Experiments; all when left out.")] = None,
) -> None:
    """Write the ledger afresh: run experiments with their own numbers of seeds and save what they give."""
    from looplab.experiments import find_experiment, ledger_path, list_experiments, run

    for experiment in [find_experiment(chosen) for chosen in ids or list_experiments()]:
        report = run(experiment.id, announce=_announce)
        report.save(ledger_path(experiment.id))
        typer.echo(f"{report.id}: {report.verdict}, {report.seeds} seeds, {report.seconds:.1f} s")


@experiment_app.command("verify")
def verify_(
    ids: Annotated[list[str] | None, typer.Argument(help="Experiments; all when left out.")] = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many fresh seeds; each experiment's own when left out.")
    ] = None,
) -> None:
    """Measure the ledger's claims afresh with other seeds; exit status 1 when a verdict turns or an entry is stale."""
    from looplab.experiments import list_experiments, verify

    failed = False
    for id in ids or list_experiments():  # noqa: A001
        for verification in verify([id], seeds=seeds, announce=_announce):
            typer.echo(str(verification))
            failed |= verification.failed
    raise typer.Exit(1 if failed else 0)


def _check_figure(path: Path) -> None:
    """Refuse a figure that cannot be written before the training, not after it."""
    if path.suffix.lower() not in _FIGURES:
        got = f"'{path.suffix}'" if path.suffix else "no ending"
        raise ExperimentError("--figure", expected=f"a file that ends in {', '.join(_FIGURES)}", got=got)
    if not path.absolute().parent.is_dir():
        raise ExperimentError("--figure", expected="a folder that exists", got=str(path.parent))


def _standing(id: str) -> str:  # noqa: A002
    from looplab.experiments import is_stale, ledger_path, load_ledger

    if not ledger_path(id).exists():
        return "not measured"
    report = load_ledger(id)
    return "changed since it was measured" if is_stale(report) else f"{report.verdict}, {report.seeds} seeds"


def _announce(sentence: str) -> None:
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)
