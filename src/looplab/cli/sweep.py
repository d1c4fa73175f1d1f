"""`looplab sweep`: a study from a file, on processes here or on a cluster."""

from pathlib import Path
from typing import Annotated

import typer

from looplab.cli.terminal import announce
from looplab.files import write_whole

__all__ = ["sweep"]


def sweep(
    study: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    on: Annotated[str, typer.Option(help="Where: local (processes here), dask or ray.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="A running cluster, as dask or ray names it; by default one is started here.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes to start here; one a core.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where what is done is kept; by default a folder beside the study.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write all runs into this file, for Runs.load.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write a row for each run into this file (.csv).")] = None,
) -> None:
    """Train every combination of a study with every seed, and print a row for each; started again, it goes on."""
    announce(f"Reading {study} …")
    from looplab.sweeps.engines import engine
    from looplab.sweeps.study import read_study
    from looplab.sweeps.summary import summary

    asked = read_study(study)
    kept = study.with_suffix(".sweep") if folder is None else folder
    announce(f"Starting workers ({on}) …")
    with engine(on, address=address, workers=workers) as executor:
        runs = asked.run(executor, kept)
    if save is not None:
        runs.save(save)
    if table is not None:
        write_whole(table, runs.table().to_csv(index=False))
    typer.echo(summary(runs).to_string(float_format="{:.4g}".format))
    failed = int(runs.failed.sum())
    typer.echo(f"{len(runs):,} runs, {failed:,} failed, {runs.seconds:.1f} s; kept in {kept}")
