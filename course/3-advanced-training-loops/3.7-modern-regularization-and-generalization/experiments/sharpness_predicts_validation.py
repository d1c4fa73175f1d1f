"""Whether the sharper of two trained networks predicts new rows worse, over 24 rates and batch sizes.

That flat minima generalize is the expectation of Keskar et al. (2016); Dinh et al. (2017) show that sharpness can be
changed without changing the network. The rule is the expectation; a first look at seeds 20000 to 20007 spoke against
it. The training loss, which costs nothing, is ranked beside it.
"""

from scipy.stats import spearmanr

from looplab.experiments import Experiment, Trial, rules

from ._sharpness import ends


def correlation(of: str, seed: int) -> float:
    """Rank correlation of sharpness or training loss with the loss on 2,000 new points."""
    found = ends(seed)
    return float(spearmanr(getattr(found, of), found.new_loss)[0])


experiment = Experiment(
    id="sharpness-predicts-validation",
    question="Do sharper minima predict new rows worse?",
    claim="Expected: over 24 trainings on 60 moons, at six rates and four batch sizes, the rank correlation between "
    "the sharpness of the training loss and the loss on new moons is typically above 0.3.",
    arms=(
        Trial(name="sharpness", measure=lambda seed: correlation("sharpness", seed), colour="#1f5fa8"),
        Trial(name="training loss", measure=lambda seed: correlation("training_loss", seed), colour="#6b6b6b"),
    ),
    measured="rank correlation with the loss on new points",
    verdict=(rules.typically_above("sharpness", 0.3),),
    seeds=64,
    verify_seeds=16,
)
