"""The net is too narrow for its task."""

import math
from collections.abc import Callable
from dataclasses import replace

import torch

from looplab.doctor.answers import lineage_of
from looplab.doctor.effects import helps, helps_much
from looplab.doctor.gradient_flow import is_recurrent
from looplab.doctor.parts import Parts
from looplab.doctor.plain_nets import PlainNet
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.trials import Outcome
from looplab.doctor.widths import narrowest

__all__ = ["UNDERFIT_CAPACITY"]

NARROW, WIDE, DEEPEST = 8, 64, 3
MUCH_LEFT = 0.2


def look(record: Record) -> Sign | None:
    """Trains two plain nets of the model's kind and depth in its place: one as narrow as it is, one wide."""
    if record.trials is None or record.parts is None or left(record) < MUCH_LEFT or not math.isfinite(left(record)):
        return None
    narrow = narrowest(record)
    if narrow is None or narrow.width > NARROW:
        return None
    before = record.trials.outcome("as it is")
    small = record.trials.outcome(f"a plain net of {narrow.width} units", _plain(record, narrow.width))
    wide = record.trials.outcome(f"a plain net of {WIDE} units", _plain(record, WIDE))
    if before is None or small is None or wide is None or not _shows(before, small, wide):
        return None
    return Sign(
        evidence=(
            f"All that the model knows of a row passes through {narrow.width} "
            f"{'number' if narrow.width == 1 else 'numbers'} ({narrow.place}); after {len(record.steps)} steps, "
            f"{left(record):.2f} of the loss of a constant answer is left."
        ),
        fix=f"Make the layers wider: {WIDE} units instead of {narrow.width}",
        confidence=0.8,
        proof=(
            f"A plain net of {narrow.width} units, trained as long in its place, leaves {small.unexplained:.2f}; one "
            f"of {WIDE} units {wide.unexplained:.2f}."
        ),
        alternatives="too few epochs",
    )


def _shows(before: Outcome, small: Outcome, wide: Outcome) -> bool:
    """Whether width is what is missing: the wide net does much better than both, on rows kept aside, too."""
    if wide.failed or small.failed or not helps_much(before, wide) or not helps(small, wide):
        return False
    if before.validation is None or wide.validation is None:
        return True
    return wide.validation.unexplained < 0.8 * before.validation.unexplained


def _plain(record: Record, width: int) -> Callable[[Parts], Parts]:
    lineage = lineage_of(record)
    answer = record.operations[lineage.answer].output if lineage.answer >= 0 else None
    origin = lineage.origin(lineage.answer)
    ending = record.operations[origin].name if origin >= 0 else ""
    depth = min(max(len(lineage.weighted()) - 1, 1), DEEPEST)
    over_time = is_recurrent(record) and record.fed is not None and record.fed.ndim > 1

    def change(parts: Parts) -> Parts:
        if record.fed is None or answer is None or not len(answer):
            raise ValueError("nothing is known of inputs and answers")
        model = PlainNet(record.fed, answer.shape[1:], width=width, depth=depth, over_time=over_time, ending=ending)
        return replace(parts, model=model, optimizer=torch.optim.Adam(model.parameters(), lr=0.005))

    return change


UNDERFIT_CAPACITY = Rule(
    name="underfit_capacity",
    title="The net is too small",
    why="What does not fit through the narrowest layer cannot be told apart behind it, however long one trains.",
    configuration=False,
    threshold=(
        "A layer of at most 8 units that all paths pass through, more than 0.2 of the constant answer's loss left, and "
        "a plain net of 64 units, of the model's depth, leaves half of that or less, where one as narrow does not."
    ),
    explains=frozenset({"unscaled_inputs", "lr_too_low"}),
    look=look,
)
