"""The 200 points of the two moons, and what each schedule multiplies the learning rate by at 21 steps."""

from typing import Any

from looplab import load
from looplab.data.plain import rows
from looplab.loop.schedules import lr_factor

STEPS, POINTS = 1000, 21
NAMES = ("constant", "step", "exponential", "cosine", "warmup-cosine", "one-cycle", "warmup-stable-decay")


def data() -> dict[str, Any]:
    """What the figure is drawn from; its last point is the last step that there is."""
    places = [min(STEPS - 1, STEPS * i // (POINTS - 1)) for i in range(POINTS)]
    factors = {name: [round(lr_factor(name, step, STEPS), 3) for step in places] for name in NAMES}
    return rows(load("moons")) | {"factors": factors}
