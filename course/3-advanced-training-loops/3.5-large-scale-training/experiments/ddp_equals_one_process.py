"""What two processes under DDP learn, beside one that trains alone, and what a step of a small network costs them.

A first look at seeds 1000 to 1007 gave differences of 6e-8 to 5e-7 after 50 steps, and 2.1 to 2.8 times the time
of a step. The rules were written then. Times are the shortest of 30 steps, so that other programs count for less.
"""

from looplab.experiments import Experiment, Trial, rules

from ._pair import found

experiment = Experiment(
    id="ddp-equals-one-process",
    question="Do two processes that share each batch learn what one learns, and are they faster?",
    claim="After 30 steps of Adam on the digits, no parameter that two processes share under DDP is further than a "
    "hundred-thousandth from that of one process with the same batches of 101 rows, typically; a step of this "
    "network of 8,970 parameters typically takes the two longer than it takes the one.",
    arms=(
        Trial(name="largest difference", measure=lambda seed: found("ddp", seed)["apart"], colour="#1f5fa8"),
        Trial(name="time, over one process", measure=lambda seed: found("slowdown", seed)["time"], colour="#a5480a"),
    ),
    measured="difference of a parameter; time of a step as a multiple",
    logarithmic=True,
    verdict=(
        rules.typically_below("largest difference", 1e-5),
        rules.typically_above("time, over one process", 1),
    ),
    seeds=64,
    verify_seeds=8,
)
