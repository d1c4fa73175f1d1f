"""Does the doctor name a fault that was planted in a training of digits, and is it the first that it names?

Each seed draws the rows, the network, the optimizer and its rate, and the next of ten faults, those of the exercises
as far as classes of digits can have them. In a first look at 30 draws two kinds were overlooked, a loss that is
detached and validation rows at another scale: the doctor's rules were mended, and the draws below are others.
"""

from looplab.experiments import Experiment, Trial, rules

from ._drawn import FAULTS, examined


def named(seed: int) -> float:
    """1 where the fault is named first, 1/2 second, and so on; 0 where it is not named."""
    fault = FAULTS[seed % len(FAULTS)]
    names = [finding.fault for finding in examined(seed, fault).findings]
    return 1 / (1 + names.index(fault)) if fault in names else 0.0


experiment = Experiment(
    id="doctor-finds-planted-faults",
    question="Does the doctor find a fault that was planted?",
    claim="In trainings on digits that are drawn at random, the doctor names a planted fault, one of ten kinds, first "
    "in more than 85 % of cases.",
    arms=(Trial(name="planted", measure=named),),
    measured="1 over the place at which the planted fault is named",
    verdict=(rules.rate_above("planted", exceeds=0.99, above=0.85),),
    seeds=100,
    verify_seeds=24,
)
