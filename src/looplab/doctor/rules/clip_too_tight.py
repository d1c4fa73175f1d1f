"""Gradients are clipped so tightly that every step is minute."""

import torch

from looplab.doctor.changes import unclipped
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["CLIP_TOO_TIGHT"]

TIGHT = 0.2
"""Of the gradient's norm: what is left by the clipping of healthy runs is more, in most steps."""


def look(record: Record) -> Sign | None:
    """Compares the gradients that the optimizer uses with those that came back."""
    stepped = [step for step in record.steps if step.optimizer_steps and step.backwards]
    if not stepped or left(record) < 0.15:
        return None
    came = torch.stack([step.gathered for step in stepped]).nan_to_num().square().sum(dim=1).sqrt()
    used = torch.stack([step.used for step in stepped]).nan_to_num().square().sum(dim=1).sqrt()
    shares = used / came.clamp(min=1e-30)
    tight = shares < TIGHT
    if float(tight.double().mean()) < 0.8 or not float(used.sum()):
        return None
    return Sign(
        evidence=(
            f"In {int(tight.sum())} of {len(stepped)} steps, less than a fifth of the gradient's norm was left "
            f"when the "
            f"optimizer used it: in the median {float(used.median()):.2g} of {float(came.median()):.2g}."
        ),
        fix=f"clip_grad_norm_(model.parameters(), max_norm={max(1.0, round(float(came.median()))):g})",
        confidence=0.9,
        repair=unclipped(),
        must_help=True,
        series={"norm before clipping": came.tolist(), "norm that was used": used.tolist()},
    )


CLIP_TOO_TIGHT = Rule(
    name="clip_too_tight",
    title="Gradients are clipped too tightly",
    why="What the clipping leaves is so short that the parameters hardly move.",
    configuration=True,
    threshold=(
        "Less than a fifth of the norm is left in 80 % of the steps, and without the clipping a copy comes clearly "
        "further."
    ),
    explains=frozenset(
        {"lr_too_low", "too_few_epochs", "underfit_capacity", "class_imbalance_majority", "vanishing_gradient"}
    ),
    look=look,
)
