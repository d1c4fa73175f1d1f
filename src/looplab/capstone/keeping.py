"""Writes a capstone's evidence: numbers are taken from the objects that looplab returned, never typed."""

import json
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from looplab.capstone.evidence import (
    Baseline,
    Doctor,
    Evidence,
    Fault,
    OneBatch,
    Seeds,
    Tuning,
    Value,
    evidence_file,
    script_digest,
)
from looplab.capstone.plan import Plan, read_plan
from looplab.comparison.comparison import Comparison
from looplab.doctor import Diagnosis
from looplab.errors import CapstoneError
from looplab.files import write_whole
from looplab.loop import Recipe, Run
from looplab.replicas import Runs
from looplab.version import __version__
from looplab.words import kind_in_words

__all__ = ["keep"]

_GIVE = "Give what compare, train, train_many or the doctor returned."


def keep(
    folder: str | Path,
    *,
    baseline: Comparison | None = None,
    one_batch: Run | None = None,
    tuning: Runs | None = None,
    seeds: Runs | None = None,
    doctor: Diagnosis | None = None,
) -> list[Path]:
    """Write evidence into a capstone's folder, a JSON file for each thing given; what was there before is replaced.

    Args:
        folder: the project's folder, with its `capstone.toml`.
        baseline: what `looplab.compare` found: constant, linear model and networks on the same unseen rows.
        one_batch: a training on a single batch, whose loss should end near 0.
        tuning: trainings with different settings, and validation rows to choose among them.
        seeds: trainings with the settings that were chosen and at least 10 seeds; their validation rows must be others
            than those of the tuning.
        doctor: what `looplab.doctor` said of the training.

    Returns:
        The files that were written.

    Raises:
        CapstoneError: nothing was given, something of another kind, or trainings that lack what is to be kept.
        FileError: a file cannot be written.
    """
    place = Path(folder)
    plan = read_plan(place)
    given: dict[str, tuple[object, type, Callable[[Any, Plan, dict[str, Any]], Evidence]]] = {
        "baseline": (baseline, Comparison, _baseline),
        "one_batch": (one_batch, Run, _one_batch),
        "tuning": (tuning, Runs, _tuning),
        "seeds": (seeds, Runs, _seeds),
        "doctor": (doctor, Diagnosis, _doctor),
    }
    chosen = {name: each for name, each in given.items() if each[0] is not None}
    if not chosen:
        raise CapstoneError("keep", expected=f"one of {', '.join(given)}", got="none of them", fix=_GIVE)
    for name, (value, kind, _) in chosen.items():
        if not isinstance(value, kind):
            raise CapstoneError(name, expected=f"a looplab {kind.__name__}", got=kind_in_words(value), fix=_GIVE)
    written_by = {"looplab": __version__, "script": script_digest(place)}
    made = [make(value, plan, written_by) for value, _, make in chosen.values()]  # all of them, or none
    return [write_whole(evidence_file(place, type(each)), _json(each)) for each in made]


def _baseline(found: Comparison, plan: Plan, written_by: dict[str, Any]) -> Baseline:
    del plan
    return Baseline(
        **written_by,
        table=found.table.name,
        rows=len(found.table),
        losses={name: float(arm.interval.estimate) for name, arm in found.arms.items()},
        answer=found.answer,
        margin=float(found.settings["margin"]),
    )


def _one_batch(run: Run, plan: Plan, written_by: dict[str, Any]) -> OneBatch:
    del plan
    losses = run.train_loss.tolist()
    if not losses:
        raise CapstoneError("one_batch", expected="a run with recorded losses", got="none", fix="Use record_every=1.")
    return OneBatch(**written_by, first=losses[0], last=losses[-1], steps=run.steps)


def _tuning(runs: Runs, plan: Plan, written_by: dict[str, Any]) -> Tuning:
    del plan
    if runs.final_validation_loss is None:
        fix = "Give train_many validation=."
        raise CapstoneError("tuning", expected="runs with validation rows to choose by", got="none", fix=fix)
    varied = {name: [_plain(value) for value in values] for name, values in runs.columns.items() if name != "seed"}
    space = {name: list(dict.fromkeys(values)) for name, values in varied.items()}
    space = {name: values for name, values in space.items() if len(values) > 1}
    if not space:
        fix = 'Give train_many vary={"lr": [0.001, 0.01, 0.1]}, for instance.'
        raise CapstoneError("tuning", expected="runs with several settings", got="one setting", fix=fix)
    losses: dict[tuple[Value, ...], list[float]] = {}
    for setting, loss in zip(zip(*(varied[name] for name in space), strict=True), _finals(runs, "loss"), strict=True):
        losses.setdefault(setting, []).append(math.inf if loss is None else loss)
    medians = {setting: sorted(each)[len(each) // 2] for setting, each in losses.items()}
    best = min(medians, key=lambda setting: medians[setting])
    if math.isinf(medians[best]):
        fix = "Try smaller learning rates."
        raise CapstoneError("tuning", expected="a setting with which training succeeds", got="none", fix=fix)
    return Tuning(
        **written_by,
        space=space,
        best=dict(zip(space, best, strict=True)),
        runs=len(runs),
        failed=int(runs.failed.sum()),
        steps=int(runs.steps.sum()),
    )


def _seeds(runs: Runs, plan: Plan, written_by: dict[str, Any]) -> Seeds:
    if runs.final_validation_loss is None:
        fix = "Give train_many validation=, rows that the tuning has not seen."
        raise CapstoneError("seeds", expected="runs with validation rows", got="none", fix=fix)
    if plan.metric != "loss" and plan.metric not in runs.validation_metrics:
        fix = f'Give train_many metrics=["{plan.metric}"], or change the metric in capstone.toml.'
        raise CapstoneError("seeds", expected=f"runs that record {plan.metric}", got="none of that name", fix=fix)
    settings = {field.name: _plain(getattr(runs.recipe, field.name)) for field in fields(Recipe)}
    for name, values in runs.columns.items():
        own = list(dict.fromkeys(map(_plain, values)))
        if name != "seed" and len(own) > 1:
            fix = "Choose one by tuning, then train it with many seeds."
            raise CapstoneError("seeds", expected="runs with one setting", got=f"{len(own)} values of {name}", fix=fix)
        settings[name] = own[0]
    del settings["seed"]
    return Seeds(
        **written_by,
        table=runs.dataset,
        metric=plan.metric,
        seeds=[int(seed) for seed in runs.columns["seed"]],
        values=_finals(runs, plan.metric),
        settings=settings,
    )


def _doctor(diagnosis: Diagnosis, plan: Plan, written_by: dict[str, Any]) -> Doctor:
    del plan
    return Doctor(
        **written_by,
        healthy=diagnosis.healthy,
        steps=diagnosis.steps,
        findings=[
            Fault(fault=each.fault, title=each.title, level=each.level, fix=each.fix) for each in diagnosis.findings
        ],
    )


def _finals(runs: Runs, metric: str) -> list[float | None]:
    """What each replica ended with on validation rows; None where it failed."""
    values = runs.table()["validation_loss" if metric == "loss" else metric].tolist()
    pairs = zip(values, runs.failed.tolist(), strict=True)
    return [None if failed or not math.isfinite(value) else float(value) for value, failed in pairs]


def _plain(value: object) -> Value:
    """A setting as JSON has it; anything that is not a number, a text or nothing as Python writes it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else repr(value)


def _json(evidence: Evidence) -> str:
    from msgspec import to_builtins

    return json.dumps(to_builtins(evidence), indent=2, allow_nan=False) + "\n"
