"""What a network still knows of digits 0 to 4 once it has learned 5 to 9, three ways.

McCloskey and Cohen (1989) call the loss catastrophic interference. Rules were written before anything was measured.
"""

from functools import partial

from looplab.experiments import Experiment, Trial, rules

from ._forgetting import Kind, error_on_old

KINDS: dict[Kind, str] = {
    "before": "#6b6b6b",
    "one output layer": "#c4570a",
    "own output layer": "#6f3f9c",
    "50 old digits again": "#1f5fa8",
}
"""With the colours in which they are drawn."""

experiment = Experiment(
    id="fine-tuning-forgets",
    question="What does a network still know of its first task once it has learned a second?",
    claim="A network that makes fewer than 5 % errors on new digits 0 to 4 typically makes more than 90 % there after "
    "300 steps on digits 5 to 9 with the same ten outputs, and more than before even if the old output layer was kept "
    "aside; with 50 of the old digits among the new ones it makes fewer than 20 %.",
    arms=tuple(
        Trial(name=kind, measure=partial(error_on_old, kind=kind), colour=colour) for kind, colour in KINDS.items()
    ),
    measured="new digits 0 to 4 classified wrongly (%)",
    verdict=(
        rules.typically_below("before", 5),
        rules.typically_above("one output layer", 90),
        rules.lower("before", than="own output layer", paired=True),
        rules.typically_below("50 old digits again", 20),
    ),
    seeds=96,
    verify_seeds=16,
)
