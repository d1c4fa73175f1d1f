"""Experiments run: what is planted is found, what is malformed is refused in words."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from looplab import Dataset, Recipe, experiments, linear, load, train
from looplab.errors import ChoiceError, ExperimentError
from looplab.experiments import Arm, Experiment, Report, Trial
from looplab.experiments.measures import final_loss
from looplab.experiments.rules import exceeds_less_often, lower, typically_within
from looplab.experiments.running import run_experiment
from looplab.replicas import Runs


def small_moons() -> Dataset:
    return load("moons", rows=20)


def arm(name: str, lr: float) -> Arm:
    return Arm(
        name=name,
        model=lambda: linear(2, 1),
        dataset=small_moons,
        recipe=Recipe(optimizer="sgd", lr=lr, steps=30),
    )


def planted(first: str = "learns", than: str = "stands still") -> Experiment:
    return Experiment(
        id="learning-lowers-the-loss",
        question="Does a learning rate above 0 lower the loss?",
        claim="It does.",
        arms=(arm("stands still", 0.0), arm("learns", 0.5)),
        measure=final_loss,
        measured="training loss (nats)",
        verdict=(lower(first, than=than, paired=True), exceeds_less_often(first, than=than, exceeds=0.5)),
        fails_above=0.5,
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return run_experiment(planted(), seeds=32)


def test_a_planted_truth_holds_and_its_opposite_is_refuted(report: Report) -> None:
    assert report.verdict == "holds"
    assert run_experiment(planted("stands still", "learns"), seeds=32).verdict == "refuted"


def test_arms_trained_by_an_executor_are_those_of_one_process(report: Report) -> None:
    class Counting(ThreadPoolExecutor):
        chunks = 0

        def submit(self, *work: Any, **more: Any) -> Any:
            self.chunks += 1
            return super().submit(*work, **more)

    with Counting(2) as executor:
        found = run_experiment(planted(), seeds=32, executor=executor)
    assert executor.chunks >= len(found.arms)
    assert found.verdict == report.verdict
    for mine, theirs in zip(found.arms, report.arms, strict=True):
        assert mine.failures == theirs.failures
        assert (mine.values == theirs.values).all()


def test_values_are_those_of_the_readable_loop(report: Report) -> None:
    learns = report.arms[1]
    for seed in (0, 17):
        run = train(lambda: linear(2, 1), small_moons(), Recipe(optimizer="sgd", lr=0.5, steps=30, seed=seed))
        assert learns.values[seed] == pytest.approx(run.train_loss[-1].item(), rel=1e-4)


def test_first_seed_moves_the_seeds(report: Report) -> None:
    later = run_experiment(planted(), seeds=8, first_seed=10)
    assert np.allclose(later.arms[1].values, report.arms[1].values[10:18], rtol=1e-4)


def test_all_intervals_share_the_level(report: Report) -> None:
    assert [evidence.interval.level for evidence in report.evidence] == [0.975, 0.975]


def test_the_table_has_what_a_reader_needs(report: Report) -> None:
    table = report.table()
    assert list(table.index) == ["stands still", "learns"]
    assert list(table.columns) == [
        "seeds",
        "median",
        "lower quartile",
        "upper quartile",
        "failure rate",
        "interquartile mean",
        "95 % low",
        "95 % high",
    ]
    values = report.arms[0].values
    assert table.loc["stands still", "failure rate"] == np.mean(values > 0.5) > 0.5
    assert table.loc["stands still", "median"] == np.median(values)
    assert report.arms[0].failure_rate().estimate == np.mean(values > 0.5)


def test_the_summary_says_claim_verdict_and_numbers(report: Report) -> None:
    first, *rest = report.summary().splitlines()
    assert first == "It does. Holds (32 seeds)."
    assert rest[0].startswith(
        "- learns is typically lower than stands still: holds (paired interquartile mean difference"
    )


def test_the_figure_shows_every_seed(report: Report) -> None:
    from looplab.figures import alternative_text

    figure = report.figure()
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [len(np.asarray(line.get_xdata())) for line in dots] == [32, 32]
    assert "one dot a seed" in alternative_text(figure)


def test_arms_are_announced() -> None:
    said: list[str] = []
    run_experiment(planted(), seeds=8, announce=said.append)
    assert said == [
        "learning-lowers-the-loss: stands still (1 of 2), 8 seeds",
        "learning-lowers-the-loss: learns (2 of 2), 8 seeds",
    ]


def test_a_diverged_run_is_a_failure_and_its_measure_must_say_so() -> None:
    def measure(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
        return torch.nan_to_num(final_loss(arm, runs), nan=1e6)

    def exploding() -> Dataset:
        return load("temperature", raw=True)

    diverging = Arm(
        name="raw",
        model=lambda: linear(1, 1),
        dataset=exploding,
        recipe=Recipe(optimizer="sgd", lr=0.1, steps=200),
    )
    experiment = replace(
        planted(), arms=(diverging, arm("learns", 0.5)), verdict=(lower("learns", than="raw"),), fails_above=None
    )
    assert run_experiment(replace(experiment, measure=measure), seeds=8).arms[0].failures == 8
    with pytest.raises(ExperimentError) as caught:
        run_experiment(experiment, seeds=8)
    assert str(caught.value) == (
        "measure of 'learning-lowers-the-loss', arm raw: expected finite numbers, got others for 8 of 8 seeds, the"
        " first of them 0. Let the measure give a failed run a number that marks it."
    )


def test_a_trial_measures_itself_and_leaves_the_random_state_as_it_was() -> None:
    experiment = Experiment(
        id="draws-are-uniform",
        question="Where is the middle of uniform draws?",
        claim="Near a half.",
        arms=(Trial(name="uniform", measure=lambda seed: float(torch.rand(50).mean())),),
        measured="mean of 50 draws",
        verdict=(typically_within("uniform", 0.45, 0.55),),
    )
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    report = run_experiment(experiment, seeds=32, first_seed=100)
    assert torch.equal(torch.get_rng_state(), before)
    assert report.verdict == "holds"
    assert torch.get_num_threads() == threads
    torch.manual_seed(131)
    assert report.arms[0].values[31] == pytest.approx(float(torch.rand(50).mean()), rel=1e-5)
    assert report.arms[0].failures == 0
    broken = Trial(name="uniform", measure=lambda seed: float("nan"))
    with pytest.raises(ExperimentError, match="got others for 32 of 32 seeds, the first of them 0"):
        run_experiment(replace(experiment, arms=(broken,)), seeds=32)


def test_a_measure_gives_one_number_a_seed() -> None:
    with pytest.raises(ExperimentError) as caught:
        run_experiment(replace(planted(), measure=lambda arm, runs: runs.train_loss[0]), seeds=8)
    assert "expected one number per seed, shape (8,), got (30,)" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: run_experiment(planted(), seeds=7),
            "seeds: expected at least 8, got 7. One seed proves nothing; try 256.",
        ),
        (lambda: run_experiment(planted(), seeds=8, first_seed=-1), "first_seed: expected at least 0, got -1"),
        (
            lambda: replace(planted(), id="Moons!"),
            "id: expected lower-case words with hyphens between, got 'Moons!'",
        ),
        (
            lambda: replace(planted(), verdict=()),
            "experiment 'learning-lowers-the-loss': expected at least one arm and one rule, got none",
        ),
        (
            lambda: replace(planted(), arms=(arm("learns", 0.5), arm("learns", 0.5))),
            "arms of 'learning-lowers-the-loss': expected different names, got learns, learns",
        ),
        (
            lambda: replace(planted(), measure=None),
            "measure of 'learning-lowers-the-loss': expected one for the runs of stands still, got none",
        ),
        (
            lambda: replace(planted(), verdict=(lower("learns", than="sleeps"),)),
            "verdict of 'learning-lowers-the-loss': expected arms among stands still, learns, got 'sleeps'",
        ),
    ],
)
def test_what_is_malformed_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        make()
    assert str(caught.value) == message


def test_an_unknown_experiment_lists_the_nearest() -> None:
    with pytest.raises(ChoiceError) as caught:
        experiments.run("activation-on-cosine", seeds=8)
    assert str(caught.value).endswith("got 'activation-on-cosine'. Did you mean 'activation-on-sine'?")


def test_a_report_says_how_long_it_took_and_on_how_many_threads() -> None:
    report = run_experiment(planted(), seeds=8, first_seed=0)
    assert 0.0 <= report.seconds < 3600.0
    assert report.threads == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else report.threads >= 1


@pytest.mark.parametrize("seeds", [-1, 0, 1])
def test_too_few_seeds_are_told_that_one_proves_nothing(seeds: int) -> None:
    with pytest.raises(ExperimentError, match=r"^seeds: expected at least \d+, got -?\d\. One seed proves nothing"):
        run_experiment(planted(), seeds=seeds, first_seed=0)
