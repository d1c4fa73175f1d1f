"""The largest learning rate with which four hidden layers learn the moons, with and without norms.

Rates from 1/32 to 256 lie a factor of two apart. To succeed is a mean loss below 0.15 over the last 20 of 300 steps.
In a first look at seeds 1000 to 1011 it was 1 or 2 without a norm, 4 or 8 with batch norm, and 0.125 to 2 with layer
norm, which was not what we had expected; the rules were written then.
"""

from functools import partial

from torch import nn

from looplab import Recipe, load, train_many
from looplab.experiments import Experiment, Trial, rules

RATES = tuple(2.0**k for k in range(-5, 9))
NORMS = {"no norm": None, "batch norm": nn.BatchNorm1d, "layer norm": nn.LayerNorm}


def network(norm: str) -> nn.Sequential:
    """2→16→16→16→16→1 with ReLU from He's start, and a norm before each ReLU."""
    layers = nn.Sequential()
    for fan_in in (2, 16, 16, 16):
        layers.append(nn.Linear(fan_in, 16))
        if kind := NORMS[norm]:
            layers.append(kind(16))
        layers.append(nn.ReLU())
    layers.append(nn.Linear(16, 1))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return layers


def largest_rate(norm: str, seed: int) -> float:
    """The largest of the rates that succeeds on moons of the seed's own; the smallest of all where none does."""
    recipe = Recipe(optimizer="sgd", lr=1.0, steps=300)
    runs = train_many(
        partial(network, norm), load("moons", seed=seed), recipe, seeds=[seed], vary={"lr": RATES}, threads=1,
    )  # fmt: skip
    losses = runs.train_loss[:, -20:].mean(dim=1).tolist()
    return max((rate for rate, loss in zip(RATES, losses, strict=True) if loss < 0.15), default=RATES[0])


experiment = Experiment(
    id="normalization-allows-larger-lr",
    question="Does normalization let a network learn with larger rates?",
    claim="On moons drawn anew for each seed, the largest rate of SGD that succeeds with four hidden layers of 16 ReLU "
    "units is typically above 4 with batch norm and below 2 without a norm; with layer norm it is below 2 as well.",
    arms=tuple(
        Trial(name=name, measure=partial(largest_rate, name), colour=colour)
        for name, colour in zip(NORMS, ("#6b6b6b", "#1f5fa8", "#0b7d7d"), strict=True)
    ),
    measured="largest learning rate with a final loss below 0.15",
    logarithmic=True,
    verdict=(
        rules.typically_below("no norm", 2),
        rules.typically_above("batch norm", 4),
        rules.typically_below("layer norm", 2),
    ),
    seeds=64,
    verify_seeds=32,
)
