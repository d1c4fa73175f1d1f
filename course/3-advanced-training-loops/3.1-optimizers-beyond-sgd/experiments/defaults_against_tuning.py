"""Five optimizers at PyTorch's default rates against Adam at five rates: twenty trial runs for either, on digits.

That both do about equally well is what Schmidt et al. (2021) observed on eight larger problems; the rule is that.
"""

from functools import lru_cache

from looplab.experiments import Experiment, Trial, rules

from ._studies import after_tuning, on_digits, tried

DEFAULTS = {"SGD": 0.001, "RMSprop": 0.01, "Adagrad": 0.01, "Adam": 0.001, "AdamW": 0.001}
FIVE = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Rates for Adam: its default and what lies above it, half a power of ten apart."""


@lru_cache(maxsize=4096)
def errors(how: str, seed: int) -> float:
    """Per cent of errors over eight fresh starts of what won in the trials of a seed."""
    if how == "tuned":
        return after_tuning(on_digits, "Adam", seed, FIVE)
    means = {name: float(tried(on_digits, name, seed, (lr,)).mean()) for name, lr in DEFAULTS.items()}
    best = min(means, key=lambda name: means[name])
    return after_tuning(on_digits, best, seed, (DEFAULTS[best],))


experiment = Experiment(
    id="defaults-against-tuning",
    question="Is trying several optimizers at their defaults as good as tuning one?",
    claim="Expected: after 20 epochs on 359 digits, the best of five optimizers at PyTorch's default rates typically "
    "makes at most half a point more errors on new digits than Adam at the best of five rates, for the same twenty "
    "trial runs.",
    arms=(
        Trial(
            name="five defaults − Adam at five rates",
            measure=lambda seed: errors("defaults", seed) - errors("tuned", seed),
        ),
    ),
    measured="errors on new digits, difference over eight fresh starts (points)",
    verdict=(rules.typically_below("five defaults − Adam at five rates", 0.5),),
    verify_seeds=24,
)
