"""What is often said of Xavier's start under tanh, taken at its word through 30 layers."""

from looplab.experiments import Experiment, Trial, rules

from ._signals import signal_sizes


def kept(gain: float) -> float:
    """The size of the outputs of layer 30, as a multiple of those of layer 1."""
    sizes = signal_sizes(lambda z: z.tanh(), gain, 30)
    return float(sizes[-1] / sizes[0])


experiment = Experiment(
    id="xavier-under-tanh",
    question="Does Xavier's start keep the size of the signal through 30 layers of tanh?",
    claim="Expected: through 30 layers of 128 tanh units, Xavier's start keeps the size of the signal within a factor "
    "of two, typically.",
    arms=(Trial(name="Xavier, tanh", measure=lambda seed: kept(1.0), colour="#0b7d7d"),),
    measured="root mean square of the outputs of layer 30, as a multiple of those of layer 1",
    verdict=(rules.typically_within("Xavier, tanh", 0.5, 2),),
)
