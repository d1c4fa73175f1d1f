"""`looplab experiment verify` takes the ledger in turns: what it takes, what it leaves, and what it says."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from looplab.cli.experiment import experiment_app
from looplab.errors import ExperimentError

SEEDS = """
from looplab.experiments import Experiment, Trial, rules

experiment = Experiment(
    id="{id}",
    question="Are seeds numbers?",
    claim="Seeds are typically above 1.",
    arms=(Trial(name="seed", measure=float),),
    measured="the seed",
    verdict=(rules.typically_above("seed", 1),),
    seeds=16,
    verify_seeds=8,
)
"""
NAMES = ("first", "second", "third")


class Friday(date):
    """4 December 2026, in the week of the third share of three."""

    @classmethod
    def today(cls) -> "Friday":
        return cls(2026, 12, 4)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three experiments whose entries are as they should be, and alike, on a certain day."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("looplab.cli.experiment.date", Friday)
    monkeypatch.setattr("looplab.experiments.shares.expected_seconds", lambda file: 50.0)
    for name in NAMES:
        Path(f"{name}.py").write_text(SEEDS.replace("{id}", name))
    assert call("measure", ".").exit_code == 0
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(experiment_app, list(arguments))


def verified(result: Result) -> list[str]:
    return [line.split(":")[0] for line in result.stdout.splitlines() if ": confirmed, " in line]


def test_a_share_is_verified_and_the_others_are_announced() -> None:
    result = call("verify", ".", "--share", "1/3")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Share 3 of 3: 1 of 3 experiments, about 50 s by the ledger's own times"
    assert verified(result) == ["third"]
    assert lines[2:] == [
        "Not verified now:",
        "  share 1, in the week of 2026-12-07: first",
        "  share 2, in the week of 2026-12-14: second",
        "All of them: looplab experiment verify --all. These again: looplab experiment verify --share 1/3 --turn 3",
    ]


def test_a_share_can_be_asked_for() -> None:
    result = call("verify", ".", "--share", "1/3", "--turn", "1")
    assert verified(result) == ["first"]
    assert "  share 3, this week: third\n" in result.stdout
    assert [verified(call("verify", ".", "--share", "1/2", "--turn", turn)) for turn in "12"] == [
        ["first", "third"],
        ["second"],
    ]


@pytest.mark.parametrize("options", [[], ["--all"], ["--share", "1/1"], ["--turn", "1"]])
def test_what_is_named_is_verified_whole(options: list[str]) -> None:
    result = call("verify", ".", *options)
    assert result.exit_code == 0
    assert verified(result) == list(NAMES)
    assert len(result.stdout.splitlines()) == 3


def test_entries_that_are_not_in_turn_must_be_there_and_up_to_date() -> None:
    Path("measured/first.json").unlink()
    Path("second.py").write_text(Path("second.py").read_text().replace("above 1.", "above one."))
    result = call("verify", ".", "--share", "1/3", "--turn", "3")
    assert result.exit_code == 1
    assert "first: not in the ledger; measure it: " in result.stdout
    assert "second: changed since it was measured; measure it: " in result.stdout
    assert verified(result) == ["third"]


def test_the_whole_ledger_is_taken_in_turns_where_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from looplab.experiments import find_files

    course = {file.id: file for file in find_files(["."])}
    monkeypatch.setattr("looplab.experiments.experiment_files", lambda: course)
    monkeypatch.setattr("looplab.experiments.shares.expected_seconds", lambda file: 150.0)
    result = call("verify")
    assert verified(result) == ["third"]
    assert result.stdout.startswith("Share 3 of 3: 1 of 3 experiments, about 150 s by")
    assert verified(call("verify", "--all")) == list(NAMES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--share", "2/3"], "--share: expected one part of a whole, such as 1/4, got '2/3'"),
        (["--share", "1/0"], "--share: expected one part of a whole, such as 1/4, got '1/0'"),
        (["--share", "1/4"], "--share: expected at least 1/3, one experiment, got '1/4'"),
        (["--share", "1/3", "--turn", "4"], "--turn: expected a number from 1 to 3, as there are shares, got 4"),
        (["--turn", "0"], "--turn: expected a number from 1 to 1, as there are shares, got 0"),
        (["--all", "--turn", "1"], "--all: expected neither --share nor --turn beside it, got one of them"),
    ],
)
def test_a_share_that_there_is_not_is_refused(options: list[str], message: str) -> None:
    result = call("verify", ".", *options)
    assert isinstance(result.exception, ExperimentError)
    assert str(result.exception) == message
    assert result.stdout == ""
