"""Does the doctor leave a healthy training alone?

Each seed draws rows, network, optimizer and rate as for the planted faults, all from ranges in which digits are
learned. In two first looks, at 180 seeds in all, the pixels at the edge, which hardly vary, were called unscaled inputs
four times: the rule was mended. Four times the doctor found too few epochs, and was right: rates and batches with which
twelve epochs are too few were left out of the draw. The draws below are others.
"""

from looplab.experiments import Experiment, Trial, rules

from ._drawn import examined


def left_alone(seed: int) -> float:
    """1 where nothing is called a fault, else 0."""
    return float(examined(seed).healthy)


experiment = Experiment(
    id="doctor-on-healthy-runs",
    question="Does the doctor leave a healthy training alone?",
    claim="Of trainings on digits that are drawn at random from what works, the doctor calls more than 95 % healthy.",
    arms=(Trial(name="healthy", measure=left_alone),),
    measured="1 where no finding is called a fault",
    verdict=(rules.rate_above("healthy", exceeds=0.5, above=0.95),),
    seeds=160,
    verify_seeds=80,
)
