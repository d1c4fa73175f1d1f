"""The readings of the thermometer."""

from typing import Any

from looplab import load
from looplab.data.plain import rows


def data() -> dict[str, Any]:
    return rows(load("temperature"))
