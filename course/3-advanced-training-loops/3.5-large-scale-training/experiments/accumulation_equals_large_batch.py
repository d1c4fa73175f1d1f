"""What a training learns that takes each batch of 101 rows in parts of at most 40, and what it keeps in memory.

In parts it is the same training but for rounding: a first look at seeds 1000 to 1007 gave differences below 1e-6.
"""

from functools import lru_cache, partial

from torch import Tensor
from torch.nn.utils import parameters_to_vector

from looplab import Computation, Recipe, train
from looplab.experiments import Experiment, Trial, rules

from ._parts import BATCH, MOST, digits, network

STEPS = 50


@lru_cache(maxsize=512)
def parameters(computation: Computation | None, batch_size: int, seed: int) -> Tensor:
    """What is learned in 50 steps, in one vector."""
    recipe = Recipe(optimizer="adam", lr=0.003, steps=STEPS, batch_size=batch_size, seed=seed)
    return parameters_to_vector(train(network, digits(), recipe, computation=computation).model.parameters()).detach()


def difference(computation: Computation | None, batch_size: int, seed: int) -> float:
    """The largest difference of a parameter from a training that takes batches of 101 rows whole."""
    apart = parameters(computation, batch_size, seed) - parameters(None, BATCH, seed)
    return float(apart.abs().max())


def trial(name: str, colour: str, computation: Computation | None, batch_size: int) -> Trial:
    """The arm of one way to take the rows."""
    return Trial(name=name, measure=partial(difference, computation, batch_size), colour=colour)


experiment = Experiment(
    id="accumulation-equals-large-batch",
    question="Is a large batch in small parts the large batch, or is it several small ones?",
    claim="After 50 steps of Adam on the digits, a training whose batches of 101 rows go through the network in parts "
    "of at most 40 is within a hundred-thousandth of one that takes them whole, typically in its most different "
    "parameter; one with batches of 40 rows is typically more than 0.05 away.",
    arms=(
        trial("parts of at most 40", "#1f5fa8", Computation(micro_batch_size=MOST), BATCH),
        trial("batches of 40", "#6b6b6b", None, MOST),
    ),
    measured="largest difference of a parameter after 50 steps",
    logarithmic=True,
    verdict=(
        rules.typically_below("parts of at most 40", 1e-5),
        rules.typically_above("batches of 40", 0.05),
    ),
    verify_seeds=24,
)
