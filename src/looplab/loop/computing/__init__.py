"""How the steps of a training are computed: as they are written down, in parts, or by several processes."""

from looplab.loop.computing.computation import Computation
from looplab.loop.computing.plain import Computing

__all__ = ["Computation", "Computing"]
