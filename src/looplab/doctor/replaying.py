"""Goes through the training again, to look closely at one step of it."""

import torch

from looplab.doctor.observing import Observer
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.record import Record
from looplab.doctor.running import quiet

__all__ = ["replayed"]


def replayed(record: Record, number: int) -> list[Operation]:
    """The operations of a step, by its number over all epochs, with the same random numbers; none if that fails.

    Costs as much time as the training up to there.
    """
    if number == 0 or number in record.step_operations:
        return record.step_operations.get(number, record.operations)
    if record.parts is None or record.random_state is None:
        return []
    try:
        with quiet(), torch.random.fork_rng():
            torch.set_rng_state(record.random_state)
            return _step_of(record.parts.copied(), number)
    except Exception:  # noqa: BLE001  # the person's own code
        return []


def _step_of(parts: Parts, number: int) -> list[Operation]:
    done = 0
    for _ in range(parts.epochs):
        for x, y in parts.batches():
            if done == number:
                return _looked_at(parts, x, y)
            parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y)
            done += 1
        if parts.validation is not None and parts.validate is not None:
            parts.validate(parts.model, *parts.validation)
    return []


def _looked_at(parts: Parts, x: object, y: object) -> list[Operation]:
    observer = Observer(parts.model, parts.optimizer)
    with observer, observer.operations() as operations:
        parts.step(parts.model, parts.optimizer, observer.seen_by(parts.loss_fn), x, y)
    return operations
