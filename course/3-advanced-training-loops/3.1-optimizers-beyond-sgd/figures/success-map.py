"""The final losses of 64 seeds for each pair of a rate and a momentum on the moons, with SGD and with Adam."""

import math
from typing import Any

import numpy as np

from looplab import Recipe, Runs, load, mlp, train_many

SEEDS = 64
STEPS = 200
RATES = [float(f"{rate:.2g}") for rate in np.geomspace(0.01, 10, 13)]
MOMENTA = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
SECOND_BETA = 0.999
LOWEST, HIGHEST = 1e-3, 1e2
LEVELS = 36**2 - 2
"""Losses are kept as levels of a logarithmic scale, each in two digits of base 36; one more stands for a failed run."""


def data() -> dict[str, Any]:
    """What the figure is drawn from: for each optimizer a text a row of cells, of two digits for each rate and seed."""
    momenta = {"momentum": MOMENTA}
    betas = {"betas": [(beta, SECOND_BETA) for beta in MOMENTA]}
    return {
        "rates": RATES,
        "momenta": MOMENTA,
        "seeds": SEEDS,
        "updates": STEPS,
        "scale": {"lowest": LOWEST, "highest": HIGHEST, "levels": LEVELS},
        "rows": {"sgd": _rows("sgd", momenta), "adam": _rows("adam", betas)},
    }


def _rows(optimizer: str, second: dict[str, Any]) -> list[str]:
    """One text for each momentum; within it, rates one after the other, and of each all seeds."""
    recipe = Recipe(optimizer=optimizer, lr=0.1, steps=STEPS)
    vary = second | {"lr": RATES}
    runs = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=SEEDS, vary=vary, record_every=STEPS)
    digits = "".join(map(_digits, _levels(runs)))
    length = 2 * SEEDS * len(RATES)
    return [digits[start : start + length] for start in range(0, len(digits), length)]


def _levels(runs: Runs) -> list[int]:
    losses = runs.final_train_loss.nan_to_num(HIGHEST).clamp(LOWEST, HIGHEST).double()
    shares = (losses / LOWEST).log10() / math.log10(HIGHEST / LOWEST)
    levels = (shares * LEVELS).round().long()
    levels[runs.failed] = LEVELS + 1
    return [int(level) for level in levels]


def _digits(level: int) -> str:
    return "".join("0123456789abcdefghijklmnopqrstuvwxyz"[digit] for digit in divmod(level, 36))
