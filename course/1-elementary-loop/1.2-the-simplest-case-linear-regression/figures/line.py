"""The readings of the thermometer."""

from typing import Any

from looplab import load
from looplab.data.plain import rows


def data() -> dict[str, Any]:
    """What the figure is drawn from."""
    return rows(load("temperature"))
