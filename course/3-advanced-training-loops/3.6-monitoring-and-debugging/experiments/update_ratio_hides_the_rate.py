"""Updates as a share of weights under Adam, at a rate that is far too low, a low one and a good one.

CS231n, Stanford's course, writes that the ratio should be somewhere around 1e-3: lower may mean too low a rate, higher
too high a one. In a first look at seeds 2000 to 2031 the medians were 1.1e-3, 1.0e-3 and 1.9e-3, and the final losses
0.25, 0.07 and 0.06. The rules were written then.
"""

from functools import partial

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules

STEPS = 1000
RATES = (0.002, 0.016, 0.128)


def typical_ratio(lr: float, seed: int) -> float:
    """The median over all steps of the update's norm over the weights' norm, in the first layer."""
    recipe = Recipe(optimizer="adam", lr=lr, steps=STEPS)
    network, moons = partial(mlp, 2, [8], 1), load("moons", seed=seed)
    runs = train_many(network, moons, recipe, seeds=[seed], trajectory_every=1, record_every=STEPS, threads=1)
    assert runs.trajectory is not None
    weights = runs.trajectory[0, :, :16]  # 8 units with 2 inputs each come first
    return float((weights.diff(dim=0).norm(dim=1) / weights[:-1].norm(dim=1)).median())


experiment = Experiment(
    id="update-ratio-hides-the-rate",
    question="Does the size of updates over weights say whether the rate is right?",
    claim="On moons, over 1000 steps of Adam, the first layer's typical update is between 0.0003 and 0.003 of its "
    "weights at rates of 0.002, 0.016 and 0.128 alike.",
    arms=tuple(Trial(name=f"rate {lr:g}", measure=partial(typical_ratio, lr)) for lr in RATES),
    measured="median over 1000 steps of |update| / |weights|, first layer",
    logarithmic=True,
    verdict=tuple(rules.typically_within(f"rate {lr:g}", 3e-4, 3e-3) for lr in RATES),
    verify_seeds=64,
)
