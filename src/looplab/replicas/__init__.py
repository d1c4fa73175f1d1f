"""Many replicas of a model trained at once: `train_many`, and the `Runs` that it returns."""

from looplab.replicas.many import train_many
from looplab.replicas.runs import Backend, Runs

__all__ = ["Backend", "Runs", "train_many"]
