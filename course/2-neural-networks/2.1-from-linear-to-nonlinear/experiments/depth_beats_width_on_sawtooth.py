"""Narrow deep networks against one wide hidden layer, on zigzags where theory promises depth an advantage or not.

On 4 teeth it promises none: the zigzag needs 7 creases, and both networks have more to spare. On 32 teeth it does.
Three layers of 4 ReLU units draw them exactly, since each layer folds the line four times; one layer of 17, with as
many parameters, has 17 creases. At least 15 of the 32 teeth then have no crease within, the best straight line through
a tooth is wrong by 1/12, and so no such network has a loss below 15/32 · 1/12 = 0.039.

The first claim said that depth wins in training, on 4 and on 8 teeth with 169 parameters each. It was refuted. This one
says what was measured then, and separates what depth can draw from what training finds.
"""

from looplab import Recipe
from looplab.experiments import Arm, Experiment, measures, rules

from ._zigzags import STEPS, arm, folded, sawtooth

FLOOR = 0.039
"""No network with one layer of 17 units has a lower loss on 32 teeth."""


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
