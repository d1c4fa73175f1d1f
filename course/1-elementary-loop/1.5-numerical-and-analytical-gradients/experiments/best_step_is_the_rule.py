"""What we had expected of the step with the least error, before it was measured."""

from looplab.experiments import Experiment, rules

from ._best_steps import ARMS, MEASURED, NAMES

experiment = Experiment(
    id="best-step-is-the-rule",
    question="Is the step that errs least the one that theory gives?",
    claim="On decays drawn anew the step with the least error is typically within a factor of three of ε^(1/3) for "
    "central and of ε^(1/2) for forward differences, in float32 as in float64.",
    arms=ARMS,
    measured=MEASURED,
    verdict=tuple(rules.typically_within(name, 1 / 3, 3) for name in NAMES),
    logarithmic=True,
    verify_seeds=64,
)
