"""Averages of weights: one file each in this folder; nothing else names them."""

from looplab.loop.averages.average import Average
from looplab.registry import Registry

__all__ = ["AVERAGES", "Average"]

AVERAGES: Registry[Average] = Registry("average", Average)
"""The averages by name."""

AVERAGES.register_folder(__name__, __path__)
