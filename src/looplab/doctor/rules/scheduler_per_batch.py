"""A schedule that counts epochs is stepped with each batch."""

from itertools import pairwise

from looplab.doctor.changes import rarer_schedule
from looplab.doctor.reachable import schedules_of
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["SCHEDULER_PER_BATCH"]


def look(record: Record) -> Sign | None:
    """Follows the learning rate from step to step, and a cosine's length."""
    rates = [step.lr for step in record.steps]
    per_epoch = len(record.batch_rows)
    if record.parts is None:
        return None  # where an epoch ends is not known
    if per_epoch < 2 or len(rates) < 6 or not all(rate == rate for rate in rates):
        return None
    changed = [now.index for last, now in pairwise(record.steps) if last.epoch == now.epoch and last.lr != now.lr]
    if not changed:
        return None
    highest = max(rates)
    half = rates[len(rates) // 2]
    collapsed = highest > 0 and sum(rates) / len(rates) < 0.2 * highest and half < 0.05 * highest
    cycles = _turns(rates) >= 3 and _cosine_is_over(record, len(rates))
    if not (collapsed or cycles):
        return None
    first_low = next((index for index, rate in enumerate(rates) if rate < 0.05 * highest), len(rates) - 1)
    return Sign(
        evidence=(
            f"The learning rate changes with each batch ({per_epoch} an epoch): from {highest:.3g} it was below a "
            f"twentieth of that after {first_low} of {len(rates)} steps."
            if collapsed
            else f"The learning rate changes with each batch: up and down {_turns(rates)} times in {len(rates)} steps."
        ),
        fix="scheduler.step()  # once an epoch, after its batches; or make it with T_max, step_size counted in batches",
        confidence=0.92,
        repair=rarer_schedule(per_epoch) if schedules_of(record.parts) else None,
        series={"learning rate": rates},
    )


def _turns(rates: list[float]) -> int:
    signs = [(b > a) - (b < a) for a, b in pairwise(rates) if a != b]
    return sum(a != b for a, b in pairwise(signs))


def _cosine_is_over(record: Record, steps: int) -> bool:
    lengths = [getattr(each, "T_max", None) for each in schedules_of(record.parts)]
    return any(isinstance(each, int) and each < 0.5 * steps for each in lengths)


SCHEDULER_PER_BATCH = Rule(
    name="scheduler_per_batch",
    title="A schedule for epochs is stepped with each batch",
    why="It runs through in as many batches as it has epochs, so that the rate is next to nothing for the rest.",
    configuration=True,
    threshold=(
        "The rate changes within epochs, is below a twentieth of its highest at half of the steps, and below a "
        "fifth of it on average; or a cosine goes up and down past its length."
    ),
    explains=frozenset(
        {"lr_too_low", "too_few_epochs", "underfit_capacity", "class_imbalance_majority", "lr_too_high"}
    ),
    look=look,
)
