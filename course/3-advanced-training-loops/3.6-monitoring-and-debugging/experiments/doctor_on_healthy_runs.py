"""Does the doctor leave a healthy training alone?

Each seed draws rows, network, optimizer and rate as for the planted faults, all from ranges in which digits are
learned. In a first look at seeds 2000 to 2019 the pixels at the edge, which hardly vary, were twice called unscaled
inputs: the rule was mended, rates at which twelve epochs are too few were left out of the draw, and the seeds below
are others.
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
    verify_seeds=24,
)
