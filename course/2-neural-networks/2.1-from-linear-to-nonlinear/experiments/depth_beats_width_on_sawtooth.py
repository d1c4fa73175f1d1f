"""Narrow deep networks against one wide hidden layer, on zigzags where theory promises depth an advantage or not.

On 4 teeth it promises none: the zigzag needs 7 creases, and both networks have more to spare. On 32 teeth it does.
Three layers of 4 ReLU units draw them exactly, since each layer folds the line four times; one layer of 17, with as
many parameters, has 17 creases. At least 15 of the 32 teeth then have no crease within, the best straight line through
a tooth is wrong by 1/12, and so no such network has a loss below 15/32 · 1/12 = 0.039.

The first claim said that depth wins in training, on 4 and on 8 teeth with 169 parameters each. It was refuted. This one
says what was measured then, and separates what depth can draw from what training finds.
"""

import torch
from torch import nn

from looplab import Dataset, Recipe, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 2000
FLOOR = 0.039
"""No network with one layer of 17 units has a lower loss on 32 teeth."""
STRAY = 1e-3
"""How far, in parts of its size, each parameter starts from the folds."""


def sawtooth(teeth: int, rows: int = 129) -> Dataset:
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


def folded() -> nn.Module:
    """Three layers of 4 units, each close to the one that folds [0, 1] into two teeth: together 32."""
    model = mlp(1, [4, 4, 4], 1)
    first, *later = (layer for layer in model.modules() if isinstance(layer, nn.Linear))
    corners, slopes = torch.tensor([0.0, 0.25, 0.5, 0.75]), torch.tensor([4.0, -8.0, 8.0, -8.0])
    with torch.no_grad():
        first.weight.fill_(0.5)  # x runs from -1 to 1, the folds from 0 to 1
        first.bias.copy_(0.5 - corners)
        for layer in later:
            layer.weight.copy_(slopes.expand_as(layer.weight))
            layer.bias.copy_(-corners if len(layer.bias) == len(corners) else torch.zeros(1))
        for parameter in model.parameters():
            parameter.mul_(1 + STRAY * torch.randn_like(parameter))
    return model


def arm(name: str, teeth: int, *widths: int) -> Arm:
    """A ReLU network of these widths on a zigzag of so many teeth."""
    return Arm(
        name=f"{name}, {teeth} teeth",
        model=lambda: mlp(1, widths, 1),
        dataset=lambda: sawtooth(teeth, rows=16 * teeth + 1),
        recipe=Recipe(optimizer="adam", lr=0.01, steps=STEPS),
        record_every=STEPS,
        colour="#1f5fa8" if len(widths) > 1 else "#6b6b6b",
    )


experiment = Experiment(
    id="depth-beats-width-on-sawtooth",
    question="If one hidden layer suffices in theory, why have several? Does depth win where theory says it should?",
    claim="Expected that depth wins, found that on 4 teeth one layer of 56 units ends lower than three of 8, and that "
    "on 32 teeth random starts leave both networks above 0.08, while starts near the folds take three layers of 4 far "
    "below the 0.039 of any layer of 17.",
    arms=(
        arm("3 layers of 8", 4, 8, 8, 8),
        arm("1 layer of 56", 4, 56),
        Arm(
            name="folded start, 32 teeth",
            model=folded,
            dataset=lambda: sawtooth(32, rows=513),
            recipe=Recipe(optimizer="adam", lr=0.0001, steps=STEPS),
            record_every=STEPS,
            colour="#0b7d7d",
        ),
        arm("3 layers of 4", 32, 4, 4, 4),
        arm("1 layer of 17", 32, 17),
    ),
    measure=measures.final_loss,
    measured="training loss after 2000 steps (mean squared error)",
    verdict=(
        rules.lower("1 layer of 56, 4 teeth", than="3 layers of 8, 4 teeth"),
        rules.probably_lower("1 layer of 56, 4 teeth", than="3 layers of 8, 4 teeth", above=0.8),
        rules.typically_below("folded start, 32 teeth", FLOOR / 10),
        rules.typically_above("3 layers of 4, 32 teeth", 0.08),
        rules.typically_above("1 layer of 17, 32 teeth", 0.08),
    ),
    logarithmic=True,
)
