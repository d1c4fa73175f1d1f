"""Three narrow hidden layers against one wide one with as many parameters, on zigzags.

Three layers of two ReLU units can give four teeth exactly: each layer folds the line once more. Whether training finds
such folds is another question. The first claim, that depth wins, was refuted; this one says what was measured then.
"""

import torch

from looplab import Dataset, Recipe, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 2000


def sawtooth(teeth: int, rows: int = 128) -> Dataset:
    """A zigzag between 0 and 1 with so many teeth, at equally spaced x from -1 to 1."""
    x = torch.linspace(-1, 1, rows)[:, None]
    phase = (x + 1) / 2 * teeth
    return Dataset(
        name="sawtooth",
        inputs=x,
        targets=1 - (2 * (phase - phase.floor()) - 1).abs(),
        task="regression",
        feature_names=("x",),
        target_names=("y",),
    )


def arm(name: str, teeth: int, *widths: int) -> Arm:
    """A ReLU network on a zigzag of so many teeth; all have 169 parameters."""
    return Arm(
        name=f"{name}, {teeth} teeth",
        model=lambda: mlp(1, widths, 1),
        dataset=lambda: sawtooth(teeth),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=STEPS),
        record_every=STEPS,
        colour="#1f5fa8" if len(widths) > 1 else "#6b6b6b",
    )


experiment = Experiment(
    id="depth-beats-width-on-sawtooth",
    question="If one hidden layer suffices in theory, why have several? Does depth win where theory says it should?",
    claim="On zigzags of four and of eight teeth, depth does not win in training: with 169 parameters each, one hidden "
    "layer of 56 ReLU units ends with a lower loss than three of 8.",
    arms=(
        arm("3 layers of 8", 4, 8, 8, 8),
        arm("1 layer of 56", 4, 56),
        arm("3 layers of 8", 8, 8, 8, 8),
        arm("1 layer of 56", 8, 56),
    ),
    measure=measures.final_loss,
    measured="training loss after 2000 steps (mean squared error)",
    verdict=(
        rules.lower("1 layer of 56, 4 teeth", than="3 layers of 8, 4 teeth"),
        rules.probably_lower("1 layer of 56, 4 teeth", than="3 layers of 8, 4 teeth"),
        rules.lower("1 layer of 56, 8 teeth", than="3 layers of 8, 8 teeth"),
        rules.probably_lower("1 layer of 56, 8 teeth", than="3 layers of 8, 8 teeth"),
    ),
    logarithmic=True,
)
