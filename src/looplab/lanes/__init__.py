"""Lanes: what a formula computes with, whoever runs it.

An optimizer's update, an activation and a loss are written once, in arithmetic and the few functions here. On tensors
they are torch's, on NumPy's arrays and plain numbers they run as they stand, and the fused engine compiles them to a
processor's vectors. So every formula can be stepped through in a debugger, and is tested in all three forms.

`vectors` has the vector itself and the memory that it comes from, `arithmetic` and `functions` what is computed lane by
lane, `across` what works across the lanes of a vector. Nothing here knows the compiler: see `replicas.fused.compiler`.
"""

from looplab.lanes.arithmetic import absolute, at_least, splat, sqrt, where
from looplab.lanes.functions import erf, exp, exp_negative, expm1_negative, log, log1p, log1p_unit, sigmoid, tanh

__all__ = [
    "absolute", "at_least", "erf", "exp", "exp_negative", "expm1_negative", "log", "log1p", "log1p_unit", "sigmoid",
    "splat", "sqrt", "tanh", "where",
]  # fmt: skip
