"""Whether the rows of a batch influence each other's answers, found by changing one row at a time."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.doctor.probing import in_evaluation_mode, model_copy
from looplab.doctor.record import Record
from looplab.doctor.running import quiet
from looplab.doctor.task import first_tensor

__all__ = ["Coupling", "coupling_of"]

ROWS_CHANGED = 4
NOTICEABLE = 1e-3
"""Change of another row's answer over the largest change, above which it is no rounding (float32: some 1e-6)."""


@dataclass(frozen=True, kw_only=True)
class Coupling:
    """What a changed row changes.

    Attributes:
        others: how many of the other rows' answers changed, on average over the changed rows.
        rows: in the batch.
        own: whether its own answer changed.
        by_order: whether answers depend on the order of the rows, too: shuffled rows do not give shuffled answers.
    """

    others: float
    rows: int
    own: bool
    by_order: bool


def coupling_of(record: Record) -> Coupling | None:
    """How the rows of the first batch depend on each other in evaluation mode; None where it cannot be tried."""
    if "coupling" not in record.known:
        record.known["coupling"] = _coupling_of(record)
    found: Coupling | None = record.known["coupling"]
    return found


def _coupling_of(record: Record) -> Coupling | None:
    model = model_copy(record.start)
    if model is None or record.fed is None or not record.batch_rows or _normalizes_batches(model):
        return None
    batch = record.fed[: record.batch_rows[0]]
    if len(batch) < 3:
        return None
    with in_evaluation_mode(model), torch.no_grad():
        before = _answers(model, batch)
        if before is None:
            return None
        changes = [_change(model, batch, before, row) for row in range(min(ROWS_CHANGED, len(batch)))]
        order = torch.arange(len(batch)).roll(1)
        shuffled = _answers(model, batch[order])
    known = [each for each in changes if each is not None]
    if not known or shuffled is None:
        return None
    scale = max(float(change.max()) for _, change in known)
    if scale <= 1e-7 * (1 + float(before.abs().max())):
        return None
    others = [
        float((change > NOTICEABLE * scale).sum()) - float(change[row] > NOTICEABLE * scale) for row, change in known
    ]
    return Coupling(
        others=sum(others) / len(others),
        rows=len(batch),
        own=any(bool(change[row] > NOTICEABLE * scale) for row, change in known),
        by_order=bool((shuffled - before[order]).abs().max() > NOTICEABLE * scale),
    )


def _change(model: nn.Module, batch: Tensor, before: Tensor, row: int) -> tuple[int, Tensor] | None:
    """How much each row's answer changes at most, once a row is replaced by one of three others."""
    found = []
    for offset in dict.fromkeys((1, len(batch) // 3, 2 * len(batch) // 3)):
        changed = batch.clone()
        changed[row] = batch[(row + offset) % len(batch)]
        after = _answers(model, changed)
        if after is not None:
            found.append((after - before).abs().amax(dim=1))
    return (row, torch.stack(found).amax(dim=0)) if found else None


def _answers(model: nn.Module, batch: Tensor) -> Tensor | None:
    """The model's answers, one row of numbers for each row of the batch."""
    try:
        with quiet(), torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            answers = first_tensor(model(batch))
    except Exception:  # noqa: BLE001  # the person's own code
        return None
    if answers is None or answers.numel() == 0 or answers.numel() % len(batch) or not answers.is_floating_point():
        return None
    return answers.reshape(len(batch), -1) if bool(torch.isfinite(answers).all()) else None


def _normalizes_batches(model: nn.Module) -> bool:
    """Whether a layer takes a batch's own statistics in evaluation mode, too, as it was told."""
    return any(
        isinstance(each, nn.modules.batchnorm._BatchNorm) and each.running_mean is None for each in model.modules()
    )
