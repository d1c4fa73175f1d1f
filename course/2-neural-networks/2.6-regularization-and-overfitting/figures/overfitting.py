"""300 points of a sine with noise; which of them are for training and which for validation is drawn by the figure."""

from typing import Any

from looplab import load
from looplab.data.plain import rows

NOISE = 0.3


def data() -> dict[str, Any]:
    """What the figure is drawn from."""
    return rows(load("sine", rows=300, noise=NOISE, seed=42)) | {"noise": NOISE}
