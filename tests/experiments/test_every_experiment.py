"""What every experiment of the course obeys; a new one joins by being there."""

import inspect
from dataclasses import replace

import numpy as np
import pytest

from looplab.content import lesson_folders, load_module
from looplab.course.reading import list_lessons
from looplab.experiments import (
    Arm,
    Trial,
    experiment_files,
    find_experiment,
    find_file,
    is_stale,
    ledger_path,
    list_experiments,
    load_ledger,
)
from looplab.experiments.running import judge, run_experiment

USUAL = 256
"""The seeds behind an entry of the ledger."""
FEWEST, DEAR = 64, 0.25
"""The seeds where each is a study of many trainings, and takes longer than so many seconds."""
IDS = list_experiments()
REFUTED = {claim.id for lesson in list_lessons() for claim in lesson.claims if claim.said == "refuted"}


def test_the_experiments_of_the_first_lessons_are_there() -> None:
    assert set(IDS) >= {
        "activation-on-sine",
        "dead-relu-rate",
        "depth-beats-width-on-sawtooth",
        "linear-stack-collapses",
        "mlp-beats-linear-on-moons",
        "network-overfits-temperature",
        "no-activation-is-linear",
        "pruning-digits",
        "relu-mlp-fails-on-some-seeds",
        "sigmoid-learns-slower",
        "tanh-loses-beyond-the-readings",
        "tanh-range-explanation",
        "wider-fails-less",
    }


def test_each_file_in_a_lesson_defines_one_and_each_entry_is_of_one() -> None:
    files = experiment_files().values()
    folders = lesson_folders().values()
    written = {path for folder in folders for path in folder.glob("experiments/[!_]*.py")}
    assert {file.path for file in files} == written
    assert {file.entry for file in files} == {path for folder in folders for path in folder.glob("measured/*")}


@pytest.mark.parametrize("name", IDS)
def test_it_is_short_and_speaks_in_sentences(name: str) -> None:
    experiment = find_experiment(name)
    assert len(find_file(name).path.read_text().splitlines()) <= 65
    assert experiment.question.endswith("?")
    assert experiment.claim.endswith(".")
    assert not experiment.measured.endswith(".")
    assert experiment.seeds >= FEWEST
    assert inspect.getdoc(load_module(find_file(name).path))


def shortened(arm: Arm | Trial) -> Arm | Trial:
    if isinstance(arm, Trial):
        return arm
    return replace(arm, recipe=replace(arm.recipe, steps=5, epochs=None), record_every=1)


@pytest.mark.parametrize("name", IDS)
def test_it_runs_from_end_to_end(name: str) -> None:
    """With a few steps, which decide nothing: every arm is trained or tried, and measured."""
    experiment = find_experiment(name)
    arms = [shortened(arm) for arm in experiment.arms]
    report = run_experiment(replace(experiment, arms=tuple(arms)), seeds=8)
    assert len(report.table()) == len(arms)
    assert len(report.evidence) == len(experiment.verdict)
    assert report.verdict in ("holds", "refuted", "undecided")


@pytest.mark.parametrize("name", IDS)
def test_the_ledger_holds_it_fresh_with_enough_seeds(name: str) -> None:
    report = load_ledger(name)
    dear = report.seconds / report.seeds > DEAR
    assert report.seeds >= (FEWEST if dear else USUAL)
    assert not is_stale(report), f"{ledger_path(name)} is stale"
    assert report.claim == find_experiment(name).claim
    expected = "refuted" if name in REFUTED else "holds"
    assert report.verdict == expected, "the claim must say what was measured, or be shown as what was expected"


@pytest.mark.parametrize("name", IDS)
def test_the_ledgers_intervals_follow_from_its_values(name: str) -> None:
    report = load_ledger(name)
    again = judge(find_experiment(name), {arm.name: arm.values for arm in report.arms})
    assert [evidence.verdict for evidence in again] == [evidence.verdict for evidence in report.evidence]
    for fresh, kept in zip(again, report.evidence, strict=True):
        ends = (kept.interval.estimate, kept.interval.low, kept.interval.high)
        assert np.allclose((fresh.interval.estimate, fresh.interval.low, fresh.interval.high), ends)
