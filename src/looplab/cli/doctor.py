"""`looplab doctor`: runs a person's script as it is, and says what is wrong with its training."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looplab.cli.after_import import after_import
from looplab.cli.python_script import Ending, Script, free_names_of, read_script
from looplab.cli.terminal import announce, on_one_line
from looplab.errors import FileError, LooplabError, MissingExtraError
from looplab.files import write_whole

if TYPE_CHECKING:
    from looplab.doctor.diagnosis import Diagnosis
    from looplab.doctor.finding import Finding
    from looplab.doctor.script_watch import ScriptWatch

__all__ = ["doctor"]

_STANDARD_OUTPUT = Path("-")


def doctor(
    script: Annotated[Path, typer.Argument(help="Your Python script, run as `python script.py` would.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="What the script is given.")] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the report as JSON into this file; - for standard output.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page into this file.")] = None,
    every: Annotated[
        int | None,
        typer.Option(min=1, help="Look closely at every N-th step, not just at as many as 2 % of the time allows."),
    ] = None,
    optimizer: Annotated[
        int | None,
        typer.Option(min=1, help="Which one to watch, counted as they are made; by default the first to train."),
    ] = None,
) -> None:
    """Run a PyTorch script of yours, unchanged, and say what is wrong with its training."""
    read = read_script(script)
    for file in (json, html):
        _require_place(file)
    if html is not None and not (find_spec("jinja2") and find_spec("matplotlib")):
        raise MissingExtraError("the doctor's page", "figures")
    announce(f"Running {script} …")
    watch = _Watched(read, number=optimizer, every=every)
    with _standard_output_for_json(wanted=json == _STANDARD_OUTPUT):
        ending = watch.run(arguments or [])
    if os.getpid() != watch.process:  # a process that the script has forked off: it has nothing to tell
        sys.exit(ending.status)
    try:
        watch.report(ending, json=json, html=html)
    except LooplabError as error:
        if not ending.status:
            raise
        print(on_one_line(f"looplab: {error}"), file=sys.stderr)
    sys.exit(ending.status)


class _Watched:
    """A script that runs under the watch, which begins with the script's own import of PyTorch."""

    def __init__(self, script: Script, *, number: int | None, every: int | None) -> None:
        self._script, self._number, self._every = script, number, every
        self._watch: ScriptWatch | None = None
        self._said = sys.stderr  # where what is said goes, whatever the script does with its own
        self.process = os.getpid()

    def run(self, arguments: list[str]) -> Ending:
        """Run the script to its end."""
        path = list(sys.path)
        with after_import("torch", lambda: self._begin(path)):
            ending = self._script.run(arguments)
        if self._watch is not None and os.getpid() == self.process:
            self._watch.stop(ending.error if isinstance(ending.error, Exception) else None)
        return ending

    def report(self, ending: Ending, *, json: Path | None, html: Path | None) -> None:
        """Say what was found, and write it down where that was asked for."""
        if isinstance(ending.error, KeyboardInterrupt):
            print("Stopped.", file=self._said)
        found = self._diagnosis()
        print(f"\n{found}", file=self._said, flush=True)
        if json == _STANDARD_OUTPUT:
            typer.echo(found.to_json())
        elif json is not None:
            write_whole(json, found.to_json() + "\n")
        if html is not None:
            write_whole(html, found.to_html())

    def _diagnosis(self) -> "Diagnosis":
        if self._watch is not None:
            return self._watch.diagnosis()
        from looplab.doctor.diagnosis import nothing_watched

        return nothing_watched("the script did not import PyTorch")

    def _begin(self, path: list[str]) -> None:
        """Load the doctor, from where looplab itself is, and start."""
        of_script, before = list(sys.path), set(sys.modules)
        sys.path[:] = path
        try:
            from looplab.doctor.script_watch import ScriptWatch
        finally:
            sys.path[:] = of_script
        free_names_of(self._script.folder, [name for name in list(sys.modules) if name not in before])
        self._watch = ScriptWatch(self._call, number=self._number, every=self._every)
        self._watch.start()

    def _call(self, finding: "Finding") -> None:
        said = f"looplab: {finding.title} ({finding.fault}, {finding.level}): {finding.evidence}"
        print(on_one_line(said), file=self._said, flush=True)


def _require_place(file: Path | None) -> None:
    """Refuse, before a training that may take hours, what cannot be written after it."""
    if file is not None and file.is_dir():
        raise FileError(str(file), expected="a file that can be written", got="a folder", fix="Name a file in it.")


@contextmanager
def _standard_output_for_json(*, wanted: bool) -> Iterator[None]:
    """Meanwhile, what the script and the processes that it starts print goes to standard error: only JSON follows."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    output, error = 1, 2  # the numbers that every process knows them by
    kept = os.dup(output)
    os.dup2(error, output)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, output)
        os.close(kept)
