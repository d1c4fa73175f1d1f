"""Digits 5 to 9 from 20 labels, from scratch or from hidden layers that had learned something before.

That labels of other digits help was expected. A first look at seeds 960 to 991 gave 14.7 % errors from scratch and
19.8 % with layers that had learned digits 0 to 4, as medians; with layers that had learned to restore unlabelled images
13.2 %, over seeds 960 to 975. The rules were written then.
"""

from functools import partial

from looplab.experiments import Experiment, Trial, rules

from ._transfer import error

LABELS = 20

experiment = Experiment(
    id="pretraining-saves-labels",
    question="Does a network that has learned something else before need fewer labels?",
    claim="From 20 labelled images of digits 5 to 9, hidden layers that had learned the labels of 700 digits 0 to 4 "
    "typically lead to more errors on new images than a network from scratch, where fewer were expected; hidden layers "
    "that had learned to restore 296 unlabelled images of 5 to 9 lead to fewer, also when they are frozen.",
    arms=(
        Trial(name="scratch", measure=partial(error, way="scratch", labels=LABELS), colour="#6b6b6b"),
        Trial(
            name="labels before",
            measure=partial(error, way="fine-tuned", labels=LABELS, before="labels"),
            colour="#c4570a",
        ),
        Trial(
            name="images before",
            measure=partial(error, way="fine-tuned", labels=LABELS, before="images"),
            colour="#1f5fa8",
        ),
        Trial(
            name="images before, frozen",
            measure=partial(error, way="frozen", labels=LABELS, before="images"),
            colour="#6f3f9c",
        ),
    ),
    measured="new digits 5 to 9 classified wrongly (%)",
    verdict=(
        rules.lower("scratch", than="labels before", paired=True),
        rules.lower("images before", than="scratch", paired=True),
        rules.lower("images before, frozen", than="scratch", paired=True),
    ),
    seeds=96,
    verify_seeds=32,
)
