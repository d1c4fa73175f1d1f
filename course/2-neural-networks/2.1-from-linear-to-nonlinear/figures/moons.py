"""The 200 points of the two moons."""

from typing import Any

from looplab import load
from looplab.course.pages.figures import rows


def data() -> dict[str, Any]:
    return rows(load("moons"))
