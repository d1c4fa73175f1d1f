"""Run an experiment: train its arms with all seeds, measure, judge."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.content import as_script
from looplab.errors import ExperimentError
from looplab.experiments.evidence import Evidence
from looplab.experiments.experiment import Arm, Experiment, Trial
from looplab.experiments.finding import ExperimentFile, find_file
from looplab.experiments.mistakes import mistakes_with_place
from looplab.experiments.report import ArmResult, Report
from looplab.loop.surroundings import one_thread
from looplab.replicas import Runs
from looplab.statistics import simultaneous_level
from looplab.sweeps import train_many
from looplab.sweeps.workers import ExecutorLike
from looplab.words import kind_in_words

__all__ = ["judge", "run", "run_experiment"]

FEWEST_SEEDS = 8
_LEVEL = 0.95
_VERSIONS = ("looplab", "numba", "numpy", "scipy", "torch")


def run(
    experiment: str | Path | ExperimentFile | Experiment,
    *,
    seeds: int | None = None,
    first_seed: int = 0,
    announce: Callable[[str], None] | None = None,
    executor: ExecutorLike | None = None,
) -> Report:
    """Train or try the arms of an experiment with many seeds, measure each run, and judge the claim.

    Args:
        experiment: an id, which `list_experiments` lists; the path of a Python file that defines `experiment`; a file
            as `find_file` gives it; or an `Experiment`.
        seeds: how many seeds, at least 8; by default the experiment's own number.
        first_seed: the first of them; the others follow.
        announce: called with a sentence before each arm.
        executor: who trains the arms, as `train_many` takes it; None for this process. Trials are always tried here.

    Returns:
        The report: verdict, table, figure.

    Raises:
        ChoiceError: an unknown id.
        ExperimentError: too few seeds, a measure that is not one finite number per seed, or a file that defines no
            experiment or raises; the message names its line.

    Random state: determined by the seeds alone. Two runs of one experiment with the same seeds give the same report.
    """
    if isinstance(experiment, Experiment):
        return run_experiment(experiment, seeds=seeds, first_seed=first_seed, announce=announce, executor=executor)
    file = experiment if isinstance(experiment, ExperimentFile) else find_file(experiment)
    with as_script(file.path.resolve().parent), mistakes_with_place(file.path):
        loaded, source = file.load(), file.fingerprint()
        report = run_experiment(loaded, seeds=seeds, first_seed=first_seed, announce=announce, executor=executor)
    return replace(report, source=source)


def run_experiment(
    experiment: Experiment,
    *,
    seeds: int | None = None,
    first_seed: int = 0,
    announce: Callable[[str], None] | None = None,
    executor: ExecutorLike | None = None,
) -> Report:
    """The same for an `Experiment`; arguments and errors as in `run`."""
    count = experiment.seeds if seeds is None else seeds
    _check_seeds(count, first_seed)
    started = time.perf_counter()
    results = []
    for number, arm in enumerate(experiment.arms, start=1):
        if announce is not None:
            announce(f"{experiment.id}: {arm.name} ({number} of {len(experiment.arms)}), {count} seeds")
        results.append(_run_arm(experiment, arm, range(first_seed, first_seed + count), executor))
    return Report(
        id=experiment.id,
        question=experiment.question,
        claim=experiment.claim,
        measured=experiment.measured,
        evidence=judge(experiment, {result.name: result.values for result in results}),
        arms=tuple(results),
        first_seed=first_seed,
        seeds=count,
        level=_LEVEL,
        fails_above=experiment.fails_above,
        logarithmic=experiment.logarithmic,
        versions={"python": platform.python_version()} | {name: version(name) for name in _VERSIONS},
        threads=_threads(),
        seconds=round(time.perf_counter() - started, 1),
        source="",
    )


def judge(experiment: Experiment, values: Mapping[str, np.ndarray]) -> tuple[Evidence, ...]:
    """What each rule of an experiment finds in the values of its arms, at a level shared by all rules."""
    level = simultaneous_level(_LEVEL, len(experiment.verdict))
    return tuple(rule.judge(values, level) for rule in experiment.verdict)


def _run_arm(experiment: Experiment, arm: Arm | Trial, seeds: range, executor: ExecutorLike | None) -> ArmResult:
    what = f"measure of '{experiment.id}', arm {arm.name}"
    measured: np.ndarray | Tensor
    if isinstance(arm, Trial):
        measured, diverged = _tried(arm, what, seeds)
    else:
        measured, diverged = _trained(experiment, arm, seeds, executor)
    values = _checked(measured, what, seeds)
    failed = diverged if experiment.fails_above is None else diverged | (values > experiment.fails_above)
    return ArmResult(name=arm.name, colour=arm.colour, values=values, failures=int(failed.sum()))


def _tried(arm: Trial, what: str, seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """The value of each seed; none of them fails by diverging. The caller's random state stays as it is."""
    values = np.empty(len(seeds))
    with torch.random.fork_rng(devices=[]), one_thread():  # trials compute little
        for position, seed in enumerate(seeds):
            torch.manual_seed(seed)
            measured: Any = arm.measure(seed)
            try:
                values[position] = float(measured.detach() if isinstance(measured, Tensor) else measured)
            except (TypeError, ValueError, RuntimeError):
                got = f"{kind_in_words(measured)} for seed {seed}"
                raise ExperimentError(what, expected="one number per seed", got=got) from None
    return values, np.zeros(len(seeds), dtype=bool)


