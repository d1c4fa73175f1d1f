"""The optimizer's step is never called, or finds no gradients, since they are cleared or were never computed."""

import torch

from looplab.doctor.answers import backward_began
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["NO_OPTIMIZER_STEP"]


def look(record: Record) -> Sign | None:
    """Looks for calls of the optimizer's step, and for the gradients that it finds."""
    with_gradient = [step for step in record.steps if step.backwards]
    if not record.steps or any(float(step.updates.sum()) > 0 for step in record.steps):
        return None
    if not with_gradient:
        return _never_differentiated(record)
    calls = sum(step.optimizer_steps for step in record.steps)
    if not calls:
        return Sign(
            evidence=f"In {len(record.steps)} steps, optimizer.step() was never called, and no parameter changed.",
            fix="optimizer.step()  # after loss.backward()",
            confidence=0.99,
        )
    used = torch.stack([step.used for step in with_gradient]).nan_to_num()
    fresh = torch.stack([step.fresh for step in with_gradient]).nan_to_num()
    if float(used.sum()) == 0 and float(fresh.sum()) > 0:
        return Sign(
            evidence=(
                f"Gradients came back (norm {float(fresh[0].norm()):.3g} in the first step), but none was left when "
                f"optimizer.step() was called, {calls} times: they had been cleared."
            ),
            fix="optimizer.zero_grad(); loss.backward(); optimizer.step()  # in this order",
            confidence=0.99,
        )
    return None


def _never_differentiated(record: Record) -> Sign | None:
    wanting = [each for each in record.model.parameters() if each.requires_grad]
    if record.error is not None or not wanting or not record.operations or backward_began(record):
        return None
    return Sign(
        evidence=f"In {len(record.steps)} steps, backward() was never called, and no parameter has a gradient.",
        fix="loss.backward()  # before optimizer.step()",
        confidence=0.97,
    )


NO_OPTIMIZER_STEP = Rule(
    name="no_optimizer_step",
    title="The parameters are never updated",
    why="A loss that is differentiated changes nothing before the optimizer's step uses the gradients.",
    configuration=True,
    threshold="No call of the optimizer's step or of backward, or no gradient at any call; no parameter that changed.",
    explains=frozenset(
        {"lr_too_low", "too_few_epochs", "underfit_capacity", "clip_too_tight", "class_imbalance_majority"}
    ),
    look=look,
)
