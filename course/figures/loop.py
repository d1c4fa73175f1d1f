"""The 200 points of the two moons."""

from typing import Any

from looplab import load
from looplab.data.plain import rows


def data() -> dict[str, Any]:
    """What the figure is drawn from."""
    return rows(load("moons"))