def _trained(
    experiment: Experiment, arm: Arm, seeds: range, executor: ExecutorLike | None
) -> tuple[np.ndarray | Tensor, np.ndarray]:
    """What is measured on the run of each seed, and which of them diverged."""
    assert experiment.measure is not None
    dataset = arm.dataset()
    runs = train_many(
        arm.model,
        dataset,
        arm.recipe,
        seeds=seeds,
        validation=None if arm.validation is None else arm.validation(),
        row_weights=None if arm.row_weights is None else arm.row_weights(dataset),
        record_every=arm.record_every,
        executor=executor,
    )
    return experiment.measure(arm, runs), _diverged(runs, len(seeds))


def _checked(measured: np.ndarray | Tensor, what: str, seeds: range) -> np.ndarray:
    """The values, rounded as in the ledger, so that the verdict is about what is kept."""
    numbers = measured.numpy(force=True) if isinstance(measured, Tensor) else measured
    try:
        values = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ExperimentError(what, expected="one number per seed", got=kind_in_words(measured)) from None
    if values.shape != (len(seeds),):
        raise ExperimentError(what, expected=f"one number per seed, shape {(len(seeds),)}", got=str(values.shape))
    if not np.isfinite(values).all():
        bad = [seed for seed, value in zip(seeds, values, strict=True) if not np.isfinite(value)]
        raise ExperimentError(
            what,
            expected="finite numbers",
            got=f"others for {len(bad)} of {len(seeds)} seeds, the first of them {bad[0]}",
            fix="Let the measure give a failed run a number that marks it.",
        )
    return np.array([float(f"{value:.6g}") for value in values])


def _diverged(runs: Runs, seeds: int) -> np.ndarray:
    """For each seed, whether one of its runs became infinite or NaN; seeds vary fastest among replicas."""
    return np.asarray(np.asarray(runs.failed).reshape(-1, seeds).any(axis=0))


def _check_seeds(count: int, first_seed: int) -> None:
    if count < FEWEST_SEEDS:
        raise ExperimentError(
            "seeds", expected=f"at least {FEWEST_SEEDS}", got=str(count), fix="One seed proves nothing; try 256."
        )
    if first_seed < 0:
        raise ExperimentError("first_seed", expected="at least 0", got=str(first_seed))


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
