"""No average: the last parameters."""

from looplab.loop.averages.average import Average

__all__ = ["NONE"]

NONE = Average(name="none", description="the parameters after the last step", share=None)
