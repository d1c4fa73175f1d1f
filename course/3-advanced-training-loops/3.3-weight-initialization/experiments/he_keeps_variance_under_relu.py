"""The size of signals and gradients through 30 ReLU layers, with three scales of the start.

A first look at seeds 1000 to 1015 found the ratio of He's start between 0.5 and 1.4, and powers of ten for the others.
"""

from looplab.experiments import Experiment, Trial, rules

from ._signals import gradient_sizes, signal_sizes

DEPTH = 30


def forward(gain: float) -> float:
    """The size of the outputs of layer 30, as a multiple of those of layer 1."""
    sizes = signal_sizes(lambda z: z.relu(), gain, DEPTH)
    return float(sizes[-1] / sizes[0])


def backward(gain: float) -> float:
    """The size of the gradient that reaches layer 1, as a multiple of that at layer 30."""
    sizes = gradient_sizes(lambda z: z.relu(), gain, DEPTH)
    return float(sizes[0] / sizes[-1])


experiment = Experiment(
    id="he-keeps-variance-under-relu",
    question="Does He's start keep signals and gradients alive through 30 ReLU layers?",
    claim="Through 30 layers of 128 ReLU units without biases, He's start keeps the size of signals and of gradients "
    "within a factor of two, typically; Xavier's loses more than a factor of 1,000 of the signal, and weights with "
    "1.41 times He's standard deviation gain as much.",
    arms=(
        Trial(name="He, forward", measure=lambda seed: forward(2**0.5), colour="#c4570a"),
        Trial(name="He, backward", measure=lambda seed: backward(2**0.5), colour="#a8273b"),
        Trial(name="Xavier, forward", measure=lambda seed: forward(1.0), colour="#6b6b6b"),
        Trial(name="gain 2, forward", measure=lambda seed: forward(2.0), colour="#1f5fa8"),
    ),
    measured="root mean square at one end of 29 layers, as a multiple of that at the other",
    logarithmic=True,
    verdict=(
        rules.typically_within("He, forward", 0.5, 2),
        rules.typically_within("He, backward", 0.5, 2),
        rules.typically_below("Xavier, forward", 1e-3),
        rules.typically_above("gain 2, forward", 1e3),
    ),
    verify_seeds=36,
)
