"""Trainings on many processes and machines: `train_many`, and how its work is cut, sent away, tried again and kept."""

from looplab.sweeps.many import train_many
from looplab.sweeps.workers import Workers

__all__ = ["Workers", "train_many"]
