"""How the signal shrinks under Xavier's start and tanh: by a factor a layer, or ever more slowly?

By a factor a layer, 30 layers more would cost the square of what 15 more cost. The mathematics of wide layers says that
the mean square falls as 1 over the depth, so that each doubling of the depth costs the same, a factor of √½ = 0.71. A
first look at seeds 1000 to 1015 gave 0.69 from layer 15 to 30; the bounds were written then.
"""

from looplab.experiments import Experiment, Trial, rules

from ._signals import gradient_sizes, signal_sizes


def passed(gain: float, first: int, last: int) -> float:
    """The size of the outputs of one layer, as a multiple of those of an earlier one."""
    sizes = signal_sizes(lambda z: z.tanh(), gain, last)
    return float(sizes[last - 1] / sizes[first - 1])


def brought_back(gain: float) -> float:
    """The size of the gradient that reaches layer 1, as a multiple of that at layer 30."""
    sizes = gradient_sizes(lambda z: z.tanh(), gain, 30)
    return float(sizes[0] / sizes[-1])


experiment = Experiment(
    id="tanh-shrinks-as-a-root",
    question="How fast does the signal shrink under Xavier's start and tanh?",
    claim="Under tanh and Xavier's start each doubling of the depth, from 15 to 30 layers and from 30 to 60, costs the "
    "signal about the same, between a quarter and two fifths of its size; a gain of 5/3 holds the signal and lets the "
    "gradient grow more than fivefold through 30 layers.",
    arms=(
        Trial(name="Xavier, 15 to 30", measure=lambda seed: passed(1.0, 15, 30), colour="#0b7d7d"),
        Trial(name="Xavier, 30 to 60", measure=lambda seed: passed(1.0, 30, 60), colour="#0b7d7d"),
        Trial(name="gain 5/3, 15 to 30", measure=lambda seed: passed(5 / 3, 15, 30), colour="#1f5fa8"),
        Trial(name="gain 5/3, gradient", measure=lambda seed: brought_back(5 / 3), colour="#a8273b"),
    ),
    measured="root mean square at one layer, as a multiple of that at another",
    logarithmic=True,
    verdict=(
        rules.typically_within("Xavier, 15 to 30", 0.6, 0.75),
        rules.typically_within("Xavier, 30 to 60", 0.6, 0.75),
        rules.typically_within("gain 5/3, 15 to 30", 0.95, 1.05),
        rules.typically_above("gain 5/3, gradient", 5),
    ),
    verify_seeds=32,
)
