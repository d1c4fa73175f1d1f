"""The ledger: what is written is read, whole; what was cut or altered is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from looplab.errors import ExperimentError
from looplab.experiments import (
    ArmResult,
    Evidence,
    ExperimentFile,
    Report,
    find_file,
    is_stale,
    ledger_path,
    load_ledger,
    save_report,
)
from looplab.experiments.verification import compare, verify
from looplab.statistics import Interval, Verdict

ID = "activation-on-sine"


def make_report(verdict: Verdict = "holds", *, first_seed: int = 0, seeds: int = 16) -> Report:
    interval = Interval(estimate=-0.1, low=-0.12, high=-0.05)
    return Report(
        id=ID,
        question="Which?",
        claim="tanh ends lower.",
        measured="training loss",
        evidence=(Evidence(statement="tanh is lower", estimated="difference", interval=interval, verdict=verdict),),
        arms=(
            ArmResult(name="ReLU", colour="#c4570a", values=np.linspace(0.1, 0.2, seeds), failures=2),
            ArmResult(name="tanh", colour="#0b7d7d", values=np.geomspace(1e-5, 0.01, seeds), failures=0),
        ),
        first_seed=first_seed,
        seeds=seeds,
        level=0.95,
        fails_above=0.19,
        logarithmic=True,
        versions={"torch": "1", "looplab": "2"},
        threads=2,
        seconds=1.5,
        source=find_file(ID).fingerprint(),
    )


@pytest.fixture
def file(tmp_path: Path) -> ExperimentFile:
    """An experiment of the course with an empty ledger."""
    return replace(find_file(ID), ledger=tmp_path)


def test_what_was_saved_is_loaded(file: ExperimentFile) -> None:
    report = make_report()
    save_report(report, file.entry)
    loaded = load_ledger(file)
    assert loaded.table().equals(report.table())
    assert loaded.summary() == report.summary()
    for field in ("first_seed", "seeds", "level", "fails_above", "logarithmic", "threads", "seconds", "source"):
        assert getattr(loaded, field) == getattr(report, field)
    assert [path.name for path in file.ledger.iterdir()] == [f"{ID}.json"]


def test_the_same_report_is_the_same_file(tmp_path: Path) -> None:
    first = save_report(make_report(), tmp_path / "a.json").read_text()
    report = make_report()
    turned_round = replace(report, versions=dict(reversed(list(report.versions.items()))))
    again = save_report(turned_round, tmp_path / "b.json").read_text()
    assert first == again
    assert json.loads(first)["verdict"] == "holds"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = save_report(make_report(), tmp_path / "entry.json")
    before = path.read_text()
    arm = ArmResult(name="ReLU", colour="", values=np.full(16, np.nan), failures=0)
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_report(replace(make_report(), arms=(arm,)), path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "expected a whole entry, got one that was cut short or altered: "),
        (lambda text: text.replace('"verdict": "holds"', '"verdict": "refuted"', 1), "the verdict 'refuted' over"),
        (lambda text: text.replace(f'"id": "{ID}"', '"id": "other"'), "expected an entry of 'activation-on-sine'"),
        (lambda text: text.replace('"format": 1', '"format": 9'), "altered: format 9 instead of 1"),
        (lambda text: text.replace('"count": 16', '"count": 17'), "altered: an arm has not 17 values"),
        (lambda text: text.replace('"claim"', '"klaim"'), "Object missing required field `claim`"),
        (lambda text: "[]", "Expected `object`, got `array`"),
    ],
)
def test_a_damaged_entry_is_refused(file: ExperimentFile, damage: Callable[[str], str], words: str) -> None:
    path = save_report(make_report(), file.entry)
    path.write_text(damage(path.read_text()))
    with pytest.raises(ExperimentError) as caught:
        load_ledger(file)
    assert str(caught.value).startswith("ledger entry activation-on-sine.json: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith("Measure it: looplab experiment run activation-on-sine --save.")


def test_a_missing_entry_says_how_to_make_it(file: ExperimentFile) -> None:
    with pytest.raises(ExperimentError) as caught:
        load_ledger(file)
    assert str(caught.value) == (
        "ledger entry of 'activation-on-sine': expected the file activation-on-sine.json, got none. "
        "Measure it: looplab experiment run activation-on-sine --save."
    )


def test_stale_is_what_an_experiment_with_another_source_left() -> None:
    assert not is_stale(make_report())
    assert is_stale(replace(make_report(), source="0123456789abcdef"))


def test_the_ledger_lies_in_the_lesson() -> None:
    *_, course, _, lesson, measured, _ = ledger_path(ID).parts
    assert measured == "measured"
    assert lesson == find_file(ID).path.parts[-3]
    assert course in ("course", "_course")  # in a checkout, in an installed wheel


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        ("holds", "holds", "confirmed"),
        ("refuted", "refuted", "confirmed"),
        ("holds", "refuted", "turned"),
        ("refuted", "holds", "turned"),
        ("holds", "undecided", "undecided"),
        ("undecided", "refuted", "undecided"),
    ],
)
def test_a_verdict_turns_only_to_its_opposite(before: Verdict, now: Verdict, status: str) -> None:
    assert compare(make_report(before), make_report(now, first_seed=16, seeds=8)) == status


def test_seeds_that_the_ledger_used_verify_nothing() -> None:
    with pytest.raises(ExperimentError) as caught:
        compare(make_report(), make_report(first_seed=15))
    assert str(caught.value) == "first_seed: expected seeds not used by the ledger, got 15 and the following"


def test_verify_tells_missing_stale_and_turned(file: ExperimentFile, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def fresh(experiment: ExperimentFile, *, seeds: int, first_seed: int, announce: object) -> Report:
        assert experiment.id == ID
        asked.append((first_seed, seeds))
        return make_report("refuted", first_seed=first_seed, seeds=seeds)

    monkeypatch.setattr("looplab.experiments.verification.run", fresh)
    [missing] = verify([file])
    assert (missing.status, missing.failed) == ("missing", True)
    assert str(missing) == f"{ID}: not in the ledger; measure it: looplab experiment run {ID} --save"

    save_report(replace(make_report(), source="old"), file.entry)
    [stale] = verify([file])
    assert (stale.status, stale.failed) == ("stale", True)
    assert str(stale) == f"{ID}: changed since it was measured; measure it: looplab experiment run {ID} --save"
    assert asked == []

    save_report(make_report(), file.entry)
    [turned] = verify([file], seeds=9)
    assert asked == [(16, 9)]
    assert (turned.status, turned.failed) == ("turned", True)
    assert str(turned).splitlines() == [
        f"{ID}: turned, holds in the ledger, refuted with seeds 16 to 24 (1.5 s)",
        "  tanh is lower: refuted (difference -0.1 [-0.12, -0.05])",
    ]


def test_what_fewer_seeds_cannot_tell_is_no_failure(file: ExperimentFile, monkeypatch: pytest.MonkeyPatch) -> None:
    save_report(make_report(), file.entry)
    undecided = make_report("undecided", first_seed=16, seeds=8)
    monkeypatch.setattr("looplab.experiments.verification.run", lambda *_, **__: undecided)
    [verification] = verify([file])
    assert (verification.status, verification.failed) == ("undecided", False)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExperimentError) as caught:
        save_report(make_report(), tmp_path / "file" / "entry.json")
    assert str(caught.value).startswith(
        f"{tmp_path / 'file' / 'entry.json'}: expected a place that can be written, got "
    )
