"""A change that mends a fault, to be tried on copies."""

from collections.abc import Callable
from dataclasses import dataclass

from looplab.doctor.parts import Parts

__all__ = ["Repair"]


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A change that mends the fault.

    Attributes:
        name: what is changed, in words that follow "with": "a learning rate ten times as high". The same name means
            the same change, and is tried once.
        change: makes the parts to train from a copy, which it may alter.
    """

    name: str
    change: Callable[[Parts], Parts]
