"""The rubric of a capstone: what is there, what is missing, and what does not fit together.

Only files are read, as JSON, TOML and text; nothing of the learner's is run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from looplab.capstone.evidence import (
    SCRIPT,
    Baseline,
    Doctor,
    Evidence,
    OneBatch,
    Seeds,
    Tuning,
    evidence_file,
    read_evidence,
    script_digest,
)
from looplab.capstone.plan import PLAN_FILE, Plan, read_plan
from looplab.capstone.report import ANSWERS, FOUND, LIMITS, REPORT_FILE, Report, numbers_say, read_report
from looplab.statistics import Interval

__all__ = ["Checked", "Item", "check_capstone"]

_NEAR_0 = 0.02
_FEWEST_VALUES = 8


@dataclass(frozen=True)
class Item:
    """One line of the rubric.

    Attributes:
        name: what it asks for.
        passed: whether it is there and fits the rest.
        sentence: what was found, or what to do.
    """

    name: str
    passed: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.name}: {self.sentence}"


@dataclass(frozen=True)
class Checked:
    """A capstone, item by item.

    Attributes:
        title: the project's.
        items: the rubric's lines in order.
    """

    title: str
    items: tuple[Item, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is missing."""
        return all(item.passed for item in self.items)

    def __str__(self) -> str:
        missing = sum(not item.passed for item in self.items)
        end = "Nothing is missing." if not missing else f"{missing} of {len(self.items)} still to do."
        return "\n".join([f"Capstone: {self.title}", *map(str, self.items), end])


@dataclass(frozen=True)
class _Found:
    """The evidence that could be used."""

    baseline: Baseline | None
    tuning: Tuning | None
    seeds: Seeds | None


def check_capstone(folder: str | Path = ".") -> Checked:
    """Say what a capstone lacks.

    Args:
        folder: the project's folder.

    Returns:
        Each line of the rubric with a sentence; `print` it, or look at `passed` and `items`.

    Raises:
        CapstoneError: no such folder, or a plan that cannot be used.
        FileError: the plan cannot be read.
    """
    place = Path(folder)
    plan = read_plan(place)
    digest = script_digest(place)
    baseline, baseline_item = _read(place, Baseline, "baseline", "baseline=comparison", digest, _judge_baseline(plan))
    _, one_batch_item = _read(place, OneBatch, "one batch", "one_batch=run", digest, _judge_one_batch)
    tuning, tuning_item = _read(place, Tuning, "tuning", "tuning=runs", digest, _judge_tuning)
    judge_seeds = _judge_seeds(plan, baseline, tuning)
    seeds, seeds_item = _read(place, Seeds, "seeds", "seeds=runs", digest, judge_seeds)
    _, doctor_item = _read(place, Doctor, "doctor", "doctor=diagnosis", digest, _judge_doctor)
    reported = _judge_report(place, _Found(baseline, tuning, seeds))
    items = (baseline_item, one_batch_item, tuning_item, seeds_item, doctor_item, *reported)
    return Checked(plan.title, items)


T = TypeVar("T", bound=Evidence)


def _read(
    folder: Path, kind: type[T], name: str, argument: str, digest: str | None, judge: Callable[[T], tuple[bool, str]]
) -> tuple[T | None, Item]:
    """Evidence of a kind, and its line of the rubric."""
    file = evidence_file(folder, kind).relative_to(folder).as_posix()
    try:
        found = read_evidence(folder, kind)
    except ValueError as error:
        return None, Item(name, False, f"{file} cannot be used: {error}. Keep it again.")
    if found is None:
        return None, Item(name, False, f"nothing is kept. Call looplab.capstone.keep(folder, {argument}).")
    if found.script is not None and found.script != digest:
        return found, Item(name, False, f"{SCRIPT} has changed since {file} was kept. Run it again.")
    return found, Item(name, *judge(found))


def _judge_baseline(plan: Plan) -> Callable[[Baseline], tuple[bool, str]]:
    def judge(found: Baseline) -> tuple[bool, str]:
        lacking = [arm for arm in ("constant", "linear") if arm not in found.losses]
        if lacking:
            return False, f"the {lacking[0]} prediction's loss is missing. Keep what looplab.compare returns."
        if abs(found.margin - plan.margin) > 1e-9:
            fix = (
                f"compared with a margin of {found.margin:g}, {PLAN_FILE} says {plan.margin:g}. Compare with that one."
            )
            return False, fix
        constant, linear = found.losses["constant"], found.losses["linear"]
        return True, f"loss {constant:.3g} of the constant prediction, {linear:.3g} of the linear model."

    return judge


def _judge_one_batch(found: OneBatch) -> tuple[bool, str]:
    fell = f"the loss fell from {found.first:.3g} to {found.last:.3g} in {found.steps:,} steps"
    if found.last > _NEAR_0 * found.first:
        fix = f"expected at most {_NEAR_0:.0%} of the first. Train longer, or ask the doctor why it cannot."
        return False, f"{fell}; {fix}"
    return True, f"{fell}."


