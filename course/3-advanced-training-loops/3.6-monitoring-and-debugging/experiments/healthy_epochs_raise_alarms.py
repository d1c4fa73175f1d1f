"""How often two published rules alarm in trainings on digits before these are at their best.

UMLAUT (Schoop, Huang and Hartmann, 2021) reports overfitting after an epoch in which the validation loss rises while
the training loss does not, and a suspicious validation accuracy above 95 % from the fourth epoch on. Counted are epochs
up to that of the lowest validation loss, so an alarm about overfitting is false by what comes after it. In a first look
at seeds 2000 to 2031 there were 4 to 11 of the first alarm and 4 to 30 of the second in all 40 epochs.
"""

from functools import lru_cache, partial

from torch import Tensor

from looplab import Recipe, load, mlp, train_many
from looplab.experiments import Experiment, Trial, rules

EPOCHS = 40


@lru_cache(maxsize=512)
def curves(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Mean training loss, validation loss and validation accuracy of each epoch up to the best one."""
    training, validation = load("digits").split(0.8, seed=seed)
    recipe = Recipe(optimizer="adam", lr=1e-3, epochs=EPOCHS, batch_size=64)
    network = partial(mlp, 64, [64, 64], 10)
    runs = train_many(
        network, training, recipe, seeds=[seed], validation=validation, metrics=["accuracy"], threads=1
    )  # fmt: skip
    assert runs.validation_loss is not None
    steps = len(runs.train_loss[0]) // EPOCHS
    loss, accuracy = (
        each[0][steps - 1 :: steps] for each in (runs.validation_loss, runs.validation_metrics["accuracy"])
    )
    best = int(loss.argmin()) + 1
    return runs.train_loss[0].reshape(EPOCHS, steps).mean(dim=1)[:best], loss[:best], accuracy[:best]


def overfitting_alarms(seed: int) -> int:
    """Epochs in which the validation loss rose and the training loss did not."""
    training, validation, _ = curves(seed)
    return int(((validation.diff() > 0) & (training.diff() <= 0)).sum())


def accuracy_alarms(seed: int) -> int:
    """Epochs from the fourth on with more than 95 % of the validation rows right."""
    return int((curves(seed)[2][3:] > 0.95).sum())


experiment = Experiment(
    id="healthy-epochs-raise-alarms",
    question="Does one epoch with a higher validation loss mean overfitting?",
    claim="In 40 epochs of Adam on digits, split anew for each seed, a published rule reports overfitting at least "
    "once before the validation loss is at its lowest, and another finds the validation accuracy too high, each for "
    "more than 90 % of the seeds.",
    arms=(
        Trial(name="overfitting", measure=overfitting_alarms),
        Trial(name="accuracy too high", measure=accuracy_alarms, colour="#6b6b6b"),
    ),
    measured="epochs with an alarm, of those before the best of 40",
    verdict=(
        rules.rate_above("overfitting", exceeds=0, above=0.9),
        rules.rate_above("accuracy too high", exceeds=0, above=0.9),
    ),
    verify_seeds=64,
)
