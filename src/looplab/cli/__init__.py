"""The command line: each command hands over to the part of looplab that does the work, and loads it only then."""

import io
import sys
from typing import Annotated, NoReturn

import typer

from looplab.cli.capstone import capstone_app
from looplab.cli.compare import compare_command, predict_command
from looplab.cli.course import course_app
from looplab.cli.doctor import doctor
from looplab.cli.experiment import experiment_app
from looplab.cli.learner import certificate, check, learn, progress, watch
from looplab.cli.sweep import sweep
from looplab.cli.terminal import guard_streams, on_one_line
from looplab.cli.usage import usage_error
from looplab.errors import LooplabError
from looplab.files.system_errors import file_error
from looplab.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Learn the training loop with PyTorch by measuring it.",
)
for command in (learn, check, watch, progress, certificate):
    app.command()(command)
app.add_typer(course_app, name="course")
app.add_typer(experiment_app, name="experiment")
app.add_typer(capstone_app, name="capstone")
app.command("compare")(compare_command)
app.command("predict")(predict_command)
app.command("sweep")(sweep)
app.command("doctor", context_settings={"allow_interspersed_args": False})(doctor)


def main() -> None:
    """Run the command line; a user's mistake prints one line on stderr and exits with status 2."""
    guard_streams()
    try:
        try:
            status = app(prog_name="looplab", standalone_mode=False)
        finally:
            sys.stdout.flush()
    except LooplabError as error:
        _fail(error)
    except typer.Abort:  # what some versions of typer make of Ctrl-C
        sys.exit(130)
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = io.StringIO()
        sys.exit(1)
    except OSError as error:
        sys.stdout = io.StringIO()  # what a full disk has not taken, it will not take at the end either
        _fail(file_error(error.filename or "output", error, expected="to be read and written"))
    except Exception as error:
        found = usage_error(error)
        if found is None:
            raise
        _fail(found)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(error: Exception) -> NoReturn:
    print(on_one_line(f"looplab: {error}"), file=sys.stderr)
    sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"looplab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version  # its callback has done the work
