"""Whether hidden units that begin alike ever become different, on moons drawn anew for each seed.

Rounding differs from unit to unit where a matrix is multiplied in pieces, so units count as alike up to a thousandth.
"""

import torch
from torch import nn

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules

from ._shares import rarely_above

UNITS, STEPS = 8, 500


def network(weight: float | None) -> nn.Sequential:
    """2→8→1 with tanh, all of whose weights are this number and whose biases are 0; None for PyTorch's default."""
    model = mlp(2, [UNITS], 1, activation="tanh")
    if weight is not None:
        for parameter in model.parameters():
            nn.init.constant_(parameter, weight if parameter.ndim == 2 else 0.0)
    return model


def different_units(weight: float | None, seed: int) -> int:
    """How many of the 8 hidden units compute something of their own after 500 steps of Adam."""
    moons = load("moons", seed=1_000_000 + seed)
    recipe = Recipe(optimizer="adam", lr=0.05, steps=STEPS)
    runs = train_many(lambda: network(weight), moons, recipe, seeds=[seed], record_every=STEPS)
    weight_in, bias, *_ = runs.model(0).parameters()
    units = torch.cat([weight_in, bias[:, None]], dim=1).detach()  # a row a unit
    close = torch.cdist(units, units) <= 1e-3 * units.norm(dim=1).max().clamp(min=1e-9)
    return sum(not bool(close[unit, :unit].any()) for unit in range(UNITS))


experiment = Experiment(
    id="zero-init-keeps-symmetry",
    question="Do hidden units that begin alike become different in training?",
    claim="On moons drawn anew for each seed, 8 tanh units whose weights all begin at 0, or all at 0.5, are still one "
    "unit eight times over after 500 steps of Adam, for more than nine in ten seeds; from a random start all eight "
    "differ for as many.",
    arms=(
        Trial(name="all 0", measure=lambda seed: different_units(0.0, seed), colour="#6b6b6b"),
        Trial(name="all 0.5", measure=lambda seed: different_units(0.5, seed), colour="#a8273b"),
        Trial(name="random", measure=lambda seed: different_units(None, seed), colour="#0b7d7d"),
    ),
    measured="hidden units, of 8, that differ from each other",
    verdict=(
        rarely_above("all 0", 1, 0.1),
        rarely_above("all 0.5", 1, 0.1),
        rules.rate_above("random", exceeds=7, above=0.9),
    ),
    verify_seeds=64,
)
