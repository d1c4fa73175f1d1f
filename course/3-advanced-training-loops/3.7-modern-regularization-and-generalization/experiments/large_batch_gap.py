"""Batches of 4 and of 100 rows on 200 moons: with the same number of epochs, and with the same number of steps.

Keskar et al. (2016) found that large batches predict new rows worse; Shallue et al. (2019) that the gap goes when each
batch size has settings and steps of its own. Rates had the lowest median in a first look at seeds 20000 to 20015, each
from a grid at ratios of 2 or 4; the rules were written then.
"""

from functools import partial

import torch

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules


def loss(batch_size: int, steps: int, rate: float, seed: int) -> float:
    """Cross-entropy on 2,000 new moons; the seed draws the moons, the start and the order."""
    moons, new = load("moons", seed=seed), load("moons", rows=2000, seed=1_000_000 + seed)
    runs = train_many(
        partial(mlp, 2, [16], 1),
        moons,
        Recipe(optimizer="sgd", lr=rate, steps=steps, batch_size=batch_size),
        seeds=[seed],
        record_every=steps,
        threads=1,
        backend="fused",
    )
    return float(torch.nn.functional.binary_cross_entropy_with_logits(runs.predict(new.inputs)[0], new.targets))


experiment = Experiment(
    id="large-batch-gap",
    question="Do large batches predict new rows worse?",
    claim="On 200 moons, drawn anew for each seed along with the start, batches of 100 predict new moons worse than "
    "batches of 4 after the same 40 epochs for more than nine in ten seeds; after the same 2000 steps, each at the "
    "rate that suits it, the two typically differ by at most 0.02.",
    arms=(
        Trial(name="4 rows", measure=partial(loss, 4, 2000, 0.2), colour="#6b6b6b"),
        Trial(name="100 rows, same epochs", measure=partial(loss, 100, 80, 1.6), colour="#c4570a"),
        Trial(name="100 rows, same steps", measure=partial(loss, 100, 2000, 0.4), colour="#1f5fa8"),
    ),
    measured="cross-entropy on 2,000 new moons",
    logarithmic=True,
    verdict=(
        rules.lower_in_share("4 rows", than="100 rows, same epochs", above=0.9),
        rules.differs_at_most("100 rows, same steps", "4 rows", 0.02),
    ),
    verify_seeds=256,
)
