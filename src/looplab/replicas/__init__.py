"""Many replicas of a model trained at once, on one machine, and the `Runs` that come of them."""

from looplab.replicas.runs import Backend, Runs

__all__ = ["Backend", "Runs"]
