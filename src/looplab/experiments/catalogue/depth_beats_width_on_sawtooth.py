"""Three narrow hidden layers against one wide one with as many parameters, on a zigzag."""

import torch

from looplab import Dataset, Recipe, mlp
from looplab.experiments.experiment import Arm, Experiment
from looplab.experiments.measures import final_loss
from looplab.experiments.rules import lower, probably_lower

STEPS = 2000
TEETH = 4


def sawtooth() -> Dataset:
    """A zigzag between 0 and 1 with four teeth at 128 equally spaced x from -1 to 1."""
    x = torch.linspace(-1, 1, 128)[:, None]
    phase = (x + 1) / 2 * TEETH
    y = 1 - (2 * (phase - phase.floor()) - 1).abs()
    return Dataset(name="sawtooth", inputs=x, targets=y, task="regression", feature_names=("x",), target_names=("y",))


def arm(name: str, *widths: int) -> Arm:
    """A ReLU network; all arms have 169 parameters."""
    return Arm(
        name=name,
        model=lambda: mlp(1, widths, 1),
        dataset=sawtooth,
        recipe=Recipe(optimizer="adam", lr=0.01, steps=STEPS),
        record_every=STEPS,
    )


experiment = Experiment(
    id="depth-beats-width-on-sawtooth",
    question="If one hidden layer suffices in theory, why have several?",
    claim="With 169 parameters each, three hidden layers of 8 ReLU units fit a zigzag of four teeth with a lower "
    "loss than one layer of 56.",
    arms=(arm("3 layers of 8", 8, 8, 8), arm("1 layer of 56", 56)),
    measure=final_loss,
    measured="training loss after 2000 steps (mean squared error)",
    verdict=(
        lower("3 layers of 8", than="1 layer of 56"),
        probably_lower("3 layers of 8", than="1 layer of 56"),
    ),
    logarithmic=True,
)
