"""`looplab experiment list | run | verify`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from looplab.cli.experiment import experiment_app
from looplab.errors import ChoiceError
from looplab.experiments import Report, list_experiments, load_ledger, run
from looplab.experiments import ledger as ledger_module
from looplab.experiments.ledger import ledger_path

ID = "relu-mlp-fails-on-some-seeds"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ledger_module, "ledger_folder", lambda: tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(experiment_app, list(arguments))


def test_run_prints_draws_and_saves_and_verify_reads(folder: Path) -> None:
    drawn = folder / "figure.png"
    result = call("run", ID, "--seeds", "32", "--figure", str(drawn), "--save")
    assert result.exit_code == 0, result.output
    assert "8 ReLU units" in result.stdout
    assert "8 ReLU units is above 0.15 for more than 20% of the seeds:" in result.stdout
    assert f"ledger: {ledger_path(ID)}" in result.stdout
    assert drawn.read_bytes().startswith(b"\x89PNG")

    listed = call("list")
    assert listed.stdout.count("[not measured]") == len(list_experiments()) - 1
    assert f"{ID}  [" in listed.stdout
    assert ", 32 seeds]" in listed.stdout

    verified = call("verify", ID, "--seeds", "16")
    assert verified.exit_code == 0, verified.output
    assert "with seeds 32 to 47" in verified.stdout


def test_run_saves_only_when_asked(folder: Path) -> None:
    assert call("run", ID, "--seeds", "8").exit_code == 0
    assert list(folder.iterdir()) == []


def test_verify_fails_when_there_is_nothing_to_verify() -> None:
    result = call("verify", ID)
    assert result.exit_code == 1
    assert f"{ID}: not in the ledger" in result.stdout


def test_a_stale_entry_is_listed_as_such() -> None:
    call("run", ID, "--seeds", "8", "--save")
    path = ledger_path(ID)
    source = '"source": "'
    path.write_text(path.read_text().replace(source, source + "f", 1))
    assert f"{ID}  [changed since it was measured]" in call("list").stdout
    assert call("verify", ID).exit_code == 1


def test_measure_writes_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def few_seeds(experiment: str, *, announce: Callable[[str], None]) -> Report:
        asked.append(experiment)
        return run(experiment, seeds=8, announce=announce)

    monkeypatch.setattr("looplab.experiments.run", few_seeds)
    result = call("measure", ID, "wider-fails-less")
    assert result.exit_code == 0, result.output
    assert asked == [ID, "wider-fails-less"]
    assert load_ledger(ID).seeds == load_ledger("wider-fails-less").seeds == 8
    assert f"{ID}: undecided, 8 seeds, " in result.stdout


def test_nothing_is_measured_when_one_name_is_wrong(folder: Path) -> None:
    result = call("measure", ID, "wider-fails")
    assert isinstance(result.exception, ChoiceError)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("figure.bmp", "--figure: expected a file that ends in .png, .svg, .pdf, got '.bmp'"),
        ("figure", "--figure: expected a file that ends in .png, .svg, .pdf, got no ending"),
        ("missing/figure.png", "--figure: expected a folder that exists, got missing"),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_at_once(file: str, message: str) -> None:
    result = call("run", ID, "--figure", file)
    assert str(result.exception) == message
    assert result.stdout == ""