def _judge_tuning(found: Tuning) -> tuple[bool, str]:
    if not found.space or max(len(values) for values in found.space.values()) < 2:
        return False, "only one setting was tried. Vary the learning rate at least."
    if found.best.keys() != found.space.keys() or any(found.best[name] not in found.space[name] for name in found.best):
        return False, "the best setting is none of those that were tried. Keep it again."
    space = ", ".join(f"{len(values)} values of {name}" for name, values in found.space.items())
    best = ", ".join(f"{name} {value}" for name, value in found.best.items())
    lost = f", {found.failed:,} failed" if found.failed else ""
    edge = [name for name in found.best if _at_edge(found, name)]
    wider = f" The best {edge[0]} lies at the edge of what was tried: try beyond it." if edge else ""
    return True, f"{space}; {found.runs:,} runs{lost}, {found.steps:,} steps; best: {best}.{wider}"


def _at_edge(found: Tuning, name: str) -> bool:
    numbers = [value for value in found.space[name] if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(found.space[name]) and found.best[name] in (min(numbers), max(numbers))


def _judge_seeds(plan: Plan, baseline: Baseline | None, tuning: Tuning | None) -> Callable[[Seeds], tuple[bool, str]]:
    def judge(found: Seeds) -> tuple[bool, str]:
        different = len(set(found.seeds))
        if len(found.values) != len(found.seeds):
            return False, f"{len(found.seeds)} seeds, but {len(found.values)} values. Keep it again."
        if different < plan.seeds:
            return False, f"different seeds: {different}, {PLAN_FILE} says {plan.seeds}. Train the others."
        if found.metric != plan.metric:
            return False, f"kept with the metric {found.metric}, {PLAN_FILE} says {plan.metric}. Keep it again."
        if baseline is not None and baseline.table != found.table:
            return False, f"trained on '{found.table}', the baseline is of '{baseline.table}'. Use the same rows."
        other = _other_setting(found, tuning)
        if other:
            return False, other
        interval = _interval(found)
        if interval is None:
            return False, f"fewer than {_FEWEST_VALUES} trainings succeeded. Ask the doctor why."
        lost = found.values.count(None)
        failed = f"; failed and left out: {lost}" if lost else ""
        return True, f"{found.metric} {interval} over {different} seeds (interquartile mean, 95 % interval){failed}."

    return judge


def _other_setting(found: Seeds, tuning: Tuning | None) -> str:
    """A sentence where the seeds were trained with another setting than the tuning chose."""
    for name, value in tuning.best.items() if tuning is not None else ():
        used = found.settings.get(name, value)
        if used != value:
            return f"trained with {name} {used}, the best of the tuning was {value}. Train with that one."
    return ""


def _interval(found: Seeds) -> Interval | None:
    """The interquartile mean of the seeds that succeeded; None where these are too few."""
    from looplab.statistics import iqm_interval

    values = [value for value in found.values if value is not None]
    return iqm_interval(values) if len(values) >= _FEWEST_VALUES else None


def _judge_doctor(found: Doctor) -> tuple[bool, str]:
    if not found.steps:
        return False, "it has seen no step. Let it watch the training."
    faults = [finding for finding in found.findings if finding.level == "fault"]
    if faults:
        return False, f"{faults[0].title} ({faults[0].fault}). {faults[0].fix}"
    if not found.healthy:
        return False, "it is not called healthy, yet no fault is listed. Keep it again."
    return True, f"no fault in {found.steps:,} steps."


def _judge_report(folder: Path, found: _Found) -> tuple[Item, Item]:
    honest, limits = "honest sentence", "limits"
    try:
        report = read_report(folder)
    except FileNotFoundError:
        lacking = f"there is no {REPORT_FILE}. Write one with the headings '## {FOUND}' and '## {LIMITS}'."
        return Item(honest, False, lacking), Item(limits, False, lacking)
    except ValueError as error:
        unread = f"{REPORT_FILE} cannot be read: {error}."
        return Item(honest, False, unread), Item(limits, False, unread)
    fault = _fault_in_sentence(report, found)
    said = Item(honest, not fault, fault or "its numbers and its answer are those of the evidence.")
    ask = f"say under '{LIMITS}' in {REPORT_FILE} what your data and your trainings cannot show."
    return said, Item(limits, report.says_limits, "said." if report.says_limits else ask)


def _fault_in_sentence(report: Report, found: _Found) -> str:
    """What is wrong with what the report says was found; "" if nothing is."""
    interval = None if found.seeds is None else _interval(found.seeds)
    if found.seeds is None or interval is None or found.baseline is None:
        written = "its numbers cannot be compared" if report.found else f"nothing stands under '{FOUND}' yet"
        return f"{written}; first, baseline and seeds are needed."
    count = len(set(found.seeds.seeds))
    measured = f"{found.seeds.metric} {interval} over {count} seeds"
    if not report.found:
        return f"nothing stands under '{FOUND}' in {REPORT_FILE}. Say what was found: {measured}, for instance."
    if not numbers_say(report.found, interval):
        return f"{REPORT_FILE} does not give what was measured: {measured}."
    wrong = [stated for stated in report.stated_seeds if stated != count]
    if wrong:
        return f"{REPORT_FILE} speaks of {wrong[0]} seeds, there are {count}."
    if None in found.seeds.values and not report.tells_failures:
        return f"trainings failed ({found.seeds.values.count(None)} of {count}), and {REPORT_FILE} does not say so."
    answer = ANSWERS[found.baseline.answer]
    if not report.answers:
        return f"{REPORT_FILE} gives no answer. What compare found is: {answer}."
    if report.answers != [found.baseline.answer]:
        given = " and ".join(f"'{ANSWERS[name]}'" for name in report.answers)
        return f"{REPORT_FILE} says {given}, what compare found is: {answer}."
    return ""
