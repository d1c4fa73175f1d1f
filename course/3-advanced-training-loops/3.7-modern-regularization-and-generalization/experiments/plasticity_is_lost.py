"""Whether a network that has learned 39 sets of random labels can still learn the fortieth.

Dohare et al. (2024) call its failure the loss of plasticity. A first look at seeds 9984 to 10015 gave 1.00 for the
first labels and 0.70 for the fortieth, as interquartile means; of the fortieth, 1.00 with a decay of 0.1 and 0.90 with
a new Adam for each task. The rules were written then.
"""

from looplab.experiments import Experiment, Trial, rules

from ._tasks import right_after_each_task

experiment = Experiment(
    id="plasticity-is-lost",
    question="Can a network learn forever, one task after the other?",
    claim="One network 16→32→32→1 learns 40 sets of random labels for the same 100 rows, one after the other, each "
    "with 200 steps of Adam at rate 0.01: typically it gets more than 99 % of the first right and less than 80 % of "
    "the fortieth; of that it gets more than 95 % with a weight decay of 0.1, and more than without either if Adam "
    "begins anew with each set.",
    arms=(
        Trial(name="first task", measure=lambda seed: float(right_after_each_task(seed, 0.0)[0]), colour="#6b6b6b"),
        Trial(name="40th", measure=lambda seed: float(right_after_each_task(seed, 0.0)[-1]), colour="#c4570a"),
        Trial(
            name="40th, decay 0.1",
            measure=lambda seed: float(right_after_each_task(seed, 0.1)[-1]),
            colour="#1f5fa8",
        ),
        Trial(
            name="40th, new Adam",
            measure=lambda seed: float(right_after_each_task(seed, 0.0, new_optimizer=True)[-1]),
            colour="#6f3f9c",
        ),
    ),
    measured="share of training rows that are right after the task",
    verdict=(
        rules.typically_above("first task", 0.99),
        rules.typically_below("40th", 0.8),
        rules.typically_above("40th, decay 0.1", 0.95),
        rules.lower("40th", than="40th, new Adam", paired=True),
    ),
    seeds=96,
    verify_seeds=16,
)
