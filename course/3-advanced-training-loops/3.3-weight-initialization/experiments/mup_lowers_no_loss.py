"""Whether muP's scaling also lowers the loss of a wide network, where each way has the best of its eight rates.

A first look at seeds 1000 to 1005, with layers of 256 units, found the lower loss without muP; rule and claim were
written then, and held for 40 seeds. Layers of 128 leave time for more; a look at seeds 1000 to 1011 found the same.
"""

from looplab.experiments import Experiment, Trial, rules

from ._widths import losses_by_rate


def lowest_loss(*, mup: bool) -> float:
    """The loss on all digits at the best rate, with layers of 128 units."""
    return float(losses_by_rate(128, mup=mup).min())


experiment = Experiment(
    id="mup-lowers-no-loss",
    question="Does a wide network learn better with muP than without, each at its best rate?",
    claim="After 30 steps of Adam on digits, three hidden layers of 128 ReLU units end with a lower loss at their own "
    "best rate without muP than at theirs with it, typically.",
    arms=(
        Trial(name="standard", measure=lambda seed: lowest_loss(mup=False), colour="#6b6b6b"),
        Trial(name="muP", measure=lambda seed: lowest_loss(mup=True), colour="#1f5fa8"),
    ),
    measured="loss on all digits at the best rate (nats)",
    verdict=(rules.lower("standard", than="muP"),),
    verify_seeds=8,
)
