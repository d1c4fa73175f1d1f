"""Whether a range test, done again from another start, suggests about the same learning rate.

The claim is what a user of the test relies on; a first look at seeds 100000 to 100063 spoke against it.
"""

from functools import partial

from looplab.experiments import Experiment, Trial, rules

from ._range_test import agreement

experiment = Experiment(
    id="range-test-repeats",
    question="Does a range test suggest the same learning rate when it is done again?",
    claim="Expected: two range tests of one network on the same points, from two starts, suggest rates within a factor "
    "of two of each other for more than nine in ten pairs.",
    arms=(Trial(name="single tests", measure=partial(agreement, 1), colour="#6b6b6b"),),
    measured="the smaller suggestion over the larger",
    verdict=(rules.rate_above("single tests", exceeds=0.5, above=0.9),),
    verify_seeds=128,
)
