"""Gradients are not cleared between updates."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["NO_ZERO_GRAD"]

LEAST_SHARE = 0.5


def look(record: Record) -> Sign | None:
    """Looks at steps that follow an update: what stands in `.grad` should be the new gradient alone."""
    following = [
        now
        for last, now in zip(record.steps, record.steps[1:], strict=False)
        if last.optimizer_steps and now.backwards and now.index == last.index + 1  # of a watched loop some are missing
    ]
    stale = [step for step in following if step.stale]
    if not stale or len(stale) < LEAST_SHARE * len(following):
        return None
    last = stale[-1]
    fresh, gathered = (float(norms.nan_to_num().square().sum().sqrt()) for norms in (last.fresh, last.gathered))
    return Sign(
        evidence=(
            f"In {len(stale)} of {len(following)} steps that follow an update, older gradients were still there; "
            f"in step "
            f"{last.index} the new gradient has norm {fresh:.3g}, and the one that was used {gathered:.3g}."
        ),
        fix="optimizer.zero_grad()  # in each step, before loss.backward()",
        confidence=0.98,
        alternatives="gradients that are accumulated on purpose, if the optimizer's step is to be called more rarely",
        series={"norm of the new gradient": [float(step.fresh.nan_to_num().norm()) for step in record.steps]},
    )


NO_ZERO_GRAD = Rule(
    name="no_zero_grad",
    title="Gradients pile up from step to step",
    why="backward() adds to .grad; without clearing, each update follows the sum of all gradients so far.",
    configuration=True,
    threshold=(
        "Stale gradients in at least half of the steps that follow an update; accumulation on purpose has none there."
    ),
    explains=frozenset(
        {
            "lr_too_high",
            "exploding_gradient",
            "momentum_too_large",
            "dead_relu",
            "overfitting",
            "loss_sign",
            "clip_too_tight",
            "saturated_activation",
        }
    ),
    look=look,
)
